"""Images of several domains: glyphs whose true translations exist, and scanned digits.

The *domain* of an image is what translation changes, its *style* all the rest.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from support.arrays import classes, real
from support.data.glyphs import GLYPH_DOMAINS, draw_glyphs, glyphs
from support.data.images import load_mnist
from support.training import generator

__all__ = ["SIZES", "TIED", "Data", "load"]

#: Images for training and for testing, by profile.
SIZES = {
    "embedded": {"quick": (3000, 1000), "full": (12000, 4000)},
    "mnist": {"quick": (6000, 1500), "full": (60000, 10000)},
}
#: How often size and contrast of a glyph depend on its shape, where they do.
TIED = 0.6
ALL = slice(None)


@dataclass(frozen=True)
class Data:
    """Images of several domains in two parts.

    Attributes:
        x_train, x_test: (n, 1, side, side) float32 in [0, 1].
        y_train, y_test: (n,) int64 domains.
        names: of the domains.
        mean, deviation: of the training pixels, by which networks see them.
        style_train, style_test: (n, 4) of glyphs; None where nobody knows the style.
        tied: glyphs whose style depends on the domain; None of scans.
    """

    x_train: Tensor
    y_train: Tensor
    x_test: Tensor
    y_test: Tensor
    names: tuple[str, ...]
    mean: float
    deviation: float
    style_train: Tensor | None = None
    style_test: Tensor | None = None
    tied: "Data | None" = None

    @property
    def pixels(self) -> int:
        """Values of an image."""
        return self.x_train[0].numel()

    def images(self, x: Any) -> Tensor:
        """Images of this size, in float32.

        Raises:
            ValueError: another shape, whole numbers, or one that is not finite.
        """
        given, wanted = real("x", x, like=self.x_train), self.x_train.shape[1:]
        if given.ndim != 4 or given.shape[1:] != wanted:
            raise ValueError(
                f"x: got shape {tuple(given.shape)}; give (n, *{tuple(wanted)})"
            )
        if isinstance(x, Tensor) and not x.is_floating_point():
            raise ValueError(f"x: got {x.dtype}; give floats in [0, 1]")
        return given.float()

    def truth(self, target: Tensor, rows: Tensor | slice = ALL) -> Tensor | None:
        """Test images as they truly are in other domains; None of scans.

        Args:
            target: (m,) domains, one a test image.
            rows: which m of the test images, by default all of them.

        Raises:
            ValueError: there is no such image or domain, or the lengths differ.
        """
        if self.style_test is None:
            return None
        if isinstance(rows, Tensor):
            rows = classes("rows", rows, len(self.style_test))
        return glyphs(self.style_test[rows], target)


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Load images of several domains, drawn by the seed.

    Args:
        dataset: ``embedded`` (glyphs, made here) or ``mnist`` (scanned digits).
        profile: ``quick`` or ``full``; numbers and sides depend on it.
        seed: of what is made, or of which scans are taken.
        device: where the tensors go.

    Raises:
        ValueError: an unknown data set or profile.
        DataError: the scans are not to be had.

    >>> load("embedded", "quick", seed=0).x_train.shape
    torch.Size([3000, 1, 16, 16])
    """
    for name, given, known in (
        ("dataset", dataset, list(SIZES)),
        ("profile", profile, ["quick", "full"]),
    ):
        if given not in known:
            raise ValueError(f"{name}: got {given!r}; give one of {known}")
    if dataset == "mnist":
        return _digits(profile, seed, device)
    tied = _glyphs(profile, seed, device, TIED, None)
    return _glyphs(profile, seed, device, 0.0, tied)


def _glyphs(
    profile: str,
    seed: int,
    device: torch.device | str,
    share: float,
    tied: Data | None,
) -> Data:
    train, test = SIZES["embedded"][profile]
    source = generator(seed, "tied glyphs" if share else "glyphs")
    drawn = draw_glyphs(train + test, source, share)
    x, y, style = (part.to(device) for part in drawn)
    return Data(
        x[:train],
        y[:train],
        x[train:],
        y[train:],
        GLYPH_DOMAINS,
        float(x[:train].mean()),
        float(x[:train].std()),
        style[:train],
        style[train:],
        tied,
    )


def _digits(profile: str, seed: int, device: torch.device | str) -> Data:
    train, test = SIZES["mnist"][profile]
    stored = load_mnist()
    x = torch.from_numpy(stored.train.images)
    y = torch.from_numpy(stored.train.labels)
    if profile == "full":  # the paper's split, and its side: padded before all else
        x = pad(torch.cat([x, torch.from_numpy(stored.test.images)]), (2, 2, 2, 2))
        y = torch.cat([y, torch.from_numpy(stored.test.labels)])
    else:
        order = torch.randperm(len(x), generator=generator(seed, "split"))
        x, y = x[order[: train + test]], y[order[: train + test]]
    images = x[:, None].float().to(device) / 255
    labels = y.to(device)
    return Data(
        images[:train],
        labels[:train],
        images[train:],
        labels[train:],
        stored.train.class_names,
        float(images[:train].mean()),
        float(images[:train].std()),
    )
