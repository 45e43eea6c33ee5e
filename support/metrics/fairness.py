"""Do the scores of groups differ? Measures on scores and on who is chosen.

Groups are numbered 0 to G-1.  Measures of decisions (demographic parity,
equalised odds) are left to fairlearn; these look at the scores themselves.
"""

from itertools import combinations
from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import classes, real

__all__ = [
    "KlTest",
    "kl_floor",
    "p_rule",
    "score_kl",
    "score_kl_test",
    "top_share",
    "true_positive_gap",
]


class KlTest(NamedTuple):
    """A divergence beside what chance makes of it.

    Args:
        value: `score_kl` of the groups as they are, in nats.
        null_mean: the same over permutations of the groups.
        null_95: 95 % quantile over permutations.
        p: share of permutations whose Jensen-Shannon divergence is at least as large,
            the observed one counted in.  `score_kl` skips bins that one group leaves
            empty, and reads 0 for groups that share none; this one sees them.
    """

    value: float
    null_mean: float
    null_95: float
    p: float


def score_kl(
    scores: Tensor, groups: Tensor, *, bins: int = 50, clip: bool = False
) -> float:
    r"""Divergence of the groups' score histograms, in nats.

    $$\sum_{b:\,p_b,q_b>0}p_b\ln\frac{p_b}{q_b}$$
    averaged over the pairs (i, j), i < j, of groups, with equal bins on [0, 1].
    Bins that one group leaves empty are skipped, as the testbed does; the sum is
    then no divergence in the strict sense: it can be a little negative, and groups
    that share no bin at all read 0. Look at the histograms beside the number.

    Args:
        scores: (n,) in [0, 1].
        groups: (n,) integers 0..G-1, each occurring.
        bins: on [0, 1]; the last one holds 1.
        clip: move scores outside [0, 1] to its ends in place of refusing them.

    Returns:
        Nats; near `kl_floor` where the groups do not differ, and not 0: a
        histogram of finitely many scores is rough.  Lower is fairer.

    Raises:
        ValueError: lengths differ, a score is NaN or outside [0, 1], a group is
            empty, or there are fewer than two.

    Source: FairCVtest; its script drops scores from .98 on, ours does not.

    >>> scores = torch.tensor([0.1, 0.1, 0.9, 0.1, 0.9, 0.9])
    >>> round(score_kl(scores, torch.tensor([0, 0, 0, 1, 1, 1]), bins=2), 4)
    0.231
    """
    cells, groups, count = _cells(scores, groups, bins, clip)
    return float(_divergence(_histograms(cells[None], groups[None], count, bins))[0])


def score_kl_test(
    scores: Tensor,
    groups: Tensor,
    *,
    seed: int,
    rounds: int = 200,
    bins: int = 50,
    clip: bool = False,
) -> KlTest:
    """`score_kl`, and a permutation test of "the groups do not differ".

    Args:
        scores: (n,) in [0, 1].
        groups: (n,) integers 0..G-1.
        seed: of the permutations.
        rounds: how many, at least 19 for a p below .05.
        bins: as in `score_kl`.
        clip: as in `score_kl`.

    Raises:
        ValueError: as in `score_kl`, or rounds is below 1.

    Memory is of order rounds x n.
    """
    if rounds < 1:
        raise ValueError(f"rounds: got {rounds}; give at least 1")
    cells, groups, count = _cells(scores, groups, bins, clip)
    source = torch.Generator().manual_seed(seed)
    # One sort of random keys permutes all rounds at once.
    order = torch.rand(rounds, len(groups), generator=source).argsort(1)
    shuffled = groups[order.to(groups.device)]
    histograms = _histograms(cells.expand(rounds, -1), shuffled, count, bins)
    null, own = (
        _divergence(histograms),
        _histograms(cells[None], groups[None], count, bins),
    )
    value = _divergence(own)[0]
    beyond = int((_jensen_shannon(histograms) >= _jensen_shannon(own) - 1e-12).sum())
    return KlTest(
        float(value),
        float(null.mean()),
        float(null.quantile(0.95)),
        (beyond + 1) / (rounds + 1),
    )


def kl_floor(occupied_bins: int, first: int, second: int) -> float:
    r"""Expected plug-in divergence of two samples of one distribution.

    $$\mathbb E\,\mathrm{KL}\approx\frac{B-1}2\Big(\frac1{n_p}+\frac1{n_q}\Big)$$
    from the second-order expansion of $p\ln(p/q)$.

    Args:
        occupied_bins: B, bins that hold scores.
        first: scores of one group.
        second: scores of the other.

    Returns:
        Nats.

    Raises:
        ValueError: a number is below 1.

    >>> kl_floor(41, 2400, 2400)
    0.016666666666666666
    """
    for name, value in (
        ("occupied_bins", occupied_bins),
        ("first", first),
        ("second", second),
    ):
        if value < 1:
            raise ValueError(f"{name}: got {value}; give at least 1")
    return (occupied_bins - 1) / 2 * (1 / first + 1 / second)


def top_share(scores: Tensor, groups: Tensor, k: int) -> Tensor:
    """Share of each group among the k best.

    Args:
        scores: (n,) numbers.
        groups: (n,) integers 0..G-1, each occurring.
        k: how many are chosen, 1 to n.

    Returns:
        (G,) float64 that sum to 1.  Scores that tie for the last places have an equal
        share in them.

    Raises:
        ValueError: lengths differ, a score is NaN, a group is empty, or k is out
            of range.

    >>> top_share(torch.tensor([0.9, 0.8, 0.1]), torch.tensor([0, 1, 1]), 2)
    tensor([0.5000, 0.5000], dtype=torch.float64)
    """
    scores, groups, count = _checked(scores, groups)
    if not 1 <= k <= len(scores):
        raise ValueError(f"k: got {k}; give 1 to {len(scores)}, the number of scores")
    last = scores.topk(k).values[-1]
    better, tied = scores > last, scores == last
    chosen, level = (
        torch.bincount(groups[part], minlength=count).double()
        for part in (better, tied)
    )
    return (chosen + level * (k - chosen.sum()) / level.sum()) / k


