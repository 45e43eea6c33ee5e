"""Perceptrons of one size, trained side by side: M networks for little more than one.

Small networks leave a processor waiting for the next call; stacked weights make one
call of M.  Each network learns as it would alone, if the losses are added up.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from support.arrays import real
from support.scalars import whole

__all__ = ["PerceptronBank"]


class PerceptronBank(nn.Module):
    r"""M perceptrons, $h_{l+1}=W_l\,\mathrm{relu}(h_l)+b_l$, without normalisation.

    Every network's weights start as torch's own of its layers; build it inside
    `support.training.seeded_init` for seeded ones.

    Args:
        networks: M, at least 1.
        widths: numbers in, units of each hidden layer, numbers out; at least two.
        same: whether all begin with the weights of the first.

    Raises:
        ValueError: a count is no integer or below 1, fewer than two widths, or ``same``
            is no truth value.

    >>> PerceptronBank(3, [4, 8, 2])(torch.zeros(5, 4)).shape
    torch.Size([3, 5, 2])
    """

    def __init__(
        self, networks: int, widths: Sequence[int], *, same: bool = False
    ) -> None:
        super().__init__()
        networks = whole("networks", networks)
        if not isinstance(widths, Iterable) or len(given := list(widths)) < 2:
            raise ValueError(f"widths: got {widths!r}; give at least two integers")
        if not isinstance(same, bool):
            raise ValueError(f"same: got {same!r}; give True or False")
        pairs = list(pairwise(whole("widths", width) for width in given))
        copies = networks if same else 1
        drawn = [
            [nn.Linear(*pair) for pair in pairs] for _ in range(networks // copies)
        ]
        layers = list(zip(*drawn, strict=True))
        self.weights = nn.ParameterList(
            torch.stack([layer.weight.detach().T for layer in each]).repeat(
                copies, 1, 1
            )
            for each in layers
        )
        self.biases = nn.ParameterList(
            torch.stack([layer.bias.detach() for layer in each])[:, None].repeat(
                copies, 1, 1
            )
            for each in layers
        )

    def forward(self, x: Any) -> Tensor:
        """(B, in) for all networks, or (M, B, in) one each -> (M, B, out).

        Numbers of another type are taken in that of the weights.

        Raises:
            ValueError: the shape is not one of these, or a number is not finite.
        """
        first = self.weights[0]
        networks, width = first.shape[:2]
        x = real("x", real("x", x, finite=False, like=first).to(first.dtype))
        wanted = x.ndim == 2 or (x.ndim == 3 and len(x) == networks)
        if not wanted or x.shape[-1] != width:
            raise ValueError(
                f"x: got shape {tuple(x.shape)}; give (B, {width}) or "
                f"({networks}, B, {width})"
            )
        hidden = x.expand(networks, *x.shape[-2:])
        for place, (weight, bias) in enumerate(
            zip(self.weights, self.biases, strict=True)
        ):
            hidden = torch.baddbmm(bias, hidden.relu() if place else hidden, weight)
        return hidden

    def alone(self, network: int) -> nn.Sequential:
        """One of the networks as a module of its own, a copy, (B, in) -> (B, out).

        Raises:
            ValueError: there is no such network.
        """
        network = whole("network", network, 0, len(self.weights[0]) - 1)
        parts: list[nn.Module] = []
        for weight, bias in zip(self.weights, self.biases, strict=True):
            layer = nn.Linear(*weight.shape[1:]).to(weight)
            with torch.no_grad():
                layer.weight.copy_(weight[network].T)
                layer.bias.copy_(bias[network, 0])
            parts += [nn.ReLU(), layer] if parts else [layer]
        return nn.Sequential(*parts)
