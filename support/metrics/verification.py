r"""Errors of a verification system: a claim is accepted when its score is high.

A trial is a target (the claim is true) or a non-target.  With the threshold
$\tau$ a trial is accepted iff its score is above it, strictly:

$$P_{miss}(\tau)=\frac{\#\{s_i\le\tau\}}{m_+},\qquad
P_{fa}(\tau)=\frac{\#\{r_j>\tau\}}{m_-}$$

One sort gives both at every distinct score, tied scores as one step.
"""

import math
from typing import NamedTuple

import torch
from sklearn.isotonic import isotonic_regression
from torch import Tensor
from torch.nn.functional import pad

from support.arrays import real

__all__ = [
    "DCF08",
    "DCF10",
    "ErrorRates",
    "OperatingPoint",
    "actual_dcf",
    "convex_hull",
    "det_points",
    "equal_error_rate",
    "error_rates",
    "minimum_dcf",
    "roc_area",
]


class OperatingPoint(NamedTuple):
    r"""Costs of the two errors and how often a claim is true.

    Args:
        c_miss: cost of rejecting a target.
        c_false_alarm: cost of accepting a non-target.
        p_target: prior probability of a target.
    """

    c_miss: float
    c_false_alarm: float
    p_target: float

    @property
    def beta(self) -> float:
        r"""$C_{fa}(1-P_{tar})/(C_{miss}P_{tar})$, the weight of a false alarm."""
        return (self.c_false_alarm * (1 - self.p_target)) / (
            self.c_miss * self.p_target
        )


DCF08 = OperatingPoint(10.0, 1.0, 0.01)
"""NIST SRE 2008: normalised, a miss costs 1 and a false alarm 9.9."""
DCF10 = OperatingPoint(1.0, 1.0, 0.001)
"""NIST SRE 2010, core: 1 and 999; noise below about 100 000 non-targets."""


class ErrorRates(NamedTuple):
    """Both errors at every threshold that matters, from lenient to strict.

    Args:
        miss: (..., k) float64, rising from 0 to 1.
        false_alarm: (..., k) float64, falling from 1 to 0.
        thresholds: (k,) float64, minus infinity and every distinct score.
    """

    miss: Tensor
    false_alarm: Tensor
    thresholds: Tensor


def error_rates(
    target: Tensor,
    nontarget: Tensor,
    *,
    target_weights: Tensor | None = None,
    nontarget_weights: Tensor | None = None,
) -> ErrorRates:
    """Miss and false-alarm rates at every distinct score.

    Args:
        target: (m,) scores of true claims, a tensor, an array or a list.
        nontarget: (n,) scores of false claims.
        target_weights: (..., m) at least 0: how often each trial counts; many
            rows share one sort, as a bootstrap needs.
        nontarget_weights: (..., n), as above.

    Returns:
        The rates on the device of the scores.

    Raises:
        ValueError: a list is empty or not one-dimensional, a score is NaN or
            infinite, or weights have another length, are negative or not finite, or
            sum to 0.

    Time O((m+n) log(m+n)).

    >>> rates = error_rates(torch.tensor([2.0, 1.0]), torch.tensor([1.0, 0.0]))
    >>> rates.miss.tolist(), rates.false_alarm.tolist()
    ([0.0, 0.0, 0.5, 1.0], [1.0, 0.5, 0.0, 0.0])
    """
    target, nontarget = _scores("target", target), _scores("nontarget", nontarget)
    count = len(target)
    # One sort of all scores serves both classes, and every row of weights.
    rising, order = torch.cat([target, nontarget]).sort()
    is_target = order < count
    # A tied run is one step: thresholds are distinct.
    ends = pad(rising[1:] != rising[:-1], (0, 1), value=True).nonzero().flatten()
    targets = is_target.cumsum(0)[ends]
    places = (targets, ends + 1 - targets)  # how many score at most each threshold
    rejected = []
    for name, own, place, scores, weights in (
        ("target", is_target, places[0], target, target_weights),
        ("nontarget", ~is_target, places[1], nontarget, nontarget_weights),
    ):
        if weights is None:
            rejected.append(pad(place.double() / len(scores), (1, 0)))
            continue
        full = _weights(name, weights, scores)
        among = order[own] - (0 if name == "target" else count)
        below = pad(full.index_select(-1, among).cumsum(-1), (1, 0))
        share = below.div_(full.sum(-1, keepdim=True)).clamp_(max=1)
        rejected.append(share.index_select(-1, pad(place, (1, 0))))
    miss, rest = rejected
    thresholds = torch.cat([rising.new_full((1,), -math.inf), rising[ends]])
    return ErrorRates(miss, rest.neg_().add_(1), thresholds)


