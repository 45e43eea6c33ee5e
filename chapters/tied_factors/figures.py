"""The one picture that no other chapter draws: weights, known and useless."""

from collections.abc import Sequence

import torch
from torch import Tensor

from support import plots

__all__ = ["weight_rows"]


def weight_rows(
    weight: Tensor, names: Sequence[str], known: int, most: float
) -> plots.Drawing:
    """Draw how large the weights of each feature are.

    Args:
        weight: (classes, d).
        names: of the features.
        known: how many features, the first ones, the class depends on; 0 where
            nobody knows.
        most: end of the axis, common to several pictures.
    """
    sizes = weight.detach().cpu().square().mean(0).sqrt()
    figure, axis = plots.start((6.4, 3.2))
    for place, size in enumerate(sizes.tolist()):
        role = "method" if place < known else "neutral"
        axis.vlines(place, 0, size, color=plots.colour_of(role), linewidth=5)
    axis.set(ylim=(0, most), ylabel="size of the weights")
    axis.set_xticks(range(len(names)), names, rotation=90)
    split = f"; the first {known} matter" if known else ""
    largest = torch.argsort(sizes, descending=True)[:3].tolist()
    told = ", ".join(f"{names[place]} {sizes[place]:.2f}" for place in largest)
    alt = f"An upright line for each of {len(names)} features{split}. Longest: {told}."
    return plots.Drawing(figure, alt)
