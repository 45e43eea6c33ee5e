"""One trained model: pixels in, pixels out, and what happens to the latents between."""

from typing import NamedTuple

import torch
from scipy.linalg import logm
from torch import Tensor, nn
from torch.nn.functional import one_hot

from chapters.translation.data import Data
from support.arrays import classes, real
from support.generators import random_source
from support.models.rotations import RotatedPrior
from support.scalars import number
from support.training import predict

__all__ = ["WAYS", "Code", "Translator", "move", "on_the_way"]

#: Ways of carrying the domain's latent from one domain to another.
WAYS = ("rotation", "shift", "swap")


class Code(NamedTuple):
    """What a coder says of images: a Gaussian for each.

    Args:
        mean: (n, 2d), the domain's block first.
        log_var: (n, 2d).
    """

    mean: Tensor
    log_var: Tensor

    def sample(self, generator: torch.Generator) -> Tensor:
        """(n, 2d), one draw for each image.

        Raises:
            ValueError: the generator is none.
        """
        drawn_by = random_source("generator", generator)
        noise = torch.randn(self.mean.shape, generator=drawn_by).to(self.mean)
        return self.mean + (self.log_var / 2).exp() * noise


def move(
    z_l: Tensor, prior: RotatedPrior, source: Tensor, target: Tensor, way: str
) -> Tensor:
    r"""Carry the domain's latent from its domain to another.

    * *rotation*, the paper's: $T_tT_c^\top z_l$;
    * *shift*: $z_l-\mu_c+\mu_t$, which turns nothing;
    * *swap*: $\mu_t$, which keeps nothing.

    Args:
        z_l: (n, d).
        prior: with the rotations and means.
        source: (n,) domains c.
        target: (n,) domains t.
        way: one of `WAYS`.

    Raises:
        ValueError: another way, shapes that do not fit, a number that is not finite, or
            no such domain.
    """
    if way not in WAYS:
        raise ValueError(f"way: got {way!r}; give one of {WAYS}")
    if way == "rotation":
        return prior.transport(z_l, source, target)
    z_l, old, new = real("z_l", z_l), prior.mean(source), prior.mean(target)
    if not z_l.shape == old.shape == new.shape:
        raise ValueError(
            f"z_l: got shape {tuple(z_l.shape)} for domains of {tuple(old.shape[:-1])} "
            f"and {tuple(new.shape[:-1])}; give (n, {old.shape[-1]}), (n,) and (n,)"
        )
    return z_l - old + new if way == "shift" else new.to(z_l)


def on_the_way(
    z_l: Tensor, prior: RotatedPrior, source: Tensor, target: Tensor, share: float
) -> Tensor:
    r"""Go a share of the way of a rotation, $\exp(\alpha\log T_tT_c^\top)z_l$.

    Args:
        z_l: (n, d), all of one domain.
        prior: with the rotations.
        source: (n,) the domain c, the same for all.
        target: (n,) the domain t, the same for all.
        share: $\alpha$, from 0 (as it is) to 1 (translated).

    Raises:
        ValueError: several sources, or several targets, no such domain, shapes that do
            not fit, or a number that is not finite.
    """
    z_l, share = real("z_l", z_l), number("share", share)
    source = classes("source", source, len(prior.rotations))
    target = classes("target", target, len(prior.rotations))
    if z_l.ndim != 2 or z_l.shape[1] != len(prior.origin):
        raise ValueError(
            f"z_l: got shape {tuple(z_l.shape)}; give (n, {len(prior.origin)})"
        )
    if len(source.unique()) != 1 or len(target.unique()) != 1:
        raise ValueError("source, target: got several domains; give one of each")
    turn = prior.rotations[target[0]] @ prior.rotations[source[0]].T
    angle = logm(turn.double().cpu().numpy()).real
    part = torch.linalg.matrix_exp(share * torch.from_numpy(angle))
    return z_l @ part.T.to(z_l)


class Translator(nn.Module):
    """A trained model for images of [0, 1].

    Args:
        coder: (n, P + C) -> (n, 4d).
        decoder: (n, 2d + C) -> (n, P).
        prior: of the domain's latent.
        data: whose shape, mean and deviation the images have.
        labelled: whether it is a conditional VAE.
        tied: whether it has learnt from ``data.tied``.
    """

    def __init__(
        self,
        coder: nn.Module,
        decoder: nn.Module,
        prior: RotatedPrior,
        data: Data,
        *,
        labelled: bool = False,
        tied: bool = False,
    ) -> None:
        super().__init__()
        self.coder, self.decoder, self.prior = coder, decoder, prior
        self.labelled = labelled
        self.data = data.tied if tied and data.tied is not None else data
        self.width = len(prior.origin)

    def encode(self, x: Tensor, y: Tensor) -> Code:
        """Images (n, 1, side, side) and their domains -> their Gaussians.

        Raises:
            ValueError: images or domains do not fit, or are none.
        """
        images = self.data.images(x)
        flat = (images.flatten(1) - self.data.mean) / self.data.deviation
        both = predict(self.coder, torch.cat([flat, self._label(y, flat)], 1))
        return Code(*both.chunk(2, 1))

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        """Latents (n, 2d) and domains -> images, not clipped to [0, 1].

        Raises:
            ValueError: latents or domains do not fit, or are none.
        """
        z = real("z", z)
        if z.ndim != 2 or z.shape[1] != 2 * self.width:
            raise ValueError(
                f"z: got shape {tuple(z.shape)}; give (n, {2 * self.width})"
            )
        flat = predict(self.decoder, torch.cat([z, self._label(y, z)], 1))
        images = self.data.mean + self.data.deviation * flat
        return images.view(-1, *self.data.x_train.shape[1:])

    def move(
        self, z: Tensor, source: Tensor, target: Tensor, way: str = "rotation"
    ) -> Tensor:
        """Latents (n, 2d) as they are to be decoded in the target domain."""
        if self.labelled:  # there the label says the domain, and the latents stay
            return z
        moved = move(z[:, : self.width], self.prior, source, target, way)
        return torch.cat([moved, z[:, self.width :]], 1)

    def forward(
        self,
        x: Tensor,
        source: Tensor,
        target: Tensor,
        way: str = "rotation",
        noise: torch.Generator | None = None,
    ) -> Tensor:
        """Translate images (n, 1, side, side) from their domains to others.

        Args:
            x: images.
            source: (n,) domains that they come from.
            target: (n,) domains to translate them to.
            way: one of `WAYS`; a conditional VAE exchanges its label, whatever the way.
            noise: draw the code by it, as in the paper; None takes the mean.
        """
        code = self.encode(x, source)
        z = code.mean if noise is None else code.sample(noise)
        return self.decode(self.move(z, source, target, way), target)

    def _label(self, y: Tensor, rows: Tensor) -> Tensor:
        domain = classes("y", y, len(self.prior.rotations))
        if domain.shape != rows.shape[:1]:
            raise ValueError(
                f"y: got shape {tuple(domain.shape)}; give ({len(rows)},), one a row"
            )
        return float(self.labelled) * one_hot(domain, len(self.prior.rotations))