def equal_error_rate(rates: ErrorRates) -> tuple[Tensor, Tensor]:
    r"""Where misses are as frequent as false alarms.

    Between the last point with $P_{miss}<P_{fa}$ and the first with
    $P_{miss}\ge P_{fa}$ the crossing is interpolated linearly; some libraries
    give the mean of the two errors at the nearest point, which differs by less
    than half a step.

    Args:
        rates: of `error_rates`.

    Returns:
        The rate (...) in [0, 1/2] for a useful system (1/2 where all scores are
        equal, 1 where every score is on the wrong side), and the threshold of
        the point after the crossing.  Lower is better; unchanged by any strictly
        increasing map of the scores.

    >>> target = torch.tensor([0.9, 0.8, 0.7, 0.4])
    >>> others = torch.tensor([0.6, 0.5, 0.3, 0.2, 0.1])
    >>> equal_error_rate(error_rates(target, others))[0]
    tensor(0.2500, dtype=torch.float64)
    """
    difference = rates.miss - rates.false_alarm
    after = (difference >= 0).byte().argmax(-1, keepdim=True)
    before = after - 1
    low, high = difference.gather(-1, before), difference.gather(-1, after)
    weight = -low / (high - low)
    start, end = rates.miss.gather(-1, before), rates.miss.gather(-1, after)
    value = (start + weight * (end - start)).squeeze(-1)
    return value, rates.thresholds[after.squeeze(-1)]


def minimum_dcf(
    rates: ErrorRates, point: OperatingPoint, *, normalise: bool = True
) -> tuple[Tensor, Tensor]:
    r"""Detection cost at the best threshold.

    $$\min_\tau C_{miss}P_{tar}P_{miss}(\tau)+C_{fa}(1-P_{tar})P_{fa}(\tau)$$
    over the cost of the better trivial system when normalised.

    Args:
        rates: of `error_rates`.
        point: costs and prior, such as `DCF08`.
        normalise: divide by $\min(C_{miss}P_{tar},C_{fa}(1-P_{tar}))$.

    Returns:
        The cost (...), in [0, 1] when normalised, and its threshold.

    Raises:
        ValueError: a cost is not positive or the prior not in (0, 1).

    >>> target = torch.tensor([0.9, 0.8, 0.7, 0.4])
    >>> others = torch.tensor([0.6, 0.5, 0.3, 0.2, 0.1])
    >>> minimum_dcf(error_rates(target, others), DCF08)[0]
    tensor(0.2500, dtype=torch.float64)
    """
    cost, trivial = _cost(rates.miss, rates.false_alarm, point)
    best, place = cost.min(-1)
    return best / trivial if normalise else best, rates.thresholds[place]


def actual_dcf(
    target: Tensor,
    nontarget: Tensor,
    point: OperatingPoint,
    *,
    normalise: bool = True,
) -> Tensor:
    r"""Detection cost at the Bayes threshold $\ln\beta$ of log-likelihood ratios.

    Args:
        target: (m,) log-likelihood ratios of true claims, natural logarithm.
        nontarget: (n,) of false claims.
        point: costs and prior.
        normalise: as in `minimum_dcf`, whose value it never undercuts.

    Returns:
        Scalar, at least 0; above 1 it is worse than not looking.

    Raises:
        ValueError: as in `error_rates` and `minimum_dcf`.
    """
    rates = error_rates(target, nontarget)
    cost, trivial = _cost(rates.miss, rates.false_alarm, point)
    # The rates at a threshold are those of the highest score not above it.
    threshold = rates.thresholds.new_tensor(math.log(point.beta))
    place = torch.searchsorted(rates.thresholds, threshold, right=True) - 1
    return cost[place] / trivial if normalise else cost[place]


