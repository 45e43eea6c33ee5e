"""Made-up embeddings of normal and shouted speech, with the truth about each shift."""

from typing import NamedTuple

import torch
from torch import Tensor

from support.scalars import whole

__all__ = ["EffortEmbeddings", "effort_embeddings"]

_LEAST = 0.15  # spread of the last direction; the first has 1
_SHIFT = 1.2
_PARTS = (0.6, 0.6, 0.6)  # of the shift: common, of the cluster, of the manner


class EffortEmbeddings(NamedTuple):
    """Pairs of embeddings, row by row of one speaker and sentence.

    Args:
        normal: (S U, D) float64.
        shouted: (S U, D) float64.
        speaker: (S U,) from 0.
        sentence: (S U,) from 0.
        cluster: (S,) in which cluster of normal embeddings a speaker lies.
        manner: (S,) how a speaker shouts.
        shift: (S, D) each speaker's own shift.
    """

    normal: Tensor
    shouted: Tensor
    speaker: Tensor
    sentence: Tensor
    cluster: Tensor
    manner: Tensor
    shift: Tensor


def effort_embeddings(
    speakers: int = 22,
    sentences: int = 24,
    dimensions: int = 64,
    clusters: int = 4,
    manners: int = 3,
    *,
    seed: int,
) -> EffortEmbeddings:
    r"""Draw speakers whose shift depends on where they are and on how they shout.

    With $\lambda$ falling geometrically from 1 to .15, brought to a mean square of 1,
    and $z$ standard normal, anew at each place,

    $$\begin{aligned}
    a_i&=\mathrm{centre}_{c(i)}+\lambda z,\qquad
    x_{iu}=a_i+.5\,s_u+.9\,\lambda z,\\
    b_i&=1.2\,(.6\,g+.6\,l_{c(i)}+.6\,m_{d(i)})+.45\,\lambda z,\\
    y_{iu}&=.8\,a_i+b_i+.6\,(x_{iu}-a_i)+.54\,\lambda z
    \end{aligned}$$

    where $\mathrm{centre}$, $s$, $g$, $l$ and $m$ are standard normal, too.  Cluster
    $c$ and manner $d$ are drawn independently, so that neither space tells all.

    Args:
        speakers: S.
        sentences: U.
        dimensions: D, at least 2.
        clusters: of normal embeddings.
        manners: of shouting.
        seed: of all draws.

    Returns:
        See `EffortEmbeddings`.

    Raises:
        ValueError: a number is out of range.

    >>> effort_embeddings(seed=0).normal.shape
    torch.Size([528, 64])
    """
    for name, value, least in (
        ("speakers", speakers, 1),
        ("sentences", sentences, 1),
        ("dimensions", dimensions, 2),
        ("clusters", clusters, 1),
        ("manners", manners, 1),
    ):
        whole(name, value, least)
    whole("seed", seed, 0, 2**63 - 1)
    draw = torch.Generator().manual_seed(seed)

    def normal(count: int) -> Tensor:
        return torch.randn(count, dimensions, generator=draw, dtype=torch.float64)

    spread = _LEAST ** torch.linspace(0, 1, dimensions, dtype=torch.float64)
    spread = spread / spread.square().mean().sqrt()
    cluster = torch.randint(clusters, (speakers,), generator=draw)
    manner = torch.randint(manners, (speakers,), generator=draw)
    voice = normal(clusters)[cluster] + spread * normal(speakers)
    common, own, way = normal(1), normal(clusters), normal(manners)
    parts = (common, own[cluster], way[manner])
    shift = _SHIFT * sum(
        (weight * part for weight, part in zip(_PARTS, parts, strict=True)),
        start=torch.zeros_like(voice),
    )
    shift = shift + 0.45 * spread * normal(speakers)
    who = torch.arange(speakers).repeat_interleave(sentences)
    said = torch.arange(sentences).repeat(speakers)
    here = 0.5 * normal(sentences)[said] + 0.9 * spread * normal(len(who))
    x = voice[who] + here
    y = 0.8 * voice[who] + shift[who] + 0.6 * here + 0.54 * spread * normal(len(who))
    return EffortEmbeddings(x, y, who, said, cluster, manner, shift)
