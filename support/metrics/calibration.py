"""Do probabilities mean what they say?  Expected calibration error and Brier."""

import torch
from torch import Tensor

__all__ = ["brier", "ece"]


def ece(probs: Tensor, y: Tensor, *, bins: int = 15) -> float:
    r"""Expected calibration error of the predicted class.

    Samples are sorted into equally wide bins of confidence
    $\max_k p_k$; $\sum_b\frac{n_b}n|\mathrm{accuracy}_b-\mathrm{confidence}_b|$.
    Lower is better.

    Args:
        probs: (n, K) probabilities; rows sum to 1 within 1e-4.
        y: (n,) labels in [0, K).
        bins: how many, at least 1; bins are open on the left.

    Returns:
        A number in [0, 1].

    Raises:
        ValueError: shapes differ, rows do not sum to 1, or a label is out of
            range.

    Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017.

    >>> ece(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 1]))
    0.0
    """
    _validate(probs, y)
    if bins < 1:
        raise ValueError(f"bins: got {bins}; give at least 1")
    confidence, predicted = probs.max(1)
    confidence = confidence.double()
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.double, device=probs.device)
    index = torch.bucketize(confidence, edges[1:-1], right=False)
    hits = (predicted == y).double()
    gap = torch.zeros(bins, dtype=torch.double, device=probs.device)
    gap.index_add_(0, index, hits - confidence)
    return float(gap.abs().sum() / len(y))


def brier(probs: Tensor, y: Tensor) -> float:
    r"""Brier score $\frac1n\sum_i\sum_k(p_{ik}-1[y_i=k])^2$; lower is better.

    With two classes this is twice the score of the positive class alone.

    Args:
        probs: (n, K) probabilities; rows sum to 1 within 1e-4.
        y: (n,) labels in [0, K).

    Returns:
        A number in [0, 2]; 0 for certain and right, 2 for certain and wrong.

    Raises:
        ValueError: shapes differ, rows do not sum to 1, or a label is out of
            range.

    Source: G. W. Brier, Verification of forecasts expressed in terms of
    probability, Monthly Weather Review 78, 1950.

    >>> brier(torch.tensor([[0.5, 0.5]]), torch.tensor([0]))
    0.5
    """
    _validate(probs, y)
    right = probs.gather(1, y.long()[:, None]).double()
    # (p - 1)² = p² + (1 - 2 p) of the right class alone
    flat = probs.double().flatten()
    return max(0.0, float(flat @ flat + (1 - 2 * right).sum()) / len(y))


def _validate(probs: Tensor, y: Tensor) -> None:
    if probs.ndim != 2 or y.shape != probs.shape[:1] or not probs.numel():
        raise ValueError(
            f"probs {tuple(probs.shape)} and y {tuple(y.shape)} must be (n, K) and "
            "(n,), n at least 1"
        )
    sums = probs.sum(1, dtype=torch.float64)
    if bool((sums - 1).abs().max() > 1e-4) or bool(probs.min() < 0):
        raise ValueError("probs: every row must be at least 0 and sum to 1")
    if int(y.min()) < 0 or int(y.max()) >= probs.shape[1]:
        raise ValueError(
            f"y: labels run from {int(y.min())} to {int(y.max())}; give 0 to "
            f"{probs.shape[1] - 1}"
        )