def roc_area(rates: ErrorRates) -> Tensor:
    """Area under the ROC curve by trapezoids: the Mann-Whitney statistic.

    Args:
        rates: of `error_rates`.

    Returns:
        (...) in [0, 1]; equal to `support.metrics.auc.auc_binary`.
    """
    return 1 - torch.trapezoid(rates.miss, 1 - rates.false_alarm, dim=-1)


def convex_hull(rates: ErrorRates) -> ErrorRates:
    """The best that thresholds and coin tosses between them can reach.

    The vertices of the lower-left convex hull of the curve, by isotonic
    regression of "is a target" on the score; on the CPU.

    Args:
        rates: of `error_rates`, without rows of weights.

    Returns:
        The vertices, in the same order; its equal error rate is never above
        that of the curve.

    Raises:
        ValueError: the rates have more than one row.
    """
    if rates.miss.ndim != 1:
        raise ValueError(
            f"rates: got shape {tuple(rates.miss.shape)}; give one curve, (k,)"
        )
    gained, lost = rates.miss.diff(), -rates.false_alarm.diff()
    total = gained + lost
    moves = (total > 0).nonzero().flatten()  # trials without weight are no step
    share, weight = (part[moves].cpu().numpy() for part in (gained / total, total))
    # A step's slope is the share of targets in it; pooled, slopes rise.
    slope = torch.from_numpy(isotonic_regression(share, sample_weight=weight))
    bends = (slope[1:] > slope[:-1] + 1e-12).nonzero().flatten().to(moves.device)
    last = moves.new_tensor([len(rates.miss) - 1])
    ends = torch.cat([moves.new_zeros(1), moves[bends] + 1, last])
    return ErrorRates(rates.miss[ends], rates.false_alarm[ends], rates.thresholds[ends])


def det_points(
    rates: ErrorRates, targets: int, nontargets: int
) -> tuple[Tensor, Tensor]:
    r"""The curve on normal-deviate axes, where Gaussian scores lie on a line.

    Args:
        rates: of `error_rates`.
        targets: number of target trials; rates are kept half a count off 0 and 1.
        nontargets: number of non-target trials.

    Returns:
        $\Phi^{-1}(P_{fa})$ and $\Phi^{-1}(P_{miss})$, each (..., k); the line's
        slope is minus the ratio of the standard deviations, non-targets over
        targets.

    Raises:
        ValueError: a count is below 1.
    """
    axes = []
    for name, rate, count in (
        ("nontargets", rates.false_alarm, nontargets),
        ("targets", rates.miss, targets),
    ):
        if count < 1:
            raise ValueError(f"{name}: got {count}; give at least 1")
        axes.append(torch.special.ndtri(rate.clamp(0.5 / count, 1 - 0.5 / count)))
    return axes[0], axes[1]


def _cost(
    miss: Tensor, false_alarm: Tensor, point: OperatingPoint
) -> tuple[Tensor, float]:
    if not 0 < point.p_target < 1 or min(point.c_miss, point.c_false_alarm) <= 0:
        raise ValueError(
            f"point: got {tuple(point)}; give positive costs and a prior in (0, 1)"
        )
    weight_miss = point.c_miss * point.p_target
    weight_alarm = point.c_false_alarm * (1 - point.p_target)
    cost = weight_miss * miss + weight_alarm * false_alarm
    return cost, min(weight_miss, weight_alarm)


def _scores(name: str, scores: Tensor) -> Tensor:
    scores = real(name, scores).detach().double()
    if scores.ndim != 1 or not len(scores):
        raise ValueError(
            f"{name}: got shape {tuple(scores.shape)}; give (m,), m at least 1"
        )
    return scores


def _weights(name: str, given: Tensor, like: Tensor) -> Tensor:
    weights = real(f"{name}_weights", given, like=like).to(like)
    if not weights.ndim or weights.shape[-1] != len(like):
        raise ValueError(
            f"{name}_weights: got shape {tuple(weights.shape)}; give (..., {len(like)})"
        )
    if not (weights >= 0).all() or not (weights.sum(-1) > 0).all():
        raise ValueError(f"{name}_weights: give weights of at least 0, some above it")
    return weights
