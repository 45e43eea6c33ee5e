"""What holds exactly: the penalty as a temperature, blind spots, and the bound."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from chapters.alignment.systems import objective
from support.losses.multimodal import alignment_penalty, info_nce
from support.metrics.information import (
    conditional_mutual_information,
    mutual_information,
)

__all__ = [
    "Sides",
    "bound_gap",
    "hide",
    "mismatched",
    "one_bit",
    "random_tables",
    "sides",
    "temperature_gap",
]


def mismatched(a: Tensor, b: Tensor, temperature: float, numerator: float) -> Tensor:
    r"""InfoNCE whose own score has another temperature, $\tau'$, than the others.

    $$-\frac1B\sum_i\Big(\frac{s_{ii}}{\tau'}-\log\sum_je^{s_{ij}/\tau}\Big)$$

    Args:
        a: (B, d) rows of length 1.
        b: (B, d).
        temperature: $\tau$, of the sum.
        numerator: $\tau'$, of the own score.
    """
    scores = a @ b.T
    own = scores.diagonal() / numerator
    return ((scores / temperature).logsumexp(1) - own).mean()


def temperature_gap(a: Tensor, b: Tensor, temperature: float, weight: float) -> float:
    r"""How far penalty and mismatch differ, $1/\tau'=1/\tau+2\beta$: gradients.

    Args:
        a: (B, d) embeddings.
        b: (B, d).
        temperature: $\tau$.
        weight: $\beta$.

    Returns:
        The largest difference of the gradients by embeddings before they are brought
        to length 1; on the sphere the losses differ by $2\beta$, a constant.
    """
    raw = [side.double().cpu().clone().requires_grad_() for side in (a, b)]
    one, other = (normalize(side, dim=1) for side in raw)
    numerator = 1 / (1 / temperature + 2 * weight)
    losses = (
        objective(one, other, temperature, weight),
        mismatched(one, other, temperature, numerator),
    )
    slopes = [torch.autograd.grad(loss, raw, retain_graph=True) for loss in losses]
    return max(
        float((left - right).abs().max()) for left, right in zip(*slopes, strict=True)
    )


def hide(
    a: Tensor,
    b: Tensor,
    temperature: float,
    lengths: Sequence[float],
    generator: torch.Generator,
) -> dict[str, list[float]]:
    """Add to every row of a something that no row of b has, and ask both losses.

    Args:
        a: (B, d) embeddings, B below d.
        b: (B, d).
        temperature: of InfoNCE.
        lengths: of what is added, orthogonal to all rows of b.
        generator: draws its direction, one a row.

    Returns:
        ``InfoNCE`` and ``penalty``, a number for each length; nothing is normalised.
    """
    a, b = a.double().cpu(), b.double().cpu()
    if len(b) >= b.shape[1]:
        raise ValueError(f"b: got shape {tuple(b.shape)}; give fewer rows than columns")
    drawn = torch.randn(a.shape, generator=generator, dtype=torch.float64)
    basis = torch.linalg.qr(b.T).Q
    away = normalize(drawn - drawn @ basis @ basis.T, dim=1)
    moved = [a + length * away for length in lengths]
    return {
        "InfoNCE": [float(info_nce(each, b, temperature)) for each in moved],
        "penalty": [float(alignment_penalty(each, b)) for each in moved],
    }


class Sides(NamedTuple):
    r"""Both sides of the bound for a table of states, in nats.

    Attributes:
        divergence: $\mathbb E\,D(p(z|x_a)\|q(z|x_b))$, what the penalty is.
        specific: $I(Z_a;X_a\mid X_b)$, what only the first modality can say.
        rest: $\mathbb E\,D(p(z_a|x_b)\|q(z|x_b))$.
        whole: $I(Z_a;X_a)$, which the paper's equation 17 bounds instead.
    """

    divergence: float
    specific: float
    rest: float
    whole: float


def sides(joint: Tensor, encoder: Tensor, other: Tensor) -> Sides:
    """Compute both sides of the bound by enumeration.

    Args:
        joint: (m, n) probabilities of the two modalities.
        encoder: (m, k) law of the code, given the first modality.
        other: (n, k) law of the other code, given the second one.
    """
    m, n = joint.shape
    k = encoder.shape[1]
    states = torch.cartesian_prod(torch.arange(m), torch.arange(n), torch.arange(k))
    x_a, x_b, z = states.T
    weights = (joint[:, :, None] * encoder[:, None]).flatten()
    specific = conditional_mutual_information(z, x_a, x_b, base=math.e, weights=weights)
    whole = mutual_information(z, x_a, base=math.e, weights=weights)
    # What the first code looks like to somebody who sees the second modality only.
    seen = (joint.T @ encoder) / joint.sum(0)[:, None]

    def divergence(p: Tensor, q: Tensor, weight: Tensor) -> float:
        each = (torch.xlogy(p, p) - torch.xlogy(p, q)).sum(-1)
        # What never happens costs nothing, even where it would cost infinity.
        return float(torch.where(weight > 0, weight * each, 0.0).sum())

    return Sides(
        divergence(encoder[:, None], other[None].expand(m, n, k), joint),
        specific,
        divergence(seen, other, joint.sum(0)),
        whole,
    )


def random_tables(generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Draw a joint law of 4 by 4 states and two encoders with 8 codes."""
    joint, encoder, other = (
        torch.rand(shape, generator=generator, dtype=torch.float64)
        for shape in ((4, 4), (4, 8), (4, 8))
    )
    laws = [table / table.sum(1, keepdim=True) for table in (encoder, other)]
    return joint / joint.sum(), laws[0], laws[1]


def bound_gap(generator: torch.Generator, *, tables: int = 100) -> float:
    """Largest distance of divergence and specific + rest over random tables."""
    gaps = []
    for _ in range(tables):
        found = sides(*random_tables(generator))
        gaps.append(abs(found.divergence - found.specific - found.rest))
    return max(gaps)


def one_bit() -> Sides:
    """Both sides where both modalities are one fair bit and both encoders copy it."""
    copy = torch.eye(2, dtype=torch.float64)
    return sides(copy / 2, copy, copy)
