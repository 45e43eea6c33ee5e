"""Scores by fixing one factor and asking which: BetaVAE and FactorVAE."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from support.metrics.discrete import compact
from support.metrics.disentanglement.inputs import (
    active_latents,
    check_sample,
    rescale,
    spread,
)
from support.metrics.probes import fit_probe

__all__ = ["FactorVAEScore", "beta_vae_score", "factor_vae_score"]

_NUMBERS_AT_ONCE = 2**20


class FactorVAEScore(NamedTuple):
    """The score, and which latents (m,) moved enough to vote."""

    score: float
    active: Tensor


class _Groups(NamedTuple):
    """Rows (n, N) sorted by each factor, and where each of its values begins."""

    labels: Tensor
    order: Tensor
    start: Tensor
    size: Tensor


def beta_vae_score(
    factors: Tensor,
    codes: Tensor,
    *,
    pairs: int = 200,
    train_points: int = 10_000,
    test_points: int = 5_000,
    seed: int = 0,
    rescaled: bool = True,
) -> float:
    r"""Which factor do two samples share? A linear classifier's accuracy.

    A point picks a factor $k$ and pairs of rows that share $y_k$; its feature is
    $v=\frac1B\sum_b|z^{(1)}_b-z^{(2)}_b|$, and a logistic regression (unit ridge,
    standardised features) predicts $k$ from $v$.  The score is the accuracy on
    new points, rescaled to $(a-\frac1n)/(1-\frac1n)$.

    Higher is better; 0 at chance (slightly below by luck), at most 1.
    Unchanged, up to the draws, when latents change places or are mapped
    affinely, factors change places or values are renamed.  Collapsed latents
    add nothing.  It reaches 1 as soon as every factor leaves some trace: it is
    the most generous score of all.

    Args:
        factors: (N, n) integers from 0, n at least 2.
        codes: (N, m) numbers.
        pairs: B, at least 1; disentanglement_lib uses 64.
        train_points: at least 1 a factor.
        test_points: at least 1.
        seed: of all draws; the same on every device.
        rescaled: False gives the plain accuracy, as disentanglement_lib.

    Returns:
        The score.  Time grows with (train_points + test_points) B m.

    Raises:
        ValueError: see `minimality_sufficiency`; one factor; a size below 1.

    Source: Higgins et al., beta-VAE, ICLR 2017, section 3.

    >>> y = torch.cartesian_prod(torch.arange(3), torch.arange(3))
    >>> beta_vae_score(y, y.float(), train_points=200, test_points=100)
    1.0
    """
    _check_sizes(pairs=pairs, train_points=train_points, test_points=test_points)
    factors, codes, _ = check_sample(factors, codes, least_factors=2)
    source = torch.Generator().manual_seed(seed)
    groups = _group(factors)
    n = factors.shape[1]
    target = _targets(train_points + test_points, n, train_points, source)
    target = target.to(codes.device)
    features = []
    for part in target.split(max(1, _NUMBERS_AT_ONCE // (pairs * codes.shape[1]))):
        shape = (len(part), pairs)
        first = torch.randint(len(codes), shape, generator=source).to(codes.device)
        second = _alike(groups, part[:, None], first, source)
        features.append((codes[first] - codes[second]).abs().mean(1))
    found = torch.cat(features)
    probe = fit_probe(found[:train_points], target[:train_points], n)
    guess = probe.logits(found[train_points:]).argmax(1)
    accuracy = float((guess == target[train_points:]).double().mean())
    return rescale(accuracy, n) if rescaled else accuracy


def factor_vae_score(
    factors: Tensor,
    codes: Tensor,
    *,
    batch: int = 200,
    train_votes: int = 800,
    test_votes: int = 800,
    active_std: float = 0.05,
    seed: int = 0,
    rescaled: bool = True,
) -> FactorVAEScore:
    r"""Which latent stands still when a factor is fixed? A majority vote's accuracy.

    A vote picks a factor $k$, a value of it (as often as it occurs) and rows
    that have it; $j^*=\arg\min_j\mathrm{Var}_B(z_j)/\mathrm{Var}(z_j)$ over the
    active latents.  The classifier says for each $j^*$ the factor that most
    training votes name; latents or factors that tie share a vote.  The score is its
    accuracy on new votes, rescaled to
    $(a-\frac1n)/(1-\frac1n)$.

    Higher is better; 0 at chance (slightly below by luck), at most 1.
    Unchanged, up to the draws, when latents change places or are mapped
    affinely (as long as the same are active), factors change places or values
    are renamed.  Where all latents are collapsed the score is 0.

    Args:
        factors: (N, n) integers from 0, n at least 2.
        codes: (N, m) numbers.
        batch: B, rows a vote, at least 2.
        train_votes: at least 1.
        test_votes: at least 1.
        active_std: latents with no larger standard deviation do not vote.
        seed: of all draws; the same on every device.
        rescaled: False gives the plain accuracy, as in the paper.

    Returns:
        `FactorVAEScore`; ``active`` (m,) bool says who voted.

    Raises:
        ValueError: see `minimality_sufficiency`; one factor; a size too small.

    Source: Kim and Mnih, Disentangling by Factorising, ICML 2018, section 4.

    >>> y = torch.cartesian_prod(torch.arange(3), torch.arange(3))
    >>> factor_vae_score(y, y.float()).score
    1.0
    """
    _check_sizes(train_votes=train_votes, test_votes=test_votes)
    if batch < 2:
        raise ValueError(f"batch: got {batch}; a variance needs at least 2 rows")
    factors, codes, _ = check_sample(factors, codes, least_factors=2)
    active = active_latents(codes, active_std)
    if not bool(active.any()):
        return FactorVAEScore(0.0, active)
    moving = codes[:, active]
    moving = (moving - moving[0]) / spread(moving)
    source = torch.Generator().manual_seed(seed)
    groups = _group(factors)
    n = factors.shape[1]
    target = _targets(train_votes + test_votes, n, train_votes, source)
    target = target.to(codes.device)
    votes = []
    for part in target.split(max(1, _NUMBERS_AT_ONCE // (batch * moving.shape[1]))):
        seen = torch.randint(len(codes), (len(part), 1), generator=source)
        rows = _alike(groups, part[:, None], seen.to(codes.device), source, batch)
        still = moving[rows].var(1)
        least = still.amin(1, keepdim=True)
        votes.append((still <= least * (1 + 1e-9) + 1e-24).double())
    vote = torch.cat(votes)
    vote = vote / vote.sum(1, keepdim=True)
    truth = one_hot(target, n).double()
    old, new = slice(None, train_votes), slice(train_votes, None)
    table = vote[old].T @ truth[old]
    named = (table >= table.amax(1, keepdim=True) * (1 - 1e-9)).double()
    named = named / named.sum(1, keepdim=True)
    accuracy = float((vote[new] @ named * truth[new]).sum(1).mean())
    return FactorVAEScore(rescale(accuracy, n) if rescaled else accuracy, active)


def _group(factors: Tensor) -> _Groups:
    labels, sizes = compact(factors)
    labels = labels + (sizes.cumsum(0) - sizes)
    count = torch.bincount(labels.flatten(), minlength=int(sizes.sum()))
    order = labels.T.argsort(1)
    return _Groups(labels, order.flatten(), count.cumsum(0) - count, count)


def _alike(
    groups: _Groups,
    factor: Tensor,
    rows: Tensor,
    source: torch.Generator,
    width: int | None = None,
) -> Tensor:
    """Draw, with replacement, rows that share the factor of the given ones."""
    value = groups.labels[rows, factor]
    shape = rows.shape if width is None else (len(rows), width)
    chance = torch.rand(shape, dtype=torch.float64, generator=source)
    place = (chance.to(rows.device) * groups.size[value]).long()
    # the factors' sorted rows lie one after the other, as their values do
    return groups.order[groups.start[value] + place]


def _targets(count: int, n: int, train: int, source: torch.Generator) -> Tensor:
    """Factors to fix, (count,): each comes up in the training part."""
    target = torch.randint(n, (count,), generator=source)
    forced = min(n, train)
    target[:forced] = torch.arange(forced)
    return target


def _check_sizes(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name}: got {size}; give at least 1")
