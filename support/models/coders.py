"""Encoders shared by the chapters: a perceptron, a small convolution, ResNet-20.

Each takes images or features and returns a vector a sample.  Build one inside
`support.training.seeded_init` for seeded weights.
"""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

__all__ = ["ResNet20", "mlp", "resnet20", "small_conv"]


def mlp(
    in_features: int, hidden: Sequence[int], out_features: int, *, norm: bool = True
) -> nn.Sequential:
    """Build a perceptron: hidden layers of Linear, BatchNorm, ReLU, then Linear.

    Args:
        in_features: numbers a sample, after flattening.
        hidden: width of each hidden layer; none gives an affine map.
        out_features: numbers a sample that come out.
        norm: batch normalisation before each ReLU.

    Returns:
        A module (B, ...) -> (B, out_features); it flattens its input.

    Raises:
        ValueError: a width is below 1.

    >>> import torch
    >>> mlp(12, [8], 2)(torch.zeros(3, 3, 2, 2)).shape
    torch.Size([3, 2])
    """
    widths = [in_features, *hidden, out_features]
    if min(widths) < 1:
        raise ValueError(f"widths: got {widths}; give at least 1 everywhere")
    layers: list[nn.Module] = [nn.Flatten()]
    for before, after in pairwise(widths[:-1]):
        layers.append(nn.Linear(before, after))
        if norm:
            layers.append(nn.BatchNorm1d(after))
        layers.append(nn.ReLU())
    layers.append(nn.Linear(widths[-2], widths[-1]))
    return nn.Sequential(*layers)


def small_conv(
    in_channels: int, out_features: int, *, width: int = 16
) -> nn.Sequential:
    """Build a four-layer convolution for images of at least 8 x 8 pixels.

    Three 3 x 3 convolutions (the last two with stride 2) with batch
    normalisation and ReLU, pooled to a 4 x 4 grid so that position survives,
    then a Linear.

    Args:
        in_channels: channels of the image.
        out_features: numbers a sample that come out.
        width: channels of the first layer; they double twice.

    Returns:
        A module (B, in_channels, H, W) -> (B, out_features).

    Raises:
        ValueError: a size is below 1.

    >>> import torch
    >>> small_conv(3, 5)(torch.zeros(2, 3, 16, 16)).shape
    torch.Size([2, 5])
    """
    _positive(in_channels=in_channels, out_features=out_features, width=width)
    layers: list[nn.Module] = []
    channels = [in_channels, width, 2 * width, 4 * width]
    for before, after, stride in zip(channels, channels[1:], (1, 2, 2), strict=False):
        layers += [
            nn.Conv2d(before, after, 3, stride, 1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
        ]
    pool = [nn.AdaptiveAvgPool2d(4), nn.Flatten()]
    return nn.Sequential(*layers, *pool, nn.Linear(16 * channels[-1], out_features))


class _Block(nn.Module):
    """Two 3 x 3 convolutions and a shortcut that pads missing channels with 0."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(after)
        self.second = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(after)
        self.stride, self.missing = stride, after - before

    def forward(self, x: Tensor) -> Tensor:
        out = functional.relu(self.first_norm(self.first(x)))
        out = self.second_norm(self.second(out))
        shortcut = x[:, :, :: self.stride, :: self.stride]
        left = self.missing // 2
        shortcut = functional.pad(shortcut, (0, 0, 0, 0, left, self.missing - left))
        return functional.relu(out + shortcut)


class ResNet20(nn.Module):
    """The 20-layer residual network for small images, without a classifier.

    Three stages of three blocks with 16, 32 and 64 channels; parameter-free
    shortcuts; global average pooling; a Linear to ``dim``.

    Args:
        in_channels: channels of the image.
        dim: numbers a sample that come out; ``None`` leaves the 64 pooled ones.

    Source: He et al., Deep Residual Learning, CVPR 2016, section 4.2.
    """

    def __init__(self, in_channels: int, dim: int | None) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, 16, 3, 1, 1, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
        )
        widths = [16, 16, 16, 16, 32, 32, 32, 64, 64, 64]
        self.blocks = nn.Sequential(
            *(
                _Block(before, after, 1 if before == after else 2)
                for before, after in pairwise(widths)
            )
        )
        self.head = nn.Identity() if dim is None else nn.Linear(64, dim)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in_channels, H, W) -> (B, dim)."""
        return self.head(self.blocks(self.stem(x)).mean((2, 3)))


def resnet20(in_channels: int, dim: int | None = 64) -> ResNet20:
    """Build a `ResNet20`; about 0.27 million parameters.

    Args:
        in_channels: channels of the image.
        dim: numbers a sample that come out; ``None`` for the 64 pooled ones.

    Raises:
        ValueError: a size is below 1.

    >>> import torch
    >>> resnet20(3, 9)(torch.zeros(2, 3, 16, 16)).shape
    torch.Size([2, 9])
    """
    _positive(in_channels=in_channels, dim=64 if dim is None else dim)
    return ResNet20(in_channels, dim)


def _positive(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name}: got {size}; give at least 1")
