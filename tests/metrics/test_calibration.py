"""Calibration error and Brier score."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss
from torchmetrics.functional.classification import multiclass_calibration_error

from support.metrics.calibration import brier, ece


def draw(seed: int, n: int = 300, k: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    source = torch.Generator().manual_seed(seed)
    probs = torch.randn(n, k, generator=source).mul(2).softmax(1)
    return probs, torch.randint(k, (n,), generator=source)


def test_perfect_useless_and_wrong(device):
    y = torch.tensor([0, 1, 2, 3], device=device)
    certain = torch.eye(4, device=device)
    constant = torch.full((4, 4), 0.25, device=device)
    assert (ece(certain, y), brier(certain, y)) == (0.0, 0.0)
    assert ece(constant, y) == pytest.approx(0.0)  # right about knowing nothing
    assert brier(constant, y) == pytest.approx(0.75)
    assert (ece(certain, y.flip(0)), brier(certain, y.flip(0))) == (1.0, 2.0)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_equal_to_independent_libraries(seed):
    probs, y = draw(seed)
    theirs = multiclass_calibration_error(probs, y, num_classes=4, n_bins=15)
    assert ece(probs, y) == pytest.approx(float(theirs), abs=1e-5)
    probs, y = draw(seed, k=2)
    half = brier_score_loss(y.numpy(), probs[:, 1].double().numpy())
    assert brier(probs, y) == pytest.approx(2 * half, abs=1e-5)


@pytest.mark.parametrize("metric", [ece, brier])
def test_bad_input_is_refused_in_words(metric):
    probs, y = draw(0)
    with pytest.raises(ValueError, match="sum to 1"):
        metric(probs * 1.01, y)
    with pytest.raises(ValueError, match="y: got values from 1 to 4"):
        metric(probs, y + 1)
    with pytest.raises(ValueError, match="must be"):
        metric(probs, y[:-1])
    with pytest.raises(ValueError, match="n at least 1"):
        metric(probs[:0], y[:0])


def test_no_bins_are_refused():
    with pytest.raises(ValueError, match="bins"):
        ece(*draw(0), bins=0)
