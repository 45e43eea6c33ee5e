r"""The area under the ROC curve of a verifier as a loss over pairs of utterances."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import classes, real
from support.directions import directions
from support.losses.pairwise import (
    LARGEST_BLOCK,
    check_delta,
    pairwise_loss,
    sum_blocks,
)

__all__ = ["PairScores", "aauc_verification", "cosine_table", "pair_scores"]


class PairScores(NamedTuple):
    """Cosines of all pairs of a batch, each pair once, none with itself.

    Args:
        positive: (m+,) pairs of one identity.
        negative: (m-,) pairs of two.
    """

    positive: Tensor
    negative: Tensor


def aauc_verification(
    embedding: Tensor,
    identity: Tensor,
    *,
    delta: float = 30.0,
    pairs: str = "global",
    negative_fraction: float = 1.0,
    block: int | None = None,
) -> Tensor:
    r"""One minus the smooth area under the ROC curve, over pairs of trials.

    $$\mathcal L=\frac1{m_+m_-}\sum_{i\in\mathcal P}\sum_{j\in\mathcal N}
    \sigma\big(\delta\,[s_j-s_i]\big),\qquad s=\cos(\cdot,\cdot)$$

    A positive trial is a pair of utterances of one identity, a negative one a pair
    of two.  With ``pairs="global"`` every positive trial meets every negative one,
    as under one threshold for all; with ``"anchored"`` only trials that share an
    utterance meet, and the mean is taken over these utterances.

    Args:
        embedding: (B, E); lengths are taken out here.
        identity: (B,) integers, a class a speaker and phrase.
        delta: steepness, above 0; it belongs to the scale of the scores, and for
            cosines 10 to 200 is usual.
        pairs: ``"global"`` or ``"anchored"``.
        negative_fraction: the share of negative trials that counts, the highest
            scores first; below 1 this is the partial area of low false alarms.
        block: pairs of trials held at one time; chosen by the device when left out.

    Returns:
        A scalar in [0, 1]; lower is better, and one half for equal scores.

    Raises:
        ValueError: shapes disagree, a number is not finite, delta is not above 0, the
            fraction is outside (0, 1], or there is no positive or no negative pair.

    Source: Mingote et al., arXiv 1901.11332; which pairs meet is our reading, the
    fraction follows Bai & Zhang, arXiv 1911.08077.

    >>> import torch
    >>> e = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> aauc_verification(e, torch.tensor([0, 0, 1]), delta=100.0)
    tensor(0.)
    """
    _check_choices(delta, pairs, negative_fraction)
    if pairs == "anchored":
        return _anchored(embedding, identity, delta, negative_fraction, block)
    positive, negative = pair_scores(embedding, identity)
    if negative_fraction < 1:
        negative = negative.topk(int(_share(negative_fraction, len(negative)))).values
    return pairwise_loss(positive, negative, delta, block=block)


def pair_scores(embedding: Tensor, identity: Tensor) -> PairScores:
    r"""Cosines of all pairs: $m_+$ of one identity, $m_-$ of two.

    Args:
        embedding: (B, E), of any length.
        identity: (B,) integers.

    Returns:
        See `PairScores`; together $B(B-1)/2$.

    Raises:
        ValueError: shapes disagree, or there is no positive or no negative pair.

    >>> import torch
    >>> pair_scores(torch.eye(3), torch.tensor([0, 0, 1])).negative
    tensor([0., 0.])
    """
    cosine, same = cosine_table(embedding, identity)
    once = torch.ones_like(same).triu(1)
    return PairScores(cosine[once & same], cosine[once & ~same])


def cosine_table(embedding: Tensor, identity: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines (B, B) in at least float32, and which pairs are of one identity.

    Raises:
        ValueError: shapes disagree, a number is not finite, or there is no positive or
            no negative pair.
    """
    embedding = real("embedding", embedding)
    identity = classes("identity", identity, like=embedding)
    if embedding.ndim != 2 or identity.shape != embedding.shape[:1]:
        raise ValueError(
            f"embedding, identity: got shapes {tuple(embedding.shape)} and "
            f"{tuple(identity.shape)}; give (B, E) and (B,)"
        )
    same = identity[:, None] == identity
    alike = int(same.sum())
    if alike == len(same) or alike == same.numel():
        kind = "positive" if alike == len(same) else "negative"
        raise ValueError(
            f"identity: no {kind} pair in a batch of {len(same)}; give several "
            "utterances of several identities"
        )
    # Where others may round, a cosine may not: delta makes small differences large.
    with torch.autocast(embedding.device.type, enabled=False):
        unit = directions(embedding)
        return unit @ unit.T, same


def _share(fraction: float, count: int) -> int:
    """A share of a count, rounded up; 7 of 100 are .07, whatever .07 * 100 may be."""
    return math.ceil(fraction * count * (1 - 1e-12))


def _check_choices(delta: float, pairs: str, negative_fraction: float) -> None:
    check_delta(delta)
    if pairs not in ("global", "anchored"):
        raise ValueError(f"pairs: got {pairs!r}; give 'global' or 'anchored'")
    if not 0 < negative_fraction <= 1:
        raise ValueError(
            f"negative_fraction: got {negative_fraction}; give a share in (0, 1]"
        )


def _anchored(
    embedding: Tensor,
    identity: Tensor,
    delta: float,
    fraction: float,
    block: int | None,
) -> Tensor:
    cosine, same = cosine_table(embedding, identity)
    positive = same.clone().fill_diagonal_(False)
    counts = torch.stack([positive.sum(1), (~same).sum(1)])
    kept = ~same
    if fraction < 1:
        limit = torch.tensor([_share(fraction, n) for n in counts[1].tolist()]).to(
            counts
        )
        order = cosine.detach().masked_fill(same, -math.inf).argsort(1, descending=True)
        rank = torch.arange(len(same), device=same.device).expand_as(order)
        kept = torch.zeros_like(same).scatter(1, order, rank < limit[:, None])
        counts[1] = limit
    anchors = int((counts > 0).all(0).sum())
    weight = 1 / (counts.prod(0).clamp_min(1).to(cosine) * anchors)
    trials = positive.nonzero()  # (anchor, its positive)

    def part(some: Tensor) -> Tensor:
        anchor, other = some.T
        gap = cosine[anchor] - cosine[anchor, other][:, None]
        lost = torch.where(kept[anchor], (delta * gap).sigmoid(), 0).sum(1)
        return (lost * weight[anchor]).sum()

    return sum_blocks(part, (block or LARGEST_BLOCK) // len(same), trials)
