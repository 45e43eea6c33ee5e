"""Coders and decoders for several models side by side: perceptrons, or the paper's.

All take and give rows of numbers, (M, B, values), one layer of M for each model.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from support.models.bank import PerceptronBank
from support.scalars import whole

__all__ = ["CHANNELS", "Side", "convolutions", "perceptrons"]

#: Channels of the paper's four levels on MNIST.
CHANNELS = (16, 32, 64, 128)
_UNITS = 1024  # between the convolutions and the latents, as in the authors' code


class Side(nn.Module):
    """Networks of any kind side by side, run one after another.

    Args:
        networks: one a model, at least one, (B, values) -> (B, others).

    Raises:
        ValueError: there is no network.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        if not self.networks:
            raise ValueError("networks: got none; give at least one")

    def forward(self, x: Tensor) -> Tensor:
        """(M, B, values) -> (M, B, others).

        Raises:
            ValueError: rows are not those of M models.
        """
        if x.ndim != 3 or len(x) != len(self.networks):
            raise ValueError(
                f"x: got shape {tuple(x.shape)}; give ({len(self.networks)}, B, values)"
            )
        return torch.stack(
            [net(rows) for net, rows in zip(self.networks, x, strict=True)]
        )

    def alone(self, network: int) -> nn.Module:
        """One of the networks.

        Raises:
            ValueError: there is no such network.
        """
        return self.networks[whole("network", network, 0, len(self.networks) - 1)]


def perceptrons(
    models: int, pixels: int, domains: int, latents: int, hidden: int
) -> tuple[PerceptronBank, PerceptronBank]:
    """A coder and a decoder of two hidden layers for each model.

    Args:
        models: M.
        pixels: values of an image.
        domains: places for a label beside the image, and beside the latents; or 0.
        latents: of both blocks; the coder gives as many means and log-variances.
        hidden: units of each hidden layer.

    Raises:
        ValueError: a count is no integer or too small.
    """
    pixels, domains = whole("pixels", pixels), whole("domains", domains, 0)
    latents = whole("latents", latents)
    coder = PerceptronBank(models, [pixels + domains, hidden, hidden, 2 * latents])
    decoder = PerceptronBank(models, [latents + domains, hidden, hidden, pixels])
    return coder, decoder


def convolutions(
    models: int, side: int, domains: int, latents: int
) -> tuple[Side, Side]:
    """The paper's coder and decoder of four levels, kernels of 3 in steps of 2.

    Args:
        models: M.
        side: of the images, a multiple of 16.
        domains: see `perceptrons`; here a label becomes channels of ones and zeros.
        latents: see `perceptrons`.

    Raises:
        ValueError: a count is no integer or too small, or the side no multiple of 16.
    """
    models, domains = whole("models", models), whole("domains", domains, 0)
    latents, side = whole("latents", latents), whole("side", side)
    if side % 2 ** len(CHANNELS):
        raise ValueError(f"side: got {side}; give a multiple of {2 ** len(CHANNELS)}")
    coders = [_coder(side, domains, latents) for _ in range(models)]
    decoders = [_decoder(side, domains, latents) for _ in range(models)]
    return Side(coders), Side(decoders)


class _Planes(nn.Module):
    """Rows of pixels and a label -> an image with a constant channel a domain."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, x: Tensor) -> Tensor:
        image, label = x[:, : self.side**2], x[:, self.side**2 :]
        planes = label[:, :, None, None].expand(-1, -1, self.side, self.side)
        return torch.cat([image.view(-1, 1, self.side, self.side), planes], 1)


def _coder(side: int, domains: int, latents: int) -> nn.Sequential:
    layers: list[nn.Module] = [_Planes(side)]
    before = 1 + domains
    for after in CHANNELS:
        layers += [
            nn.Conv2d(before, after, 3, 2, 1),
            nn.BatchNorm2d(after),
            nn.ReLU(),
        ]
        before = after
    flat = before * (side // 2 ** len(CHANNELS)) ** 2
    layers += [nn.Flatten(), nn.Linear(flat, _UNITS), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(_UNITS, 2 * latents))


def _decoder(side: int, domains: int, latents: int) -> nn.Sequential:
    small, channels = side // 2 ** len(CHANNELS), CHANNELS[::-1]
    layers: list[nn.Module] = [
        nn.Linear(latents + domains, _UNITS),
        nn.ReLU(),
        nn.Linear(_UNITS, channels[0] * small**2),
        nn.ReLU(),
        nn.Unflatten(1, (channels[0], small, small)),
    ]
    for before, after in pairwise(channels):
        layers += [
            nn.ConvTranspose2d(before, after, 3, 2, 1, 1),
            nn.BatchNorm2d(after),
            nn.ReLU(),
        ]
    last = nn.ConvTranspose2d(channels[-1], 1, 3, 2, 1, 1)
    return nn.Sequential(*layers, last, nn.Flatten())
