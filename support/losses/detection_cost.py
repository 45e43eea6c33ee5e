r"""The detection cost of a verifier, made smooth, with its threshold learned."""

import math

import torch
from torch import Tensor

from support.arrays import real
from support.losses.pairwise import check_delta

__all__ = ["soft_detection_cost"]


def soft_detection_cost(
    positive: Tensor,
    negative: Tensor,
    threshold: Tensor | float,
    *,
    c_miss: float = 10.0,
    c_false_alarm: float = 1.0,
    p_target: float = 0.01,
    delta: float = 30.0,
) -> Tensor:
    r"""Smooth both error rates at a threshold $\Omega$, and add up what they cost.

    $$\tilde P_{miss}=\frac1{m_+}\sum_i\sigma(\delta[\Omega-s_i]),\quad
    \tilde P_{fa}=\frac1{m_-}\sum_j\sigma(\delta[r_j-\Omega])$$
    $$\mathcal L=\frac{C_{miss}P_{tar}\tilde P_{miss}+C_{fa}(1-P_{tar})\tilde P_{fa}}
    {\min(C_{miss}P_{tar},\ C_{fa}(1-P_{tar}))}$$

    Args:
        positive: (m+,) scores of true claims.
        negative: (m-,) scores of false ones.
        threshold: $\Omega$, a number or a learned scalar.
        c_miss: cost of a miss, above 0.
        c_false_alarm: cost of a false alarm, above 0.
        p_target: prior probability of a true claim, in (0, 1).
        delta: steepness, above 0; in the limit the errors are counted.

    Returns:
        A scalar of at least 0; the system that always gives the cheaper answer has 1.

    Raises:
        ValueError: no scores, one that is not finite, several thresholds, a cost or
            delta is not above 0, or the prior is outside (0, 1).

    Source: Mingote et al., Interspeech 2019 (aDCF); this normalisation is ours.

    >>> scores = torch.tensor([1.0]), torch.tensor([-1.0])
    >>> soft_detection_cost(*scores, 0.0).item() < 1e-6
    True
    """
    check_delta(delta)
    if not 0 < min(c_miss, c_false_alarm) <= max(c_miss, c_false_alarm) < math.inf:
        raise ValueError(
            f"c_miss, c_false_alarm: got {c_miss} and {c_false_alarm}; give numbers "
            "above 0"
        )
    if not 0 < p_target < 1:
        raise ValueError(f"p_target: got {p_target}; give a probability in (0, 1)")
    positive = real("positive", positive)
    negative = real("negative", negative, like=positive)
    threshold = real("threshold", threshold, like=positive)
    if threshold.numel() != 1:
        raise ValueError(
            f"threshold: got shape {tuple(threshold.shape)}; give one number"
        )
    for name, values in (("positive", positive), ("negative", negative)):
        if values.ndim != 1 or not len(values):
            raise ValueError(
                f"{name}: got shape {tuple(values.shape)}; give at least one score, "
                "shape (m,)"
            )
    miss = torch.sigmoid(delta * (threshold - positive)).mean()
    false_alarm = torch.sigmoid(delta * (negative - threshold)).mean()
    costs = c_miss * p_target, c_false_alarm * (1 - p_target)
    return (costs[0] * miss + costs[1] * false_alarm) / min(costs)
