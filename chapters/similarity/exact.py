"""What is known exactly: worlds in closed form, and both sides of the theorems."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = [
    "GaussianWorld",
    "gaussian_worlds",
    "gram_r2",
    "random_tables",
    "stitching_terms",
    "turned",
    "twin_clouds",
]


class GaussianWorld(NamedTuple):
    r"""Two representations $Z_A=SU+\varepsilon_A$ and $Z_B=RU+\varepsilon_B$.

    $U$ is standard Gaussian, the noises are independent of it and of each other.

    Args:
        source: (d_A, k) the matrix S.
        target: (d_B, k) the matrix R.
        noise: variance of every noise component, above 0.
    """

    source: Tensor
    target: Tensor
    noise: float

    def covariances(self) -> tuple[Tensor, Tensor, Tensor]:
        """Of A, of B, and between A and B."""
        s, r = self.source, self.target
        one = torch.eye(len(s), dtype=s.dtype), torch.eye(len(r), dtype=r.dtype)
        return s @ s.T + self.noise * one[0], r @ r.T + self.noise * one[1], s @ r.T

    def sample(self, count: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw (count, d_A) and (count, d_B)."""
        u = torch.randn(count, self.source.shape[1], generator=draw).double()
        sides = []
        for matrix in (self.source, self.target):
            noise = torch.randn(count, len(matrix), generator=draw).double()
            sides.append(u @ matrix.T + math.sqrt(self.noise) * noise)
        return sides[0], sides[1]

    def exact(self) -> dict[str, float]:
        r"""Every score of the pair, from the covariances alone.

        Returns:
            ``CKA``; $R^2$ of the families ``orthogonal``, ``scaled``,
            ``affine``; and three informations in nats: ``isotropic``,
            $-\frac d2\log(1-R^2)$, ``full``, the affine family with a free noise
            covariance, and ``Shannon``, $-\frac12\sum_k\log(1-\rho_k^2)$; and
            ``excess``, the anisotropy of B minus that of what is left of it.
        """
        a, b, cross = self.covariances()
        nuclear = torch.linalg.svdvals(cross).sum()
        s = float(nuclear / (a.trace() * b.trace()).sqrt())
        rest = b - cross.T @ torch.linalg.solve(a, cross)
        affine = float(1 - rest.trace() / b.trace())
        white = [torch.linalg.cholesky(side) for side in (a, b)]
        half = torch.linalg.solve_triangular(white[0], cross, upper=False)
        both = torch.linalg.solve_triangular(white[1], half.T, upper=False)
        rho = torch.linalg.svdvals(both)
        gain = torch.linalg.slogdet(b).logabsdet - torch.linalg.slogdet(rest).logabsdet
        norms = torch.linalg.norm(a) * torch.linalg.norm(b)
        return {
            "CKA": float(cross.square().sum() / norms),
            "orthogonal": 2 * s - 1,
            "scaled": s**2,
            "affine": affine,
            "isotropic": -0.5 * len(b) * math.log1p(-affine),
            "full": float(gain / 2),
            "Shannon": float(-0.5 * torch.log1p(-rho.square()).sum()),
            "excess": _anisotropy(b) - _anisotropy(rest),
        }


def _anisotropy(covariance: Tensor) -> float:
    """Half of d log(trace / d) minus the log determinant: 0 if all axes are alike."""
    width = len(covariance)
    alike = width * torch.log(covariance.trace() / width)
    return float(alike - torch.linalg.slogdet(covariance).logabsdet) / 2


def gaussian_worlds(noise: float = 0.1) -> dict[str, GaussianWorld]:
    """Three worlds: the target rotated, stretched, and seen through a collapse.

    >>> list(gaussian_worlds())
    ['rotated', 'stretched', 'collapsed']
    """
    one = torch.eye(3, dtype=torch.float64)
    turn = torch.linalg.qr(torch.tensor([[1.0, 2, 0], [0, 1, 3], [2, 0, 1]]).double())
    stretch = torch.diag(torch.tensor([4.0, 1.0, 0.25]).double())
    flat = torch.diag(torch.tensor([1.0, 1.0, 0.0]).double())
    return {
        "rotated": GaussianWorld(one, turn.Q, noise),
        "stretched": GaussianWorld(one, stretch, noise),
        "collapsed": GaussianWorld(flat, one, noise),
    }


