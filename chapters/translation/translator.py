"""One trained model: pixels in, pixels out, and what happens to the latents between."""

from typing import NamedTuple

import torch
from scipy.linalg import logm
from torch import Tensor, nn
from torch.nn.functional import one_hot

from chapters.translation.data import Data
from support.models.rotations import RotatedPrior
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
        """(n, 2d), one draw for each image."""
        noise = torch.randn(self.mean.shape, generator=generator).to(self.mean)
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
        ValueError: another way.
    """
    if way == "rotation":
        return prior.transport(z_l, source, target)
    if way == "shift":
        return z_l - prior.mean(source) + prior.mean(target)
    if way == "swap":
        return prior.mean(target).to(z_l)
    raise ValueError(f"way: got {way!r}; give one of {WAYS}")


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
        ValueError: several sources, or several targets.
    """
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
        """Images (n, 1, side, side) and their domains -> their Gaussians."""
        flat = (x.flatten(1) - self.data.mean) / self.data.deviation
        both = predict(self.coder, torch.cat([flat, self._label(y)], 1))
        return Code(*both.chunk(2, 1))

    def decode(self, z: Tensor, y: Tensor) -> Tensor:
        """Latents (n, 2d) and domains -> images, not clipped to [0, 1]."""
        flat = predict(self.decoder, torch.cat([z, self._label(y)], 1))
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

    def _label(self, y: Tensor) -> Tensor:
        return float(self.labelled) * one_hot(y, len(self.prior.rotations))
