"""Entropy and mutual information of discrete variables."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import mutual_info_score

from support.metrics.discrete import compact
from support.metrics.information import (
    conditional_mutual_information,
    discretise,
    entropy,
    mutual_information,
    mutual_information_matrix,
    pairwise_information,
    table_rows,
)


def draw(seed: int, rows: int = 500, columns: int = 3, values: int = 5):
    source = torch.Generator().manual_seed(seed)
    return torch.randint(values, (rows, columns), generator=source)


def test_two_binary_factors_by_hand():
    """P(a = b) = 0.9: H = 1 bit each, I = 1 - h(0.9) = 0.531 bits."""
    rows = table_rows(torch.tensor([[0.45, 0.05], [0.05, 0.45]], dtype=torch.double))
    a, b = rows.values.unbind(1)
    binary = -(0.9 * math.log2(0.9) + 0.1 * math.log2(0.1))
    assert entropy(a, weights=rows.weights) == pytest.approx(1, abs=1e-12)
    joint = entropy(a, b, weights=rows.weights)
    assert joint == pytest.approx(1 + binary, abs=1e-12)
    told = mutual_information(a, b, weights=rows.weights)
    assert told == pytest.approx(1 - binary, abs=1e-12)
    nats = mutual_information(a, b, weights=rows.weights, base=math.e)
    assert nats == pytest.approx((1 - binary) * math.log(2), abs=1e-12)


def test_equals_scikit_learn_and_scipy(device):
    a, b = draw(0), draw(1, columns=4, values=7)
    b[:, 0] = (a[:, 0] + b[:, 0] % 2) % 7
    found = pairwise_information(a.to(device), b.to(device), base=math.e)
    for i in range(3):
        counts = torch.bincount(a[:, i])
        assert float(found.row_entropy[i]) == pytest.approx(scipy_entropy(counts))
        for j in range(4):
            theirs = mutual_info_score(a[:, i].numpy(), b[:, j].numpy())
            assert float(found.mutual[i, j]) == pytest.approx(theirs, abs=1e-12)
            alone = mutual_information(a[:, i], b[:, j], base=math.e)
            assert alone == pytest.approx(theirs, abs=1e-12)
            joint = entropy(a[:, i], b[:, j], base=math.e)
            assert float(found.joint_entropy[i, j]) == pytest.approx(joint)
    assert found.mutual.device.type == device


def test_counting_in_slices_changes_nothing(monkeypatch):
    a, b = draw(0, 3000), draw(1, 3000)
    whole = mutual_information_matrix(a, b)
    monkeypatch.setattr("support.metrics.information._PAIRS_AT_ONCE", 700)
    assert torch.equal(mutual_information_matrix(a, b), whole)


def test_weights_count_as_rows_would():
    a, times = draw(2, 40), draw(3, 40, 1)[:, 0]
    rows = a.repeat_interleave(times, 0)
    weighted = pairwise_information(a, a, weights=times.double())
    repeated = pairwise_information(rows, rows)
    for one, other in zip(weighted[:3], repeated[:3], strict=True):
        assert (one - other).abs().max() < 1e-12


# with fewer rows than ten a cell, the theory's first term is not enough
@pytest.mark.parametrize("rows", [1000, 10_000])
def test_bias_is_as_large_as_theory_says(rows):
    """Independent data: I is over-estimated by (K_a - 1)(K_b - 1) / (2 N ln 2)."""
    plain, corrected = [], []
    for seed in range(40):
        a = draw(seed, rows, 1, 6)[:, 0]
        b = draw(1000 + seed, rows, 1, 15)[:, 0]
        plain.append(mutual_information(a, b))
        corrected.append(mutual_information(a, b, correction="miller-madow"))
    expected = 5 * 14 / (2 * rows * math.log(2))
    # the statistic is about chi-square with 70 degrees: deviation 12 in 70
    deviation = expected * math.sqrt(2 / 70 / 40)
    assert np.mean(plain) == pytest.approx(
        expected, abs=4 * deviation + 0.15 * expected
    )
    assert abs(np.mean(corrected)) < 0.25 * expected
    assert min(corrected) < 0, "an unbiased estimate of 0 falls on both sides"


def test_miller_madow_by_hand():
    a = torch.tensor([0, 0, 1, 2])
    plain = 1.5
    assert entropy(a) == pytest.approx(plain)
    extra = 2 / (2 * 4 * math.log(2))
    corrected = entropy(a, correction="miller-madow")
    assert corrected == pytest.approx(plain + extra)
    matrix = pairwise_information(a[:, None], a[:, None], correction="miller-madow")
    assert float(matrix.row_entropy) == pytest.approx(plain + extra)
    assert float(matrix.mutual) == pytest.approx(plain + extra)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 6))
def test_laws_of_information(seed, rows, values):
    a, b, c = draw(seed, rows, 3, values).unbind(1)
    told = mutual_information(a, b)
    assert 0 <= told <= min(entropy(a), entropy(b)) + 1e-12
    assert told == pytest.approx(mutual_information(b, a), abs=1e-12)
    source = torch.Generator().manual_seed(seed)
    renamed = torch.randperm(values, generator=source)[a]
    assert told == pytest.approx(mutual_information(renamed, b), abs=1e-12)
    both = torch.stack([b, c], 1)
    chain = mutual_information(a, c) + conditional_mutual_information(a, b, c)
    assert mutual_information(a, both) == pytest.approx(chain, abs=1e-12)
    assert entropy(a, b, c) <= entropy(a) + entropy(b) + entropy(c) + 1e-12


def test_large_labels_cost_no_memory():
    a = draw(0, 50)
    far = a * 10**12
    assert mutual_information_matrix(far, a) == pytest.approx(
        mutual_information_matrix(a, a)
    )
    assert compact(far)[1].max() <= 50
    assert mutual_information(far[:, 0], a[:, 1]) == pytest.approx(
        mutual_information(a[:, 0], a[:, 1])
    )


def test_uniform_bins_equal_numpy(device):
    source = torch.Generator().manual_seed(0)
    codes = torch.randn(1000, 3, generator=source, dtype=torch.double)
    found = discretise(codes.to(device), 7)
    for j in range(3):
        counts, edges = np.histogram(codes[:, j].numpy(), 7)
        ours = torch.bincount(found.values[:, j], minlength=7).cpu()
        assert ours.tolist() == counts.tolist()
        assert found.edges[j].cpu().numpy() == pytest.approx(edges)
    again = discretise(codes.to(device), edges=found.edges)
    assert torch.equal(again.values, found.values)


def test_quantile_bins_hold_equal_counts():
    source = torch.Generator().manual_seed(0)
    codes = torch.randn(1000, 2, generator=source)
    values = discretise(codes, 8, "quantile").values
    assert torch.bincount(values[:, 0]).tolist() == [125] * 8
    assert entropy(values[:, 1]) == pytest.approx(3)


def test_given_edges_catch_what_lies_outside():
    codes = torch.tensor([[-9.0], [0.2], [0.7], [9.0]])
    edges = torch.tensor([0.0, 0.5, 1.0])
    assert discretise(codes, edges=edges).values.flatten().tolist() == [0, 0, 1, 1]


def test_a_constant_column_falls_into_one_bin():
    values = discretise(torch.full((5, 1), 3.3), 2).values
    assert len(values.unique()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"codes": torch.ones(3)}, "codes: got shape"),
        ({"codes": torch.ones(0, 2)}, "codes: got shape"),
        ({"codes": torch.tensor([[1.0], [math.nan]])}, "row 1, column 0 is nan"),
        ({"codes": torch.tensor([[1.0], [-math.inf]])}, "is -inf"),
        ({"codes": torch.ones(9, 1), "bins": 1}, "bins: got 1"),
        ({"codes": torch.ones(9, 1), "bins": 10}, "bins: got 10 for 9 rows"),
        ({"codes": torch.ones(9, 1), "bins": 2, "method": "equal"}, "method: got"),
        ({"codes": torch.ones(9, 1), "edges": torch.ones(2)}, "edges: got shape"),
        ({"codes": torch.ones(9, 1), "edges": torch.ones(2, 3)}, "edges: got shape"),
        ({"codes": torch.ones(9, 1), "edges": -torch.arange(4.0)}, "decreasing"),
    ],
)
def test_bins_refuse_in_words(arguments, message):
    with pytest.raises(ValueError, match=message):
        discretise(**arguments)


def test_information_refuses_in_words():
    a = torch.tensor([0, 1, 1])
    with pytest.raises(ValueError, match="no variable"):
        entropy()
    with pytest.raises(ValueError, match=r"float32.*discretise"):
        entropy(a.float())
    with pytest.raises(ValueError, match="b: got values from -1"):
        mutual_information(a, -a)
    with pytest.raises(ValueError, match="rows"):
        mutual_information(a, a[:2])
    with pytest.raises(ValueError, match="got shape"):
        entropy(torch.tensor([], dtype=torch.long))
    with pytest.raises(ValueError, match="correction"):
        entropy(a, correction="jackknife")
    with pytest.raises(ValueError, match="have no bias"):
        entropy(a, correction="miller-madow", weights=torch.ones(3))
    with pytest.raises(ValueError, match="base"):
        entropy(a, base=1)
    with pytest.raises(ValueError, match="weights: got"):
        entropy(a, weights=torch.ones(2))
    for wrong in ([1.0, -1, 1], [0.0, 0, 0], [1, math.nan, 1]):
        with pytest.raises(ValueError, match=r"weights: (the smallest|got nan at 1)"):
            entropy(a, weights=torch.tensor(wrong))
    with pytest.raises(ValueError, match="a: got shape"):
        mutual_information_matrix(a, a[:, None])
    with pytest.raises(ValueError, match="b has 2"):
        mutual_information_matrix(a[:, None], a[:2, None])
    for table in (torch.ones(2, 2), torch.tensor([1.5, -0.5]), torch.tensor(1)):
        with pytest.raises(ValueError, match="table"):
            table_rows(table)