def twin_clouds(
    count: int, draw: torch.Generator, *, spread: float = 2.0
) -> tuple[Tensor, dict[str, Tensor]]:
    r"""A cloud in the plane, and three others made of it; two share their CKA.

    The cloud has covariance exactly diag(v, 1).  Multiplying its second axis by
    $t$ gives a CKA with the original of

    $$\frac{v^2+t^2}{\sqrt{v^2+1}\sqrt{v^2+t^4}},$$

    which is the same at $t=0$, where the axis is gone, and at
    $t^2=2v^2/(v^2-1)$.

    Args:
        count: points, at least 4.
        draw: a generator.
        spread: the variance v of the first axis, above 1.

    Returns:
        The cloud (count, 2), float64, and by name ``rotated``, ``stretched``,
        ``collapsed``.

    Raises:
        ValueError: the spread is not above 1, or there are too few points.
    """
    if spread <= 1 or count < 4:
        raise ValueError(
            f"spread, count: got {spread} and {count}; give above 1 and at least 4"
        )
    raw = torch.randn(count, 2, generator=draw).double()
    raw = torch.linalg.qr(raw - raw.mean(0)).Q * math.sqrt(count)
    cloud = raw * torch.tensor([math.sqrt(spread), 1.0]).double()
    factor = math.sqrt(2 * spread**2 / (spread**2 - 1))
    return cloud, {
        "rotated": turned(cloud, 50, 1.0),
        "stretched": turned(cloud, 0, factor),
        "collapsed": turned(cloud, 0, 0.0),
    }


def turned(cloud: Tensor, degrees: float, stretch: float) -> Tensor:
    """A cloud (n, 2), its second axis multiplied, then turned as a whole."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turn = torch.tensor([[c, s], [-s, c]]).to(cloud)
    return cloud * torch.tensor([1.0, stretch]).to(cloud) @ turn


def stitching_terms(
    joint: Tensor, outputs: Tensor, stitched: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Split the loss of stitching into what is missing and what is clumsy.

    $$\mathbb E\,D_{\mathrm{KL}}(q(\cdot|z_B)\|r(\cdot|z_A))=I(\hat Y_B;Z_B|Z_A)
    +\mathbb E\,D_{\mathrm{KL}}(p(\hat y_B|Z_A)\|r(\cdot|Z_A))$$

    Args:
        joint: (a, b) the law of $(z_A,z_B)$.
        outputs: (b, C) the target's outputs $q(y|z_B)$, above 0.
        stitched: (a, C) the stitched network's $r(y|z_A)$, above 0.

    Returns:
        Loss, missing information, gap; in nats.
    """
    law = joint[:, :, None] * outputs
    best = law.sum(1) / joint.sum(1, keepdim=True)
    loss = (law * (outputs.log() - stitched.log()[:, None])).sum()
    missing = (law * (outputs.log() - best.log()[:, None])).sum()
    gap = (law * (best.log() - stitched.log())[:, None]).sum()
    return loss, missing, gap


def random_tables(
    draw: torch.Generator, sizes: tuple[int, int, int]
) -> tuple[Tensor, ...]:
    """A random joint law, outputs and stitched outputs for `stitching_terms`.

    Args:
        draw: a generator.
        sizes: values of $z_A$, values of $z_B$, classes.
    """
    a, b, classes = sizes
    shapes = ((1, a * b), (b, classes), (a, classes))
    raw = [torch.randn(shape, generator=draw).double() for shape in shapes]
    joint, outputs, stitched = (table.softmax(1) for table in raw)
    return joint.view(a, b), outputs, stitched


def gram_r2(x: Tensor, y: Tensor) -> float:
    r"""R-squared of one Gram matrix predicted from the other by one number.

    The observer sees only who is near whom: $\tilde L\approx a\tilde K$ with
    $\tilde K,\tilde L$ the Gram matrices of centred rows.

    Args:
        x: (n, p) the source.
        y: (n, q) the target.

    Returns:
        A number in [0, 1].
    """
    x, y = (side.double() - side.double().mean(0) for side in (x, y))
    k, el = x @ x.T, y @ y.T
    a = (k * el).sum() / k.square().sum()
    return float(1 - (el - a * k).square().sum() / el.square().sum())