def p_rule(rates: Tensor) -> float:
    """Smallest share or selection rate over the largest.

    Args:
        rates: (G,) at least 0, one of them above 0; shares of the chosen where
            the groups are of equal size, else selection rates.

    Returns:
        In [0, 1]; 1 is parity, and the four-fifths rule asks for .8.

    Raises:
        ValueError: fewer than two rates, a negative one, or none above 0.

    >>> p_rule(torch.tensor([0.8, 0.2]))
    0.25
    """
    values = real("rates", rates).double()
    if values.numel() < 2 or not (values >= 0).all() or not values.max() > 0:
        raise ValueError(
            f"rates: got {values.tolist()}; give two or more, none negative and one "
            "above 0"
        )
    return float(values.min() / values.max())


def true_positive_gap(
    scores: Tensor, truth: Tensor, groups: Tensor, threshold: float
) -> float:
    """Equal-opportunity gap: how unevenly deserving candidates are found.

    The rate of a group is the share of its members with a true score above the
    threshold whose given score is above it too.

    Args:
        scores: (n,) given.
        truth: (n,) true scores.
        groups: (n,) integers 0..G-1, each occurring.
        threshold: for instance the upper quartile of the training truth.

    Returns:
        Largest rate less smallest, in [0, 1]; 0 is equal opportunity.

    Raises:
        ValueError: lengths differ, a score is NaN, a group is empty or has no
            member above the threshold.

    >>> truth, groups = torch.tensor([0.9, 0.9, 0.9]), torch.tensor([0, 1, 1])
    >>> true_positive_gap(torch.tensor([0.9, 0.9, 0.1]), truth, groups, 0.5)
    0.5
    """
    scores, groups, count = _checked(scores, groups)
    truth = real("truth", truth, like=scores)
    if truth.shape != scores.shape:
        raise ValueError(
            f"truth: got shape {tuple(truth.shape)}; give {tuple(scores.shape)}"
        )
    deserving = truth > threshold
    wanted = torch.bincount(groups[deserving], minlength=count)
    if not wanted.all():
        bare = torch.nonzero(wanted == 0).squeeze(1).tolist()
        raise ValueError(
            f"threshold: groups {bare} have no true score above {threshold}; give a "
            "lower one"
        )
    found = torch.bincount(groups[deserving & (scores > threshold)], minlength=count)
    rates = found.double() / wanted
    return float(rates.max() - rates.min())


def _cells(
    scores: Tensor, groups: Tensor, bins: int, clip: bool
) -> tuple[Tensor, Tensor, int]:
    """Bins (n,), a score on an edge in the bin that it opens; groups; their number."""
    scores, groups, count = _checked(scores, groups)
    if bins < 1:
        raise ValueError(f"bins: got {bins}; give at least 1")
    low, high = float(scores.min()), float(scores.max())
    if not clip and not 0 <= low <= high <= 1:
        raise ValueError(
            f"scores: run from {low:g} to {high:g}; give scores in [0, 1], or clip=True"
        )
    # 0.57 * 100 is below 57: ask the edges, which are rounded as the scores are
    edges = torch.arange(1, bins, dtype=torch.float64, device=scores.device) / bins
    edges = edges.to(scores.dtype)
    return torch.bucketize(scores.contiguous(), edges, right=True), groups, count


def _histograms(cells: Tensor, groups: Tensor, count: int, bins: int) -> Tensor:
    """(R, n) bins and groups to (R, G, bins) shares."""
    rounds = len(groups)
    first = torch.arange(rounds, device=groups.device)[:, None] * count
    place = (first + groups) * bins + cells
    counts = torch.bincount(place.flatten(), minlength=rounds * count * bins)
    counts = counts.view(rounds, count, bins).double()
    return counts / counts.sum(2, keepdim=True)


def _divergence(histograms: Tensor) -> Tensor:
    """(R, G, bins) to (R,), the mean over pairs of groups."""
    pairs = list(combinations(range(histograms.shape[1]), 2))
    p = histograms[:, [i for i, _ in pairs]]
    q = histograms[:, [j for _, j in pairs]]
    both = (p > 0) & (q > 0)
    terms = torch.where(both, p * (p.log() - q.log()), 0.0)
    return terms.sum(2).mean(1)


def _jensen_shannon(histograms: Tensor) -> Tensor:
    """(R, G, bins) to (R,): entropy of the mean less mean of the entropies."""
    entropies = torch.special.entr(histograms).sum(2)
    middle = torch.special.entr(histograms.mean(1)).sum(1)
    return middle - entropies.mean(1)


def _checked(scores: Tensor, groups: Tensor) -> tuple[Tensor, Tensor, int]:
    scores = real("scores", scores).detach()
    groups = classes("groups", groups, like=scores)
    if scores.ndim != 1 or scores.shape != groups.shape or not len(scores):
        raise ValueError(
            f"scores, groups: got shapes {tuple(scores.shape)} and "
            f"{tuple(groups.shape)}; give (n,) both, n above 0"
        )
    sizes = torch.bincount(groups)
    if len(sizes) < 2 or not sizes.all():
        raise ValueError(
            f"groups: sizes are {sizes.tolist()}; give two groups or more, numbered "
            "without a gap"
        )
    return scores, groups, len(sizes)
