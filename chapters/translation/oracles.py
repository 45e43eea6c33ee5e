"""What can be written down without training: a bound, group laws, two coders.

Everything here is in double precision but the laws, which networks use as they are.
"""

from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from support.data.glyphs import glyphs
from support.losses.information import gaussian_kl
from support.losses.reconstruction import gaussian_reconstruction
from support.models.rotations import RotatedPrior

__all__ = ["Oracle", "bound_gap", "law_gap", "oracles"]

_SHARP = 1e-3  # variance of a unit that holds a style variable


def law_gap(prior: RotatedPrior, z: Tensor) -> float:
    """The largest deviation from the laws of the rotations, over all pairs of domains.

    Mean onto mean, there and back, two steps as one, lengths kept.

    Args:
        prior: with C domains.
        z: (n, d) latents; they are scaled to at most 4.
    """
    z = 4 * z / z.abs().max()
    count, worst = len(prior.rotations), 0.0
    for source in range(count):
        for target in range(count):
            onward = (target + 1) % count
            there = prior.transport(z, source, target)
            two = prior.transport(there, target, onward)
            mean = prior.transport(prior.mean(source)[None], source, target)[0]
            for one, other in (
                (mean, prior.mean(target)),
                (prior.transport(there, target, source), z),
                (two, prior.transport(z, source, onward)),
                (there.norm(dim=1), z.norm(dim=1)),
            ):
                worst = max(worst, float((one - other).abs().max()))
    return worst


def bound_gap(generator: torch.Generator, models: int = 100) -> float:
    r"""How far bound plus dropped divergence are from $\log p(x\mid c)$, at most.

    Linear Gaussian models $p(z\mid c)=\mathcal N(\mu,I)$, $p(x\mid z)=\mathcal
    N(Wz+b,s^2I)$ with three latents and four values; the coder is any diagonal
    Gaussian.

    Args:
        generator: of models, images and coders.
        models: how many.
    """
    return max(_gap(generator) for _ in range(models))


def _gap(generator: torch.Generator) -> float:
    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.double)

    W, b, mu, x = draw(4, 3), draw(4), draw(3), draw(4)
    s = 0.5 + draw(1).abs()
    m, v = draw(3), draw(3).exp()
    seen, unit = torch.eye(4).double() * s**2, torch.eye(3).double()
    evidence = MultivariateNormal(W @ mu + b, W @ W.T + seen).log_prob(x)
    # E log N(x; Wz + b, s^2) has the variance of Wz beside the error of its mean
    spread = (W.square() @ v).sum() / (2 * s**2)
    expected = Normal(W @ m + b, s).log_prob(x).sum() - spread
    coder = MultivariateNormal(m, torch.diag(v))
    bound = expected - kl_divergence(coder, MultivariateNormal(mu, unit))
    covariance = torch.linalg.inv(unit + W.T @ W / s**2)
    centre = covariance @ (mu + W.T @ (x - b) / s**2)
    posterior = MultivariateNormal(centre, (covariance + covariance.T) / 2)
    dropped = kl_divergence(coder, posterior)
    return float((bound + dropped - evidence).abs())


class Oracle(NamedTuple):
    """A coder that was written down, by what the objective and translation see.

    Args:
        loss: mean of error and divergences over images, in nats at strength 1.
        error: mean squared error of its translations by rotation.
    """

    loss: float
    error: float


def oracles(
    prior: RotatedPrior, style: Tensor, domain: Tensor, generator: torch.Generator
) -> tuple[Oracle, Oracle]:
    """Two coders of glyphs that the objective cannot tell apart.

    Both know domain and style, and write the style into four units: one coder into
    units of z_u, the other into units of z_l along which the means of all domains are 0
    (in a basis where there are such units; a rotated prior stays one in any basis).

    Args:
        prior: of at least four dimensions more than domains.
        style: (n, 4) of the images.
        domain: (n,) of the images.
        generator: of the noise of the coders, and of the targets.

    Returns:
        With style in z_u, and with style in z_l.
    """
    prior, count = _in_a_basis_of_means(prior), len(prior.means)
    d, width = len(prior.origin), style.shape[1]
    mean = torch.zeros(len(style), 2 * d, dtype=torch.double)
    variance = torch.ones(2 * d, dtype=torch.double)
    mean[:, :d] = prior.means[domain]
    centre = mean.clone()
    mean[:, d : d + width] = 12**0.5 * (style.double() - 0.5)  # variance 1
    variance[d : d + width] = _SHARP
    noise = torch.randn(mean.shape, generator=generator, dtype=torch.double)
    steps = torch.randint(1, count, domain.shape, generator=generator)
    target = (domain + steps) % count
    x, truth = (glyphs(style.double(), each) for each in (domain, target))

    def read(z: Tensor, at: int) -> Tensor:
        """The image that latents stand for, with the style from unit ``at`` on."""
        nearest = torch.cdist(z[:, :count], prior.means[:, :count]).argmin(1)
        return glyphs((z[:, at : at + width] / 12**0.5 + 0.5).clamp(0, 1), nearest)

    def judge(at: int) -> Oracle:
        units = torch.arange(2 * d)
        units[at : at + width], units[d : d + width] = (
            units[d : d + width].clone(),
            units[at : at + width].clone(),
        )
        own, spread, eps = mean[:, units], variance[units], noise[:, units]
        drawn = read(own + spread.sqrt() * eps, at)
        error = gaussian_reconstruction(drawn, x, "sum")
        kl = gaussian_kl(own, spread.log(), centre, torch.zeros(1).double())
        moved = own.clone()
        moved[:, :d] = prior.transport(own[:, :d], domain, target)
        away = gaussian_reconstruction(read(moved, at), truth)
        return Oracle(float((error + kl).mean()), float(away.mean()))

    return judge(d), judge(count)


def _in_a_basis_of_means(prior: RotatedPrior) -> RotatedPrior:
    """The same prior in a basis whose first axes span the means of all domains."""
    turned = deepcopy(prior).cpu().double()
    basis = torch.linalg.qr(turned.means.T, mode="complete").Q
    turned.rotations = basis.T @ turned.rotations @ basis
    turned.origin = turned.origin @ basis
    return turned
