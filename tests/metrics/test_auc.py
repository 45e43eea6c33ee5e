"""The exact AUC against scikit-learn, by hand, and under maps and ties."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from support.metrics.auc import auc_binary, auc_multiclass, auc_pairs


def table(seed, count=60, classes=3, ties=False):
    rng = np.random.default_rng(seed)
    labels = np.concatenate(
        [np.arange(classes), rng.integers(classes, size=count - classes)]
    )
    scores = rng.normal(size=(count, classes)) + np.eye(classes)[labels]
    if ties:
        scores = scores.round()
    return torch.from_numpy(scores), torch.from_numpy(labels)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_binary_equals_sklearn(seed, ties):
    scores, labels = table(seed, classes=2, ties=ties)
    expected = roc_auc_score(labels.numpy(), scores[:, 1].numpy())
    assert auc_binary(scores[:, 1], labels).item() == pytest.approx(expected, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(3, 5),
    st.booleans(),
    st.sampled_from(["ovo", "ovr"]),
    st.sampled_from(["macro", "weighted"]),
)
def test_multiclass_equals_sklearn(seed, classes, ties, mode, average):
    scores, labels = table(seed, classes=classes, ties=ties)
    probs = scores.softmax(1)
    expected = roc_auc_score(
        labels.numpy(), probs.numpy(), multi_class=mode, average=average
    )
    value = auc_multiclass(probs, labels, mode, average).item()
    assert value == pytest.approx(expected, abs=1e-12)


def test_each_class_against_the_rest_equals_the_binary_auc():
    scores, labels = table(3, classes=4)
    each = auc_multiclass(scores, labels, "ovr", None)
    expected = [auc_binary(scores[:, c], labels == c).item() for c in range(4)]
    assert each.tolist() == pytest.approx(expected, abs=1e-14)


def test_hand_case_of_the_exercise():
    scores = torch.tensor([0.9, 0.4, 0.5, 0.4, 0.1])
    columns = torch.stack([scores, -scores, scores * 0], 1)
    labels = torch.tensor([0, 0, 1, 2, 2])
    matrix = auc_pairs(columns, labels)
    assert matrix[0].tolist() == [0.5, 0.5, 0.875]
    assert matrix[2].tolist() == [0.5, 0.5, 0.5]
    assert auc_multiclass(columns, labels, "ovr", None)[0].item() == 0.75


def test_known_answers(device):
    labels = torch.tensor([0, 1, 2, 2, 1, 0], device=device)
    perfect = torch.nn.functional.one_hot(labels).float()
    for mode in ("ovo", "ovr"):
        assert auc_multiclass(perfect, labels, mode).item() == 1
        assert auc_multiclass(-perfect, labels, mode).item() == 0
        assert auc_multiclass(perfect * 0, labels, mode).item() == 0.5


def test_increasing_map_of_one_column_changes_nothing():
    scores, labels = table(5)
    mapped = scores.clone()
    mapped[:, 1] = mapped[:, 1].exp() * 3
    assert torch.equal(auc_pairs(scores, labels), auc_pairs(mapped, labels))


def test_a_class_more_or_less_common_leaves_one_versus_one():
    scores, labels = table(6)
    twice = labels == 0
    more = torch.cat([scores, scores[twice]]), torch.cat([labels, labels[twice]])
    assert auc_multiclass(*more).item() == pytest.approx(
        auc_multiclass(scores, labels).item(), abs=1e-14
    )
    changed = auc_multiclass(*more, "ovr") - auc_multiclass(scores, labels, "ovr")
    assert changed.abs().item() > 1e-4


def test_leading_axes_are_a_batch(device):
    tables = [table(seed) for seed in range(4)]
    scores = torch.stack([one for one, _ in tables]).to(device)
    labels = torch.stack([one for _, one in tables]).to(device)
    batch = auc_multiclass(scores, labels)
    assert batch.shape == (4,)
    expected = [auc_multiclass(*one).item() for one in tables]
    assert batch.tolist() == pytest.approx(expected, abs=1e-14)
    binary = auc_binary(scores[..., 0], labels == 0)
    assert binary.tolist() == pytest.approx(
        [auc_binary(s[:, 0], y == 0).item() for s, y in tables], abs=1e-14
    )


def test_large_input_is_exact():
    rng = torch.Generator().manual_seed(0)
    labels = torch.arange(100_000) % 2
    scores = torch.randn(100_000, generator=rng)
    expected = roc_auc_score(labels.numpy(), scores.numpy())
    assert auc_binary(scores, labels).item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("scores", "labels", "message"),
    [
        (torch.zeros(3, 3), torch.tensor([0, 1, 1]), r"class \[2\] absent"),
        (torch.zeros(2, 2), torch.tensor([0, 2]), "integers"),
        (torch.zeros(3), torch.tensor([0, 1, 1]), "shapes"),
        (torch.full((2, 2), torch.nan), torch.tensor([0, 1]), "got nan"),
    ],
)
def test_bad_input_is_named(scores, labels, message):
    with pytest.raises(ValueError, match=message):
        auc_multiclass(scores, labels)


def test_bad_options_are_named():
    scores, labels = table(0)
    with pytest.raises(ValueError, match="mode"):
        auc_multiclass(scores, labels, "all")
    with pytest.raises(ValueError, match="average"):
        auc_multiclass(scores, labels, average="micro")
    with pytest.raises(ValueError, match="absent"):
        auc_binary(torch.zeros(2), torch.ones(2))
    with pytest.raises(ValueError, match="labels"):
        auc_binary(torch.zeros(2), torch.ones(3))
