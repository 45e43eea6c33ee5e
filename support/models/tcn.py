"""Temporal convolutional network: labels every frame, sees some context."""

import torch
from torch import Tensor, nn

__all__ = ["TCN", "GlobalNorm"]


class GlobalNorm(nn.Module):
    r"""Global layer norm: one mean and variance for channels and time together.

    $$\mathrm{gLN}(\mathbf x)=\gamma\,\frac{\mathbf x-\mathbb E_{c,t}\mathbf x}
    {\sqrt{\mathrm{Var}_{c,t}\mathbf x+\epsilon}}+\beta$$

    (Luo and Mesgarani 2019.)

    Args:
        channels: C; a gain and a shift for each.
        epsilon: added to the variance.

    Shape: (B, C, T) to (B, C, T).

    >>> GlobalNorm(2)(torch.randn(1, 2, 8)).shape
    torch.Size([1, 2, 8])
    """

    def __init__(self, channels: int, epsilon: float = 1e-8) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels, 1))
        self.shift = nn.Parameter(torch.zeros(channels, 1))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        """Normalise each item by itself."""
        return nn.functional.group_norm(
            x, 1, self.gain.flatten(), self.shift.flatten(), self.epsilon
        )


class _DepthwiseConv(nn.Conv1d):
    """Depth-wise dilated convolution, same length out as in.

    Every ``dilation``-th frame is a sequence of its own; folded into columns these
    are convolved without dilation, which on a CPU is several times faster.
    """

    def __init__(self, channels: int, kernel: int, dilation: int) -> None:
        pad = dilation * (kernel - 1) // 2
        super().__init__(
            channels, channels, kernel, padding=pad, dilation=dilation, groups=channels
        )

    def forward(self, x: Tensor) -> Tensor:
        (step,), frames = self.dilation, x.shape[2]
        if step == 1 or x.is_cuda:
            return super().forward(x)
        folded = nn.functional.pad(x, (0, -frames % step)).unflatten(2, (-1, step))
        middle = self.kernel_size[0] // 2
        y = nn.functional.conv2d(
            folded,
            self.weight[..., None],
            self.bias,
            padding=(middle, 0),
            groups=self.groups,
        )
        return y.flatten(2)[..., :frames]


class _Block(nn.Module):
    """1×1 up, depth-wise dilated, 1×1 down, added to the input."""

    def __init__(
        self, channels: int, hidden: int, kernel: int, dilation: int, share_norm: bool
    ) -> None:
        super().__init__()
        norm = GlobalNorm(hidden)
        self.layers = nn.Sequential(
            nn.Conv1d(channels, hidden, 1),
            nn.PReLU(),
            norm,
            _DepthwiseConv(hidden, kernel, dilation),
            nn.PReLU(),
            norm if share_norm else GlobalNorm(hidden),
            nn.Conv1d(hidden, channels, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class TCN(nn.Module):
    r"""Stack of dilated depth-wise convolutions with residual connections.

    gLN, 1×1 convolution to ``channels``; ``repeats`` times ``blocks`` blocks with
    dilation $2^0,2^1,\dots$; PReLU, 1×1 convolution to ``outputs``.  Receptive
    field: :attr:`receptive_field` frames.  (The segmenter of Lebourdais et al. and
    Mariotte et al.; there 64 channels, hidden 128, 5 × 3 blocks.)

    Args:
        inputs: input channels, such as mel bands.
        outputs: output channels, such as classes.
        channels: width between the blocks.
        hidden: width inside a block.
        blocks: blocks of growing dilation.
        repeats: how often the stack of blocks is repeated.
        kernel: odd width of the depth-wise convolution.
        share_norm: use one gLN twice inside a block, as the published code does.

    Shape: (B, inputs, T) to (B, outputs, T), any T of at least 1.

    Raises:
        ValueError: a size is out of range, or the input has another shape.

    >>> TCN(32, 3)(torch.randn(2, 32, 50)).shape
    torch.Size([2, 3, 50])
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        channels: int = 24,
        hidden: int = 48,
        blocks: int = 4,
        repeats: int = 1,
        kernel: int = 3,
        *,
        share_norm: bool = True,
    ) -> None:
        super().__init__()
        sizes = (inputs, outputs, channels, hidden, blocks, repeats)
        if min(sizes) < 1 or kernel < 1 or kernel % 2 == 0:
            raise ValueError(
                f"sizes: got {sizes} and kernel {kernel}; give sizes of at least 1 "
                "and an odd kernel"
            )
        self.inputs = inputs
        self.receptive_field = 1 + repeats * (kernel - 1) * (2**blocks - 1)
        self.norm = GlobalNorm(inputs)
        self.enter = nn.Conv1d(inputs, channels, 1)
        self.blocks = nn.Sequential(
            *(
                _Block(channels, hidden, kernel, 2**power, share_norm)
                for _ in range(repeats)
                for power in range(blocks)
            )
        )
        self.leave = nn.Sequential(nn.PReLU(), nn.Conv1d(channels, outputs, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Scores of every frame."""
        if x.ndim != 3 or x.shape[1] != self.inputs or x.shape[2] < 1:
            raise ValueError(
                f"x: got shape {tuple(x.shape)}; give (B, {self.inputs}, T), T ≥ 1"
            )
        return self.leave(self.blocks(self.enter(self.norm(x))))
