"""The theorems of the chapter on similarity, both sides of each."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chapters.similarity.identities import (
    gram_r2,
    random_tables,
    stitching_terms,
)
from support.metrics.similarity import linear_cka

sizes = st.tuples(*(st.integers(2, 6) for _ in range(3)))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31), sizes=sizes)
def test_the_loss_of_stitching_is_what_is_missing_and_what_is_clumsy(seed, sizes):
    tables = random_tables(torch.Generator().manual_seed(seed), sizes)
    loss, missing, gap = stitching_terms(*tables)
    assert float(loss) == pytest.approx(float(missing + gap), abs=1e-12)
    assert missing >= -1e-12
    assert gap >= -1e-12


def test_missing_information_equals_a_sum_of_entropies():
    joint, outputs, stitched = random_tables(
        torch.Generator().manual_seed(1), (3, 4, 5)
    )
    law = joint[:, :, None] * outputs
    given_a = -torch.special.xlogy(law.sum(1), law.sum(1) / joint.sum(1)[:, None]).sum()
    given_both = -(law * outputs.log()).sum()
    _, missing, _ = stitching_terms(joint, outputs, stitched)
    assert float(missing) == pytest.approx(float(given_a - given_both), abs=1e-12)


def test_the_best_stitched_output_leaves_only_what_is_missing():
    joint, outputs, _ = random_tables(torch.Generator().manual_seed(2), (4, 3, 3))
    best = (joint[:, :, None] * outputs).sum(1) / joint.sum(1, keepdim=True)
    loss, missing, gap = stitching_terms(joint, outputs, best)
    assert float(gap) == pytest.approx(0, abs=1e-12)
    assert float(loss) == pytest.approx(float(missing), abs=1e-12)


def test_a_source_that_knows_the_target_lacks_nothing():
    outputs = random_tables(torch.Generator().manual_seed(3), (3, 3, 4))[1]
    loss, missing, gap = stitching_terms(torch.eye(3).double() / 3, outputs, outputs)
    assert max(map(float, (loss, missing, gap))) == pytest.approx(0, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    rows=st.integers(5, 30),
    widths=st.tuples(st.integers(1, 40), st.integers(1, 40)),
)
def test_cka_squared_is_the_r2_of_one_number(seed, rows, widths):
    draw = torch.Generator().manual_seed(seed)
    x, y = (torch.randn(rows, width, generator=draw).double() for width in widths)
    cka = linear_cka(x, y, unbiased=False)
    assert gram_r2(x, y) == pytest.approx(cka**2, abs=1e-10)


def test_no_number_does_better_than_the_one_of_gram_r2():
    draw = torch.Generator().manual_seed(4)
    x, y = (torch.randn(12, 3, generator=draw).double() for _ in range(2))
    k, el = ((z - z.mean(0)) @ (z - z.mean(0)).T for z in (x, y))
    tried = [
        1 - float((el - a * k).square().sum() / el.square().sum())
        for a in torch.linspace(-2, 2, 401).tolist()
    ]
    assert max(tried) <= gram_r2(x, y) + 1e-12
    assert max(tried) == pytest.approx(gram_r2(x, y), abs=1e-3)
