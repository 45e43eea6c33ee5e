r"""How good scores are as log-likelihood ratios, and how to make them so."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from support.arrays import real

__all__ = ["Calibration", "calibrate", "cllr"]

_MOST_STEPS = 100


class Calibration(NamedTuple):
    r"""The map $\ell=as+b$ from scores to log-likelihood ratios.

    Args:
        scale: $a$.
        offset: $b$.
    """

    scale: float
    offset: float

    def __call__(self, scores: Tensor) -> Tensor:
        """Natural-logarithm likelihood ratios of scores of any shape."""
        return self.scale * real("scores", scores) + self.offset


def cllr(target: Tensor, nontarget: Tensor) -> Tensor:
    r"""The cost of log-likelihood ratios over all operating points, in bits.

    $$C_{llr}=\frac1{2m_+}\sum_i\log_2(1+e^{-\ell_i})
    +\frac1{2m_-}\sum_j\log_2(1+e^{\ell_j})$$

    Args:
        target: (m+,) natural-logarithm ratios of true claims.
        nontarget: (m-,) of false ones.

    Returns:
        A scalar of at least 0, float64; lower is better, and 1 for ratios that say
        nothing.

    Raises:
        ValueError: a list is empty or holds NaN.

    Source: Brümmer & du Preez, Application-independent evaluation of speaker
    detection, 2006.

    >>> cllr(torch.zeros(3), torch.zeros(5))
    tensor(1., dtype=torch.float64)
    """
    target, nontarget = _checked(target, nontarget)
    cost = softplus(-target).mean() + softplus(nontarget).mean()
    return cost / (2 * math.log(2))


def calibrate(
    target: Tensor, nontarget: Tensor, *, p_target: float = 0.5
) -> Calibration:
    r"""Fit $\ell=as+b$ by logistic regression, weighted to a prior.

    $$\min_{a,b}\ \frac{\pi}{m_+}\sum_i\log\big(1+e^{-\ell_i-\lambda}\big)
    +\frac{1-\pi}{m_-}\sum_j\log\big(1+e^{\ell_j+\lambda}\big),\qquad
    \lambda=\log\frac\pi{1-\pi}$$

    Newton's steps on two numbers.  Fit it on speakers other than those it is
    judged by.

    Args:
        target: (m+,) scores of true claims.
        nontarget: (m-,) of false ones.
        p_target: $\pi$, the prior at which it shall be best.

    Returns:
        See `Calibration`; call it with scores.

    Raises:
        ValueError: a list is empty or holds what is not finite, the prior is
            outside (0, 1), all scores are equal, a threshold separates both
            lists, be it with ties on it, since then no finite scale is best, or the
            scores are so small that the scale leaves float64.

    Source: Brümmer & du Preez 2006; prior weighting as in the FoCal toolkit.

    >>> found = calibrate(torch.tensor([2.0, 0.0, 1.0]), torch.tensor([-1.0, 1.0, 0.0]))
    >>> found.scale > 0
    True
    """
    target, nontarget = _checked(target, nontarget)
    if not 0 < p_target < 1:
        raise ValueError(f"p_target: got {p_target}; give a probability in (0, 1)")
    scores = torch.cat([target, nontarget])
    if not torch.isfinite(scores).all():
        raise ValueError("target, nontarget: hold infinite scores; give finite ones")
    if scores.min() == scores.max():
        raise ValueError("target, nontarget: all scores are equal; nothing to fit")
    if target.min() >= nontarget.max() or target.max() <= nontarget.min():
        raise ValueError(
            "target, nontarget: a threshold separates them, so no finite scale is "
            "best; calibrate on more or harder trials"
        )
    # From the first score on and in units of the widest: no offset eats the digits,
    # and no sum overflows.
    first = scores[0]
    unit = (scores - first).abs().max()
    moved = (scores - first) / unit
    mean, spread = moved.mean(), moved.std()
    x = torch.stack([(moved - mean) / spread, torch.ones_like(scores)], dim=1)
    weight = torch.cat(
        [
            torch.full_like(target, p_target / len(target)),
            torch.full_like(nontarget, (1 - p_target) / len(nontarget)),
        ]
    )
    truth = torch.zeros_like(scores)
    truth[: len(target)] = 1
    prior = math.log(p_target / (1 - p_target))
    line = x.new_zeros(2)

    def cost(line: Tensor) -> Tensor:
        odds = x @ line + prior
        return (weight * softplus(torch.where(truth > 0, -odds, odds))).sum()

    for _ in range(_MOST_STEPS):
        chance = torch.sigmoid(x @ line + prior)
        slope = x.T @ (weight * (chance - truth))
        curve = (x * (weight * chance * (1 - chance))[:, None]).T @ x
        step = torch.linalg.solve(curve, slope)
        size = 1.0
        while cost(line - size * step) > cost(line) and size > 1e-10:
            size /= 2
        line = line - size * step
        if float((slope * step).sum()) < 1e-20:
            break
    tilt = float(line[0] / spread)
    scale = tilt / float(unit)
    offset = float(line[1]) - tilt * float(mean) - scale * float(first)
    if not (math.isfinite(scale) and math.isfinite(offset)):
        raise ValueError(
            f"target, nontarget: spread over {float(unit):.3g}, and the scale leaves "
            "float64; give other units"
        )
    return Calibration(scale, offset)


def _checked(target: Tensor, nontarget: Tensor) -> tuple[Tensor, Tensor]:
    found = []
    for name, values in (("target", target), ("nontarget", nontarget)):
        values = real(name, values, finite=False).detach()
        if values.ndim != 1 or not len(values):
            raise ValueError(
                f"{name}: got shape {tuple(values.shape)}; give at least one score, "
                "shape (m,)"
            )
        if torch.isnan(values).any():
            raise ValueError(f"{name}: holds NaN")
        found.append(values.double())
    return found[0], found[1]
