r"""Wide residual network over time: a spectrum corrected in several steps.

Frequencies are channels and convolutions run along time; few layers, each wide.
"""

from typing import Any

from torch import Tensor, nn

from support.arrays import real
from support.scalars import whole

__all__ = ["ResidualUnit", "WideResNet"]


class ResidualUnit(nn.Module):
    r"""Two convolutions behind their normalisations, added to what came in.

    $$u\mapsto u+C_2\,\phi(B_2\,C_1\,\phi(B_1u))$$

    $B$ is batch normalisation, φ a leaky rectifier with a learnt slope a channel
    (PReLU), $C$ a convolution along time that keeps the length.

    Args:
        channels: of input and output, at least 1.
        kernel: frames of a convolution, odd.
        dilation: frames from tap to tap, at least 1.
        shortcut: whether the input is added.

    Shape: (B, C, T) to (B, C, T).

    Source: He et al., Identity mappings in deep residual networks, ECCV 2016;
    Zagoruyko and Komodakis, Wide residual networks, BMVC 2016.

    >>> ResidualUnit(4)(Tensor(1, 4, 9).zero_()).shape
    torch.Size([1, 4, 9])
    """

    def __init__(
        self,
        channels: int,
        kernel: int = 3,
        dilation: int = 1,
        *,
        shortcut: bool = True,
    ) -> None:
        super().__init__()
        channels, dilation = whole("channels", channels), whole("dilation", dilation)
        kernel = _odd(kernel)
        self.layers = nn.Sequential()
        for _ in range(2):
            self.layers.extend(
                [
                    nn.BatchNorm1d(channels),
                    nn.PReLU(channels),
                    _convolution(channels, channels, kernel, dilation),
                ]
            )
        self.shortcut = shortcut

    def forward(self, u: Tensor) -> Tensor:
        """Correct, or without the shortcut replace."""
        return u + self.layers(u) if self.shortcut else self.layers(u)


class WideResNet(nn.Module):
    r"""Corrects a spectrum block by block; with a zero head it leaves it as it is.

    $$u_0=C\,x,\qquad u_b=\text{block}_b(u_{b-1}),\qquad
    \hat x=x+\text{head}(u_B),\qquad\text{head}=C'\,\phi\,B$$

    With the global shortcut the head starts at zero, so that training begins at the
    identity; without it, it starts like every other convolution.

    Args:
        bins: F of input and output.
        channels: width of the blocks.
        blocks: B of them.
        units: residual units of a block.
        kernel: frames of a convolution, odd.
        dilation: frames from tap to tap inside the units.
        global_shortcut: whether the input is added to the head's output.
        block_shortcuts: whether the units add what came in.

    Attributes:
        context: frames that an output frame sees, itself in the middle.

    Shape: (N, F, T) to (N, F, T), any T of at least 1.

    Raises:
        ValueError: a count that is no integer or below 1, an even kernel, an input of
            another shape or type.

    Source: Llombart et al., Speech enhancement with wide residual networks in
    reverberant environments, Interspeech 2019; widths and the zero head are ours.

    >>> net = WideResNet(129, 64, 4)
    >>> net.context, sum(p.numel() for p in net.parameters())
    (21, 150273)
    """

    def __init__(
        self,
        bins: int,
        channels: int,
        blocks: int,
        *,
        units: int = 1,
        kernel: int = 3,
        dilation: int = 1,
        global_shortcut: bool = True,
        block_shortcuts: bool = True,
    ) -> None:
        super().__init__()
        self.bins, channels = whole("bins", bins), whole("channels", channels)
        blocks, units = whole("blocks", blocks), whole("units", units)
        kernel, dilation = _odd(kernel), whole("dilation", dilation)
        self.stem = _convolution(self.bins, channels, kernel)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                *(
                    ResidualUnit(channels, kernel, dilation, shortcut=block_shortcuts)
                    for _ in range(units)
                )
            )
            for _ in range(blocks)
        )
        last = _convolution(channels, self.bins, kernel)
        if global_shortcut:
            for parameter in last.parameters():
                nn.init.zeros_(parameter)
        self.head = nn.Sequential(nn.BatchNorm1d(channels), nn.PReLU(channels), last)
        self.global_shortcut = global_shortcut
        self.context = 1 + (kernel - 1) * (2 + 2 * blocks * units * dilation)

    def forward(self, x: Any) -> Tensor:
        """The corrected spectrum."""
        x = self._checked(x)
        u = self.stem(x)
        for block in self.blocks:
            u = block(u)
        return self._answer(x, u)

    def by_block(self, x: Any) -> list[Tensor]:
        """What the head would answer after each block; the last is `forward`'s.

        Args:
            x: (N, F, T).

        Returns:
            B tensors (N, F, T).
        """
        x = self._checked(x)
        u, answers = self.stem(x), []
        for block in self.blocks:
            u = block(u)
            answers.append(self._answer(x, u))
        return answers

    def _answer(self, x: Tensor, u: Tensor) -> Tensor:
        return x + self.head(u) if self.global_shortcut else self.head(u)

    def _checked(self, x: Any) -> Tensor:
        weight = self.stem.weight
        given = real("x", x, finite=False, like=weight)
        if given.ndim != 3 or given.shape[1] != self.bins or not given.shape[2]:
            raise ValueError(
                f"x: got shape {tuple(given.shape)}; give (N, {self.bins}, T), T ≥ 1"
            )
        return given.to(weight.dtype)


def _convolution(
    inputs: int, outputs: int, kernel: int, dilation: int = 1
) -> nn.Conv1d:
    """Along time, as many frames out as in."""
    pad = dilation * (kernel - 1) // 2
    return nn.Conv1d(inputs, outputs, kernel, padding=pad, dilation=dilation)


def _odd(kernel: int) -> int:
    kernel = whole("kernel", kernel)
    if kernel % 2 == 0:
        raise ValueError(
            f"kernel: got {kernel}; give an odd number, which has a middle"
        )
    return kernel
