"""What can be written down without training: a bound, group laws, two coders.

Everything here is in double precision but the laws, which networks use as they are.
"""

from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from support.arrays import real
from support.data.glyphs import GLYPH_DOMAINS, glyphs
from support.generators import random_source
from support.losses.information import gaussian_kl
from support.losses.reconstruction import gaussian_reconstruction
from support.models.rotations import RotatedPrior
from support.scalars import whole

__all__ = ["Oracle", "bound_gap", "law_gap", "oracles"]

_SHARP = 1e-3  # variance of a unit that says something


def law_gap(prior: RotatedPrior, z: Tensor) -> float:
    """The largest deviation from the laws of the rotations, over all pairs of domains.

    Mean onto mean, there and back, two steps as one, lengths kept.

    Args:
        prior: with C domains.
        z: (n, d) latents, not all 0; they are scaled to at most 4.

    Raises:
        ValueError: the shape is another, or all are 0.
    """
    z = real("z", z)
    if not bool(z.any()):
        raise ValueError(f"z: got shape {tuple(z.shape)}, all 0; give some latents")
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
        models: how many, at least 1.

    Raises:
        ValueError: the generator or the number is none.
    """
    random_source("generator", generator)
    return max(_gap(generator) for _ in range(whole("models", models)))


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
        loss: mean over images of the squared error of raw pixels, summed, and of the
            divergences, weight 1.
        error: mean squared error of its translations by rotation.
    """

    loss: float
    error: float


def oracles(
    prior: RotatedPrior, style: Tensor, domain: Tensor, generator: torch.Generator
) -> tuple[Oracle, Oracle]:
    """Two coders of glyphs that the objective cannot tell apart.

    Both know domain and style, and write the style into four units, as a deviation
    from the prior's mean: one into the first units of z_u, the other into those of z_l.
    Both decoders read the domain from the remaining units of z_l.

    Args:
        prior: of the model, with at least five dimensions.
        style: (n, 4) of the images.
        domain: (n,) of the images.
        generator: of the noise of the coders, and of the targets.

    Returns:
        With style in z_u, and with style in z_l.

    Raises:
        ValueError: the prior has fewer dimensions, or less than two or more than five
            domains, there is no image, or the generator is none.
    """
    random_source("generator", generator)
    if not 1 < len(prior.means) <= len(GLYPH_DOMAINS) or not len(style):
        raise ValueError(
            f"prior, style: got {len(prior.means)} domains and {len(style)} images; "
            f"give 2 to {len(GLYPH_DOMAINS)} domains, and an image or more"
        )
    prior, d, width = deepcopy(prior).cpu().double(), len(prior.origin), style.shape[1]
    if d <= width:
        raise ValueError(f"prior: got {d} dimensions; give at least {width + 1}")
    centre = torch.cat([prior.mean(domain), torch.zeros(len(domain), d)], 1)
    told = 12**0.5 * (style.double() - 0.5)  # variance 1, as the prior's
    noise = torch.randn(centre.shape, generator=generator, dtype=torch.double)
    steps = torch.randint(1, len(prior.means), domain.shape, generator=generator)
    target = (domain + steps) % len(prior.means)
    x, truth = (glyphs(style.double(), each) for each in (domain, target))

    def read(z: Tensor, units: slice) -> Tensor:
        """The image that latents stand for, with the style in these units."""
        nearest = torch.cdist(z[:, width:d], prior.means[:, width:]).argmin(1)
        known = torch.cat([prior.means[nearest], torch.zeros_like(z[:, d:])], 1)
        held = (z - known)[:, units]
        return glyphs((held / 12**0.5 + 0.5).clamp(0, 1), nearest)

    def judge(units: slice, free: slice) -> Oracle:
        mean, variance = centre.clone(), torch.ones(2 * d, dtype=torch.double)
        mean[:, units] += told
        variance[units] = variance[width:d] = _SHARP
        eps = noise.clone()
        eps[:, units], eps[:, free] = noise[:, :width], noise[:, d : d + width]
        drawn = read(mean + variance.sqrt() * eps, units)
        error = gaussian_reconstruction(drawn, x, "sum")
        kl = gaussian_kl(mean, variance.log(), centre, torch.zeros(1).double())
        moved = mean.clone()
        moved[:, :d] = prior.transport(mean[:, :d], domain, target)
        away = gaussian_reconstruction(read(moved, units), truth)
        return Oracle(float((error + kl).mean()), float(away.mean()))

    in_l, in_u = slice(0, width), slice(d, d + width)
    return judge(in_u, in_l), judge(in_l, in_u)
