"""Losses of two modalities: tell the partner among others, and lie where it lies."""

import math

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from support.arrays import real
from support.scalars import number

__all__ = ["alignment_penalty", "info_nce"]


def info_nce(
    a: Tensor, b: Tensor, temperature: float | Tensor, *, symmetric: bool = False
) -> Tensor:
    r"""Cross-entropy of telling each row's partner among all rows of the other side.

    $$\mathcal L=-\frac1B\sum_i\Big(\frac{s_{ii}}\tau-\log\sum_je^{s_{ij}/\tau}\Big),
    \qquad s_{ij}=a_i^\top b_j$$

    $\log B-\mathcal L$ bounds the mutual information of the two from below, and
    never exceeds $\log B$.  Blind to every part of $a_i$ that is orthogonal to all
    $b_j$.  Memory: a few tables (B, B).

    Args:
        a: (B, d) embeddings of one modality, rows of length 1 in the paper.
        b: (B, d) of the other; row i belongs to row i.
        temperature: $\tau>0$, a number or a trainable scalar.
        symmetric: the mean of both directions, as in CLIP; else a's rows alone.

    Returns:
        A scalar in nats, at least 0; $\log B$ where all scores are equal.

    Raises:
        ValueError: unequal shapes, fewer than two pairs, a number that is not
            finite, or a temperature that is not above 0.

    Source: van den Oord et al., arXiv 1807.03748, with the cosines and the
    temperature of Radford et al., arXiv 2103.00020.

    >>> round(float(info_nce(torch.ones(4, 2), torch.ones(4, 2), 0.5)), 4)
    1.3863
    """
    a, b = _pairs(a, b, least=2, finite=False)
    size = number("temperature", temperature, above=0)
    scores = (a / temperature) @ b.T  # fewer divisions than in the table of scores
    own = torch.arange(len(a), device=a.device)
    loss = cross_entropy(scores, own)
    if symmetric:
        loss = (loss + cross_entropy(scores.T, own)) / 2
    # Each row meets its partner, so that whatever is not finite reaches the loss.
    if not math.isfinite(loss.detach()):
        _pairs(a, b, least=2)
        raise ValueError(
            f"a, b: the loss is {float(loss.detach())} at temperature {size:g}; give "
            "rows of length 1 (normalise them)"
        )
    return loss


def alignment_penalty(a: Tensor, b: Tensor) -> Tensor:
    r"""Mean squared distance of two partners.

    $$\mathcal L_M=\frac1B\sum_i\|a_i-b_i\|^2$$

    Up to the factor $1/2\sigma^2$ it is the divergence of two Gaussians of equal
    spread around $a_i$ and $b_i$ (`support.losses.information.gaussian_kl`).
    Unchanged by a common rotation or shift.  It has its least value where all are
    one point: add it to a loss that keeps pairs apart.

    Args:
        a: (B, d) embeddings of one modality.
        b: (B, d) of the other; row i belongs to row i.

    Returns:
        A scalar of at least 0, at most 4 for rows of length 1.

    Raises:
        ValueError: unequal shapes, no pair, or a number that is not finite.

    Source: Almudévar et al., Aligning Multimodal Representations through an
    Information Bottleneck, ICML 2025, eq. 18.

    >>> alignment_penalty(torch.eye(2), -torch.eye(2))
    tensor(4.)
    """
    a, b = _pairs(a, b, least=1)
    return (a - b).square().sum(1).mean()


def _pairs(
    a: Tensor, b: Tensor, least: int, *, finite: bool = True
) -> tuple[Tensor, Tensor]:
    a = real("a", a, finite=finite)
    b = real("b", b, finite=finite, like=a)
    if a.ndim != 2 or a.shape != b.shape or len(a) < least:
        raise ValueError(
            f"a, b: got shapes {tuple(a.shape)} and {tuple(b.shape)}; give two of "
            f"(B, d), B at least {least}"
        )
    if a.dtype != b.dtype:
        a, b = a.double(), b.double()
    return a, b
