"""The chapter's data: scanned digits, satellite photographs, six clouds on a ring."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from support.data.digits import digit_attributes
from support.data.images import load_eurosat32
from support.data.mixtures import GaussianMixtures
from support.training import generator

__all__ = ["CLASSES", "SIZES", "Data", "Ring", "load", "load_ring"]

#: Pictures for training and for test, by corpus and profile.
SIZES = {
    ("embedded", "quick"): (1200, 597),
    ("embedded", "full"): (1200, 597),
    ("eurosat32", "quick"): (2500, 1500),
    ("eurosat32", "full"): (9000, 2000),
}
#: Classes that are forgotten, one problem each.
CLASSES = {"embedded": (0, 3, 8), "eurosat32": (0,)}


@dataclass(frozen=True)
class Data:
    """Pictures with one class each, in two parts that the seed has drawn.

    Attributes:
        dataset: where they come from.
        x_train, x_test: (n, ...) float32, standardised on the training part.
        y_train, y_test: (n,) int64 classes.
        n_classes: how many there are.
        names: of the classes.
        mean, scale: what was subtracted and divided by.
    """

    dataset: str
    x_train: Tensor
    y_train: Tensor
    x_test: Tensor
    y_test: Tensor
    n_classes: int
    names: tuple[str, ...]
    mean: Tensor
    scale: Tensor

    def pictures(self, x: Tensor) -> Tensor:
        """Standardised inputs as pictures again, in [0, 1] up to rounding.

        Scans come as (n, 8, 8), photographs as (n, 3, side, side).
        """
        shown = x * self.scale + self.mean
        return shown.view(-1, 8, 8) if x.ndim == 2 else shown


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Load a corpus and draw its split.

    Args:
        dataset: ``embedded`` (scikit-learn's digits) or ``eurosat32``.
        profile: ``quick`` (photographs pooled to 16 x 16) or ``full`` (32 x 32).
        seed: of the run; its stream "split" draws training and test pictures.
        device: where the tensors go.

    Raises:
        ValueError: an unknown data set or profile.
        DataError: the photographs are not to be had.

    >>> load("embedded", "quick", seed=0).x_test.shape
    torch.Size([597, 64])
    """
    for name, given, place in (("dataset", dataset, 0), ("profile", profile, 1)):
        known = sorted({key[place] for key in SIZES})
        if given not in known:
            raise ValueError(f"{name}: got {given!r}; give one of {known}")
    if dataset == "embedded":
        digits = digit_attributes()
        x, y, names = digits.x, digits.y, tuple("0123456789")
    else:
        x, y, names = _photographs(pooled=profile == "quick")
    train, test = SIZES[dataset, profile]
    order = torch.randperm(len(x), generator=generator(seed, "split"))
    first, second = order[:train], order[train : train + test]
    # Photographs share one mean and spread a colour; a pixel of the scans has its own.
    axes = (0,) if x.ndim == 2 else (0, 2, 3)
    mean = x[first].mean(axes, keepdim=True)
    scale = x[first].std(axes, keepdim=True)
    scale = torch.where(scale > 0, scale, 1.0)  # a corner that is always empty
    parts = ((x[rows] - mean) / scale for rows in (first, second))
    x_train, x_test = (part.to(device) for part in parts)
    return Data(
        dataset,
        x_train,
        y[first].to(device),
        x_test,
        y[second].to(device),
        len(names),
        names,
        mean.to(device),
        scale.to(device),
    )


def _photographs(pooled: bool) -> tuple[Tensor, Tensor, tuple[str, ...]]:
    """All 11,000 pictures (n, 3, side, side) in [0, 1]; the seed splits them anew."""
    stored = load_eurosat32()
    parts = (stored.train, stored.test)
    x = torch.cat([torch.from_numpy(part.images) for part in parts])
    y = torch.cat([torch.from_numpy(part.labels) for part in parts])
    x = x.permute(0, 3, 1, 2).float() / 255
    return avg_pool2d(x, 2) if pooled else x, y, stored.train.class_names


@dataclass(frozen=True)
class Ring:
    """Points (n, 10) of six clouds whose means lie on a ring, and their classes."""

    x: Tensor
    y: Tensor


def load_ring(seed: int, device: torch.device | str = "cpu") -> Ring:
    """Draw the authors' toy: 250 points of each of six clouds of unit variance.

    Mean c lies at radius 5 and angle $2\\pi c/6$ in the first two coordinates; the
    other eight are drawn once, with standard deviation .5, for all points.

    Args:
        seed: of the run; its stream "ring" draws means and points.
        device: where the tensors go.

    Source: toy of the code of *Representation Unlearning* (2026).
    """
    source = generator(seed, "ring")
    angle = 2 * math.pi * torch.arange(6) / 6
    place = 5 * torch.stack([angle.cos(), angle.sin()], dim=1)
    means = torch.cat([place, 0.5 * torch.randn(6, 8, generator=source)], dim=1)
    y = torch.arange(6).repeat_interleave(250)
    x = GaussianMixtures(means[:, None]).sample(y, source)
    return Ring(x.to(device), y.to(device))
