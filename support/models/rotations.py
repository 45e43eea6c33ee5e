"""Rotations drawn at random, and a Gaussian prior that turns with the domain."""

from typing import Any

import torch
from torch import Tensor, nn

from support.arrays import classes, real
from support.generators import random_source
from support.scalars import number, whole

__all__ = ["RotatedPrior", "random_rotations"]

TRIES = 100
"""Draws of a prior before its distance counts as out of reach."""


def random_rotations(n: int, dim: int, generator: torch.Generator) -> Tensor:
    r"""Rotations of d dimensions, every one as likely as any other.

    $$G_{ij}\sim\mathcal N(0,1),\quad G=QR,\quad
    T=Q\,\mathrm{diag}(\mathrm{sign}\,R_{jj}),\quad\det T=1$$

    The signs make Q unique, and so uniform over the orthogonal matrices (the Haar
    measure); without them the library's own choice of signs would show.  Where the
    determinant is -1 the first column changes its sign.

    Args:
        n: how many, at least 1.
        dim: d, at least 1; of one dimension the only rotation is 1.
        generator: draws G, on its own device.

    Returns:
        (n, d, d) in float32, made in float64: $\|T^\top T-I\|<10^{-5}$.

    Raises:
        ValueError: a count is no integer or below 1, or the generator is none.

    Source: Mezzadri, How to generate random matrices from the classical compact
    groups, Notices of the AMS 54, 2007.

    >>> turn = random_rotations(2, 3, torch.Generator().manual_seed(0))
    >>> torch.allclose(turn @ turn.mT, torch.eye(3), atol=1e-6)
    True
    """
    n, dim = whole("n", n), whole("dim", dim)
    generator = random_source("generator", generator)
    gaussian = torch.randn(
        n, dim, dim, generator=generator, device=generator.device, dtype=torch.double
    )
    q, r = torch.linalg.qr(gaussian)
    q = q * r.diagonal(dim1=1, dim2=2).sign()[:, None]
    q[:, :, 0] *= torch.linalg.slogdet(q).sign[:, None]
    return q.float()


class RotatedPrior(nn.Module):
    r"""One Gaussian a domain, all the same but for a rotation of their means.

    $$p(z\mid c)=\mathcal N(T_c\mu_0,I),\qquad
    z\mapsto T_tT_c^\top z\ \text{ carries }\ p(z\mid c)\text{ onto }p(z\mid t)$$

    Nothing is learnt: the buffers ``origin`` (d,) and ``rotations`` (C, d, d) are
    drawn once, until the means are far enough apart, and saved with the weights.

    Args:
        domains: C, at least 1.
        dim: d, at least 1.
        generator: draws the rotations and $\mu_0$.
        radius: $\|\mu_0\|$, which all means share, in [0, 1e18]; None takes $\sqrt d$.
        min_distance: least distance of two means, at least 0.

    Raises:
        ValueError: a count is no integer or below 1, the generator is none, radius or
            distance is out of range or not finite, or 100 draws had means nearer than
            the distance.

    Source: Almudévar et al., Unsupervised multiple domain translation through
    controlled disentanglement in variational autoencoder, ICASSP 2024; the radius and
    the least distance are ours.

    >>> prior = RotatedPrior(3, 16, torch.Generator().manual_seed(0))
    >>> moved = prior.transport(prior.mean([0, 1]), [0, 1], [2, 2])
    >>> torch.allclose(moved, prior.mean([2, 2]), atol=1e-5)
    True
    """

    origin: Tensor
    rotations: Tensor

    def __init__(
        self,
        domains: int,
        dim: int,
        generator: torch.Generator,
        radius: float | None = None,
        min_distance: float = 4.0,
    ) -> None:
        super().__init__()
        domains, dim = whole("domains", domains), whole("dim", dim)
        radius = dim**0.5 if radius is None else radius
        length = number("radius", radius, least=0, most=1e18)  # squares fit in float32
        apart = number("min_distance", min_distance, least=0)
        generator = random_source("generator", generator)
        for _ in range(TRIES):
            rotations = random_rotations(domains, dim, generator)
            drawn = torch.randn(dim, generator=generator, device=generator.device)
            origin = length * nn.functional.normalize(drawn, dim=0)
            means = rotations @ origin
            if domains == 1 or float(nn.functional.pdist(means).min()) >= apart:
                break
        else:
            raise ValueError(
                f"min_distance: got {min_distance}, which {TRIES} draws of {domains} "
                f"means at radius {length:.3g} in {dim} dimensions did not keep; give "
                "a smaller distance, a larger radius or more dimensions"
            )
        self.register_buffer("origin", origin)
        self.register_buffer("rotations", rotations)

    @property
    def means(self) -> Tensor:
        r"""(C, d), the means $\mu_c=T_c\mu_0$ of all domains."""
        return self.rotations @ self.origin

    def mean(self, c: Any) -> Tensor:
        """Domains (N,), or one, -> means (N, d), or (d,).

        Raises:
            ValueError: a domain is no integer in [0, C), or there are axes too many.
        """
        domain = classes("c", c, len(self.rotations), like=self.origin)
        if domain.ndim > 1:
            raise ValueError(f"c: got shape {tuple(domain.shape)}; give (N,), or one")
        return self.means[domain.to(self.origin.device)]

    def transport(self, z: Any, source: Any, target: Any) -> Tensor:
        r"""Turn latents from their own domain into another, $T_tT_c^\top z$.

        Lengths are kept, source = target gives z back, and two steps in a row are
        one: $c\to t\to u$ is $c\to u$.  Gradients pass.

        Args:
            z: (..., N, d); a sparse one is filled up.
            source: (N,) domains that the rows come from, or one for all.
            target: (N,) domains to carry them to, or one for all.

        Returns:
            (..., N, d) of the type of z, at least float32.

        Raises:
            ValueError: a width other than d, lengths that differ, a number that is not
                finite, a domain that is no integer in [0, C).
        """
        rows = real("z", z, like=self.origin).to_dense()
        if rows.ndim < 2 or rows.shape[-1] != len(self.origin):
            raise ValueError(
                f"z: got shape {tuple(rows.shape)}; give (..., N, {len(self.origin)})"
            )
        came = self._domains("source", source, rows)
        goes = self._domains("target", target, rows)
        rotations = self.rotations.to(rows)
        # rows stand on the left: z T_c is the row of T_c' z
        standard = _turned(rows, rotations, came)
        return _turned(standard, rotations.mT, goes)

    def _domains(self, name: str, given: Any, rows: Tensor) -> Tensor:
        domain = classes(name, given, len(self.rotations), like=rows).to(rows.device)
        count = rows.shape[-2]
        if domain.ndim > 1 or (domain.ndim == 1 and len(domain) != count):
            raise ValueError(
                f"{name}: got shape {tuple(domain.shape)} for {count} rows of z; give "
                "one domain a row, or one for all"
            )
        return domain.expand(count)


def _turned(rows: Tensor, matrices: Tensor, which: Tensor) -> Tensor:
    """(..., N, d) rows, each times the matrix of its domain."""
    out = torch.empty_like(rows)
    for domain in which.unique().tolist():
        of = which == domain
        out[..., of, :] = rows[..., of, :] @ matrices[domain]
    return out
