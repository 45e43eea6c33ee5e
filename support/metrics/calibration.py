"""Do probabilities mean what they say?  Expected calibration error and Brier."""

import torch
from torch import Tensor

from support.arrays import classes, real, tensor

__all__ = ["brier", "ece"]


def ece(probs: Tensor, y: Tensor, *, bins: int = 15) -> float:
    r"""Expected calibration error of the predicted class.

    Samples are sorted into equally wide bins of confidence
    $\max_k p_k$; $\sum_b\frac{n_b}n|\mathrm{accuracy}_b-\mathrm{confidence}_b|$.
    Where classes tie for the largest, each is predicted with an equal share.
    Lower is better.

    Args:
        probs: (n, K) probabilities; rows sum to 1 within 1e-4 (in half precision,
            within K times its rounding).
        y: (n,) labels in [0, K).
        bins: how many, at least 1; bins are open on the left.

    Returns:
        A number in [0, 1].

    Raises:
        ValueError: shapes differ, a value is not finite or negative, rows do not
            sum to 1, or a label is out of range.

    Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017.

    >>> ece(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([0, 1]))
    0.0
    """
    probs, y = _checked(probs, y)
    if bins < 1:
        raise ValueError(f"bins: got {bins}; give at least 1")
    confidence = probs.amax(1, keepdim=True)
    largest = probs == confidence
    hits = largest.gather(1, y[:, None])[:, 0].double()
    if int(largest.count_nonzero()) > len(y):  # classes that tie share a sample
        hits /= largest.sum(1)
    confidence = confidence[:, 0].double()
    edges = torch.arange(1, bins, dtype=torch.double, device=probs.device) / bins
    index = torch.bucketize(confidence, edges, right=False)
    gap = torch.zeros(bins, dtype=torch.double, device=probs.device)
    gap.index_add_(0, index, hits - confidence)
    return float(gap.abs().sum() / len(y))


def brier(probs: Tensor, y: Tensor) -> float:
    r"""Brier score $\frac1n\sum_i\sum_k(p_{ik}-1[y_i=k])^2$; lower is better.

    With two classes this is twice the score of the positive class alone.

    Args:
        probs: (n, K) probabilities; see `ece`.
        y: (n,) labels in [0, K).

    Returns:
        A number in [0, 2]; 0 for certain and right, 2 for certain and wrong.

    Raises:
        ValueError: shapes differ, a value is not finite or negative, rows do not
            sum to 1, or a label is out of range.

    Source: G. W. Brier, Verification of forecasts expressed in terms of
    probability, Monthly Weather Review 78, 1950.

    >>> brier(torch.tensor([[0.5, 0.5]]), torch.tensor([0]))
    0.5
    """
    probs, y = _checked(probs, y)
    right = probs.gather(1, y[:, None]).double()
    # (p - 1)² = p² + (1 - 2 p) of the right class alone
    flat = probs.double().flatten()
    return max(0.0, float(flat @ flat + (1 - 2 * right).sum()) / len(y))


def _checked(probs: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    given = tensor("probs", probs).detach()
    probs, y = real("probs", given), tensor("y", y, given)
    if probs.ndim != 2 or y.shape != probs.shape[:1] or not probs.numel():
        raise ValueError(
            f"probs {tuple(probs.shape)} and y {tuple(y.shape)} must be (n, K) and "
            "(n,), n at least 1"
        )
    rounding = torch.finfo(given.dtype).eps if given.is_floating_point() else 0.0
    away = float((probs.sum(1, dtype=torch.float64) - 1).abs().max())
    least = float(probs.min())
    if away > max(1e-4, rounding * probs.shape[1]) or least < 0:
        raise ValueError(
            f"probs: the smallest is {least:.3g} and a row's sum is {away:.3g} off 1; "
            "every row must be at least 0 and sum to 1"
        )
    return probs, classes("y", y, probs.shape[1])
