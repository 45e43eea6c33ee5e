"""Gaussian mixtures: a classification task small enough to repeat at will."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

__all__ = ["GaussianMixtures", "draw_labels", "draw_mixtures"]


@dataclass(frozen=True)
class GaussianMixtures:
    """One mixture of unit-variance Gaussians for each class.

    Args:
        centres: shape (C, K, D): K equally likely centres for each of C classes.
    """

    centres: Tensor

    def sample(self, labels: Tensor, generator: torch.Generator) -> Tensor:
        """Draw one point for each label.

        Args:
            labels: integers in [0, C), shape (N,).
            generator: draws component and noise; on the centres' device.

        Returns:
            Shape (N, D), in the dtype of the centres.

        Raises:
            ValueError: a label is out of range.
        """
        classes, components, dimensions = self.centres.shape
        if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < classes:
            raise ValueError(f"labels: give integers in [0, {classes})")
        place: dict[str, Any] = {"generator": generator, "device": self.centres.device}
        chosen = torch.randint(components, (len(labels),), **place)
        noise = torch.randn(len(labels), dimensions, dtype=self.centres.dtype, **place)
        return self.centres[labels.long(), chosen] + noise


def draw_mixtures(
    generator: torch.Generator,
    *,
    classes: int = 3,
    components: int = 3,
    dimensions: int = 20,
    spread: float = 0.7,
) -> GaussianMixtures:
    """Draw the centres, each ``spread`` times a standard normal vector.

    Args:
        generator: of the centres.
        classes: C.
        components: centres of one class.
        dimensions: D.
        spread: standard deviation of a centre's coordinate; that of a point around
            its centre is 1.

    Returns:
        The mixtures, float32, on the generator's device.

    Raises:
        ValueError: a size or the spread is out of range.

    >>> mixtures = draw_mixtures(torch.Generator().manual_seed(0))
    >>> mixtures.sample(torch.tensor([0, 2]), torch.Generator()).shape
    torch.Size([2, 20])
    """
    if min(classes, components, dimensions) < 1 or spread < 0:
        raise ValueError(
            f"sizes, spread: got {(classes, components, dimensions)}, {spread}; give "
            "sizes of at least 1 and a spread of at least 0"
        )
    shape = (classes, components, dimensions)
    centres = torch.randn(shape, generator=generator, device=generator.device)
    return GaussianMixtures(spread * centres)


def draw_labels(
    count: int,
    priors: Sequence[float] | Tensor,
    generator: torch.Generator,
    *,
    minimum: int = 2,
) -> Tensor:
    """Draw labels from priors so that no class has fewer than ``minimum``.

    A class that comes out too rare takes samples from the largest one.

    Args:
        count: number of labels N.
        priors: shares of the C classes; scaled to sum to 1.
        generator: of the draw.
        minimum: samples every class has at least.

    Returns:
        Shape (N,), integers in [0, C), in random order.

    Raises:
        ValueError: the priors or sizes are out of range.

    >>> labels = draw_labels(50, [0.9, 0.1], torch.Generator().manual_seed(0))
    >>> bool((labels.bincount() >= 2).all())
    True
    """
    weights = torch.as_tensor(priors, dtype=torch.float64, device=generator.device)
    if weights.ndim != 1 or bool((weights < 0).any()) or not weights.sum() > 0:
        raise ValueError(f"priors: got {list(priors)}; give shares of at least 0")
    if minimum < 0 or count < max(1, minimum * len(weights)):
        raise ValueError(
            f"count: got {count}; {len(weights)} classes of at least {minimum} need "
            f"{max(1, minimum * len(weights))}"
        )
    drawn = weights.multinomial(count, replacement=True, generator=generator)
    counts = drawn.bincount(minlength=len(weights))
    missing = (minimum - counts).clamp_min(0)
    counts = counts + missing
    while excess := int(counts.sum()) - count:  # at most C rounds
        largest = int(counts.argmax())
        counts[largest] -= min(excess, int(counts[largest]) - minimum)
    labels = torch.arange(len(weights), device=counts.device).repeat_interleave(counts)
    order = torch.randperm(count, generator=generator, device=generator.device)
    return labels[order]
