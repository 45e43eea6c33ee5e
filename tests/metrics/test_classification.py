"""Counted decisions against scikit-learn, batches, degenerate answers."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from support.metrics.classification import (
    accuracy,
    balanced_accuracy,
    confusion_matrix,
    f1_score,
)


def decisions(seed, count=40, classes=4):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(classes, size=count)])
    return labels, rng.integers(classes, size=len(labels))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_equals_sklearn(seed):
    labels, guess = decisions(seed)
    y, p = torch.from_numpy(labels), torch.from_numpy(guess)
    assert (
        confusion_matrix(y, p, 4).numpy() == metrics.confusion_matrix(labels, guess)
    ).all()
    assert accuracy(y, p).item() == pytest.approx(metrics.accuracy_score(labels, guess))
    assert balanced_accuracy(y, p, 4).item() == pytest.approx(
        metrics.balanced_accuracy_score(labels, guess)
    )
    for average in ("macro", None):
        expected = metrics.f1_score(labels, guess, average=average, zero_division=0)
        assert f1_score(y, p, 4, average).numpy() == pytest.approx(expected)


def test_leading_axes_are_a_batch(device):
    rows = [decisions(seed) for seed in range(3)]
    y = torch.stack([torch.from_numpy(one) for one, _ in rows]).to(device)
    p = torch.stack([torch.from_numpy(one) for _, one in rows]).to(device)
    assert balanced_accuracy(y, p, 4).tolist() == pytest.approx(
        [metrics.balanced_accuracy_score(*row) for row in rows]
    )
    assert confusion_matrix(y, p, 4).shape == (3, 4, 4)


def test_known_answers():
    labels = torch.tensor([0, 0, 0, 1])
    assert balanced_accuracy(labels, labels, 2).item() == 1
    assert balanced_accuracy(labels, torch.zeros(4).long(), 2).item() == 0.5
    assert f1_score(labels, 1 - labels, 2).item() == 0
    assert f1_score(labels, labels, 3, None).tolist() == [1, 1, 0]


def test_bad_input_is_named():
    labels = torch.tensor([0, 1])
    with pytest.raises(ValueError, match="predictions"):
        accuracy(labels, labels[:1])
    with pytest.raises(ValueError, match="predictions"):
        confusion_matrix(labels, torch.tensor([0, 2]), 2)
    with pytest.raises(ValueError, match="no sample"):
        balanced_accuracy(labels, labels, 3)
    with pytest.raises(ValueError, match="average"):
        f1_score(labels, labels, 2, "micro")
    with pytest.raises(ValueError, match="at least one"):
        accuracy(labels[:0], labels[:0])
