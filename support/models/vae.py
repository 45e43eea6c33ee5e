"""Variational autoencoders for small pictures: five coders, one shape of use.

The coder gives mean and log-variance of a diagonal Gaussian a picture; the
decoder mirrors it and gives logits.  Build one inside
`support.training.seeded_init` for seeded weights.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

__all__ = ["CODERS", "VaeOutput", "VariationalAutoencoder"]

CODERS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "burgess": ((32, 32, 32, 32), (256, 256)),
    "locatello": ((32, 32, 64, 64), (256,)),
    "montero-small": ((32, 32, 64, 64, 128), (256,)),
    "montero-large": ((64, 64, 128, 128, 256), (256,)),
    "chen-mlp": ((), (1200, 1200)),
    "small-mlp": ((), (256, 256)),
}
"""Name, and channels of the convolutions and widths of the dense layers.

The first five are the released settings of the disentanglement paper;
``small-mlp`` is for pictures of 16 x 16 pixels.
"""


class VaeOutput(NamedTuple):
    """What a forward pass gives.

    Args:
        mean: (B, m).
        log_variance: (B, m).
        sample: (B, m), one draw a picture; the mean in evaluation mode.
        logits: (B, C, H, W), reconstruction before the sigmoid.
    """

    mean: Tensor
    log_variance: Tensor
    sample: Tensor
    logits: Tensor


class VariationalAutoencoder(nn.Module):
    r"""A coder, $m$ Gaussian latents and the mirrored decoder.

    All convolutions are 4 x 4 with stride 2 and padding 1, so each halves the
    side; ReLU after every layer but the last.

    $$z=\mu(x)+\sigma(x)\odot\epsilon,\qquad\epsilon\sim\mathcal N(0,I)$$

    Args:
        shape: (C, H, W) of the pictures.
        latents: m, at least 1.
        coder: one of `CODERS`.

    Raises:
        ValueError: the coder is unknown, a size is below 1, or a side cannot be
            halved as often as the coder has convolutions.

    Source: the table of encoders in the released code of the disentanglement
    paper; Kingma & Welling, ICLR 2014, for the draw.

    >>> pictures = torch.zeros(2, 1, 16, 16)
    >>> VariationalAutoencoder((1, 16, 16), 6, "small-mlp")(pictures).mean.shape
    torch.Size([2, 6])
    """

    def __init__(
        self, shape: Sequence[int], latents: int = 10, coder: str = "burgess"
    ) -> None:
        super().__init__()
        channels, dense = _validate(shape, latents, coder)
        factor = 2 ** len(channels)
        colours, height, width = shape
        last = channels[-1] if channels else colours
        grid = (last, height // factor, width // factor)
        flat = grid[0] * grid[1] * grid[2]
        down = [
            layer
            for before, after in pairwise((colours, *channels))
            for layer in (nn.Conv2d(before, after, 4, 2, 1), nn.ReLU())
        ]
        up: list[nn.Module] = []
        for before, after in pairwise((*reversed(channels), colours)):
            up += [nn.ReLU(), nn.ConvTranspose2d(before, after, 4, 2, 1)]
        self.latents = latents
        self.encoder = nn.Sequential(
            *down, nn.Flatten(), *_dense((flat, *dense, 2 * latents))
        )
        self.decoder = nn.Sequential(
            *_dense((latents, *reversed(dense), flat)), nn.Unflatten(1, grid), *up
        )

    def encode(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, H, W) to mean and log-variance, each (B, m)."""
        mean, log_variance = self.encoder(pictures).chunk(2, dim=1)
        return mean, log_variance

    def draw(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        """One draw of the latents in training mode, else the mean."""
        if not self.training:
            return mean
        return mean + (0.5 * log_variance).exp() * torch.randn_like(mean)

    def forward(self, pictures: Tensor) -> VaeOutput:
        """(B, C, H, W) in [0, 1] to latents and reconstruction."""
        mean, log_variance = self.encode(pictures)
        sample = self.draw(mean, log_variance)
        return VaeOutput(mean, log_variance, sample, self.decoder(sample))


def _dense(widths: Sequence[int]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return layers[:-1]


def _validate(
    shape: Sequence[int], latents: int, coder: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if coder not in CODERS:
        raise ValueError(f"coder: got {coder!r}; give one of {', '.join(CODERS)}")
    channels, dense = CODERS[coder]
    factor = 2 ** len(channels)
    if len(shape) != 3 or min(shape) < 1:
        raise ValueError(f"shape: got {tuple(shape)}; give (C, H, W), each at least 1")
    if shape[1] % factor or shape[2] % factor:
        raise ValueError(
            f"shape: got {tuple(shape)}; {coder} halves the sides {len(channels)} "
            f"times, so give sides that are multiples of {factor}"
        )
    if latents < 1:
        raise ValueError(f"latents: got {latents}; give at least 1")
    return channels, dense
