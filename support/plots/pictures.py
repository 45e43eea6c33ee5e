"""Small images in rows, each with its words."""

from collections.abc import Sequence
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from support.plots.drawing import LETTER, TEXT, WIDE, Drawing, array

__all__ = ["images"]


def images(
    rows: Sequence[Sequence[Any]],
    titles: Sequence[Sequence[str]] | None = None,
    *,
    labels: Sequence[str] | None = None,
    what: str = "images",
    width: float = WIDE[0],
) -> Drawing:
    """Draw images in rows.

    Args:
        rows: of images (H, W), (C, H, W) or (H, W, C) with one or three channels;
            integers up to 255, or numbers in [0, 1].
        titles: a text over each image.
        labels: a text before each row.
        what: what they are, for the words.
        width: inches of the figure.

    Raises:
        ValueError: there is no image, or one has another shape.
    """
    if not rows or not any(map(len, rows)):
        raise ValueError("rows: got no image; give at least one")
    most = max(map(len, rows))
    over = titles or [[""] * len(row) for row in rows]
    each = (width - (1.0 if labels else 0.2)) / most
    letters = max(int(each * 72 / (LETTER * TEXT)), 4)
    over = [[_folded(text, letters) for text in row] for row in over]
    lines = max(text.count("\n") + bool(text) for row in over for text in row)
    figure = Figure(
        figsize=(width, len(rows) * (each + 1.3 * TEXT / 72 * lines + 0.06))
    )
    axes = figure.subplots(len(rows), most, squeeze=False)
    for line in axes:
        for axis in line:
            axis.set(xticks=[], yticks=[])
            axis.grid(False)
            for spine in axis.spines.values():
                spine.set_visible(False)
    for line, row, texts in zip(axes, rows, over, strict=True):
        for axis, image, text in zip(line, row, texts, strict=False):
            axis.imshow(
                _pixels(image), cmap="gray", vmin=0, vmax=1, interpolation="none"
            )
            axis.set_title(text, loc="center", pad=3)
    for line, label in zip(axes, labels or [], strict=bool(labels)):
        line[0].set_ylabel(label, rotation=0, ha="right", va="center")
    said = [f"{len(rows)} row{'s' * (len(rows) > 1)} of {most} {what}."]
    for place, texts in enumerate(over):
        name = labels[place] if labels else f"Row {place + 1}"
        if words := ", ".join(text.replace("\n", " ") for text in texts if text):
            said.append(f"{name}: {words}.")
        elif labels:
            said.append(f"{name}.")
    return Drawing(figure, " ".join(said))


def _folded(text: str, letters: int) -> str:
    lines = text.split("\n")
    return "\n".join(fill(line, letters, break_long_words=False) for line in lines)


def _pixels(image: Any) -> np.ndarray:
    """An image as (H, W) or (H, W, 3) in [0, 1]."""
    whole = (
        not str(getattr(image, "dtype", "float")).rpartition(".")[2].startswith("float")
    )
    pixels = array(image) / (255 if whole else 1)
    if pixels.ndim == 3 and pixels.shape[0] in (1, 3) and pixels.shape[2] not in (1, 3):
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim not in (2, 3) or (
        pixels.ndim == 3 and pixels.shape[2] not in (1, 3)
    ):
        raise ValueError(
            f"rows: an image of shape {pixels.shape}; give (H, W) or 3 channels"
        )
    return np.clip(pixels.squeeze(), 0, 1)
