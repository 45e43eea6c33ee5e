"""Losses that compare utterances with each other, or with the centre of their class."""

import math

import torch
from torch import Tensor

from support.arrays import classes, real
from support.losses.pairwise import LARGEST_BLOCK, sum_blocks
from support.losses.verification import cosine_table

__all__ = ["centre_loss", "triplet_loss"]


def triplet_loss(
    embedding: Tensor,
    identity: Tensor,
    *,
    margin: float = 0.2,
    mining: str = "hard",
    generator: torch.Generator | None = None,
    block: int = LARGEST_BLOCK,
) -> Tensor:
    r"""Ask of every anchor that its positive be closer than its negative, by a margin.

    $$\mathcal L=\operatorname{mean}\ \max\big(0,\ \mu-s(a,p)+s(a,n)\big),
    \qquad s=\cos(\cdot,\cdot)$$

    Args:
        embedding: (B, E); lengths are taken out here.
        identity: (B,) integers.
        margin: $\mu\ge0$, of cosines.
        mining: ``"hard"`` takes the farthest positive and the closest negative of
            each anchor, ``"random"`` one of each at random, ``"all"`` every triplet.
        generator: of the random draw; needed for that mining, and for no other.
        block: comparisons held at one time by ``"all"``.

    Returns:
        A scalar of at least 0, the mean over anchors, or over triplets for
        ``"all"``; lower is better.

    Raises:
        ValueError: shapes disagree, there is no positive or no negative pair, the
            mining is unknown, it is random without a generator, or the margin is
            negative.

    Source: Schroff et al., FaceNet, 2015; batch-hard: Hermans et al., 2017; the
    cosine form as in Mingote et al., arXiv 1901.11332.

    >>> e = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> triplet_loss(e, torch.tensor([0, 0, 1]), margin=0.2)
    tensor(0.)
    """
    if mining not in ("hard", "random", "all"):
        raise ValueError(f"mining: got {mining!r}; give 'hard', 'random' or 'all'")
    if not 0 <= margin < math.inf:
        raise ValueError(f"margin: got {margin}; give a number of at least 0")
    if mining == "random" and generator is None:
        raise ValueError("generator: give one; random triplets are drawn from it")
    cosine, same = cosine_table(embedding, identity)
    positive = same.clone().fill_diagonal_(False)
    if mining == "all":
        trials = positive.nonzero()

        def part(some: Tensor) -> Tensor:
            anchor, other = some.T
            gap = margin + cosine[anchor] - cosine[anchor, other][:, None]
            return torch.where(same[anchor], 0, gap.clamp_min(0)).sum()

        count = (positive.sum(1) * (~same).sum(1)).sum()
        return sum_blocks(part, block // len(same), trials) / count
    if mining == "hard":
        far = cosine.masked_fill(~positive, math.inf).amin(1)
        close = cosine.masked_fill(same, -math.inf).amax(1)
    else:
        assert generator is not None  # asked for above
        draws = torch.rand(
            2, *same.shape, generator=generator, device=generator.device
        ).to(cosine)
        one = draws[0].masked_fill(~positive, -1).argmax(1, keepdim=True)
        other = draws[1].masked_fill(same, -1).argmax(1, keepdim=True)
        far, close = cosine.gather(1, one)[:, 0], cosine.gather(1, other)[:, 0]
    # An identity with one utterance has no positive: it is no anchor.
    anchor = positive.any(1) & (~same).any(1)
    return (margin - far[anchor] + close[anchor]).clamp_min(0).mean()


def centre_loss(embedding: Tensor, identity: Tensor, centres: Tensor) -> Tensor:
    r"""Pull every embedding to the centre of its class.

    $$\mathcal L=\frac1{2B}\sum_i\lVert\mathbf x_i-\mathbf c_{y_i}\rVert^2$$

    It has its least value where all are one point: add it to a loss that keeps
    classes apart.

    Args:
        embedding: (B, E).
        identity: (B,) classes, 0 to C - 1.
        centres: (C, E), learned or running means.

    Returns:
        A scalar of at least 0; lower is better.  In at least float32.

    Raises:
        ValueError: shapes disagree, the batch is empty, a number is not finite or a
            class has no centre.

    Source: Wen et al., A discriminative feature learning approach for deep face
    recognition, 2016, eq. 2, per sample.

    >>> centre_loss(torch.ones(2, 3), torch.tensor([0, 0]), torch.zeros(1, 3))
    tensor(1.5000)
    """
    embedding = real("embedding", embedding)
    centres = real("centres", centres, like=embedding)
    identity = classes("identity", identity, like=embedding)
    if embedding.ndim != 2 or centres.shape[1:] != embedding.shape[1:]:
        raise ValueError(
            f"embedding, centres: got shapes {tuple(embedding.shape)} and "
            f"{tuple(centres.shape)}; give (B, E) and (C, E)"
        )
    if identity.shape != embedding.shape[:1] or not len(identity):
        raise ValueError(
            f"identity: got shape {tuple(identity.shape)}; give one class for each of "
            f"the {len(embedding)} embeddings, and at least one"
        )
    if not int(identity.max()) < len(centres):
        raise ValueError(
            f"identity: got {int(identity.min())} to {int(identity.max())}; there are "
            f"{len(centres)} centres"
        )
    return (embedding - centres[identity]).square().sum(1).mean() / 2
