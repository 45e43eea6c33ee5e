"""The one way to show a figure: with words, light and dark, panels that stack.

What is displayed is a piece of HTML with the drawing in it, so that the page
decides the colour of ink, and, for Jupyter's other readers, one plain image.  A
name, a caption and alternative text travel in the output's metadata; the book's
build makes a numbered figure of them.
"""

import io
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from html import escape
from math import ceil, sqrt
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text

from support.plots.drawing import PANEL, Drawing, Size
from support.plots.palette import themed

__all__ = [
    "LARGEST_SVG",
    "NAME",
    "check_words",
    "inline",
    "panels",
    "render",
    "show",
    "still",
    "unpack",
]

LARGEST_SVG = 200_000
LEAST_TEXT = 11  # pixels on the page
NAME = re.compile(r"fig-[a-z0-9]+(-[a-z0-9]+)+")
_POINT = 96 / 72  # pixels
_NOISE = re.compile(
    r"\A.*?<svg [^>]*>|<metadata>.*?</metadata>|<style[^>]*>.*?</style>|<!--.*?-->",
    re.DOTALL,
)
_ROW = (
    "align-items:flex-end;display:flex;flex-wrap:wrap;gap:1rem;"
    "justify-content:safe center;overflow-x:auto"
)


def show(
    drawn: Drawing | Figure | Sequence[Drawing | Figure],
    *,
    name: str,
    caption: str,
    alt: str = "",
) -> None:
    """Display a figure with its name, caption and alternative text; close it.

    Args:
        drawn: a drawing, a matplotlib figure, or panels: several of them, which
            stand beside each other where the page is wide enough.
        name: ``fig-<chapter>-<what>``, unique in the book; pages refer to it.
        caption: one or two sentences under the figure.
        alt: says what the figure shows to someone who cannot see it: the axes,
            the shape of the result; at least 40 characters, not the caption.
            A drawing says this itself, and `alt` is added to it.

    Raises:
        ValueError: a text is missing, too short or of the wrong form, or there
            is no panel.
    """
    from IPython.display import display

    figures, said = unpack(drawn)
    words = check_words(name, caption, f"{said} {alt}")
    images = [render(figure) for figure in figures]
    row = inline(figures, images, name, words["alt"])
    mime, data = still(figures, images)
    for figure in figures:
        figure.clear()
        plt.close(figure)
    bundle: dict[str, Any] = {
        "text/html": row,
        mime: data,
        "text/plain": f"[Figure: {words['alt']}]",
    }
    metadata = {"course_figure": words, mime: {"alt": words["alt"]}}
    display(bundle, raw=True, metadata=metadata)
    # For Jupyter; the book's build drops it, since it sets the caption itself.
    below = {"text/markdown": f"*{words['caption']}*", "text/plain": words["caption"]}
    display(below, raw=True, metadata={"course_caption": True})


def panels(
    kind: Callable[..., Drawing],
    contents: Mapping[str, Any],
    *,
    share: str = "",
    size: Size = PANEL,
    **options: Any,
) -> list[Drawing]:
    """Draw one kind of figure several times, for `show` to put side by side.

    Args:
        kind: `lines`, `bars` or another, which takes a title and a size.
        contents: title to what the kind draws.
        share: axes with common ends: ``x``, ``y``, ``xy``, or ``value`` of rows.
        size: inches of each panel.
        **options: go to every panel.

    Raises:
        ValueError: `share` names something else.
    """
    if share not in ("", "x", "y", "xy", "value"):
        raise ValueError(f"share: got {share!r}; give '', 'x', 'y', 'xy' or 'value'")

    def draw(**more: Any) -> list[Drawing]:
        common = options | more
        return [kind(c, title=t, size=size, **common) for t, c in contents.items()]

    drawn = draw()
    if not share:
        return drawn
    axes = [each.figure.axes[0] for each in drawn]
    across = options.get("horizontal", kind.__name__ != "bars")
    sides = ("x" if across else "y") if share == "value" else share
    ends = {}
    for side in sides:
        low, high = zip(
            *(getattr(axis, f"get_{side}lim")() for axis in axes), strict=True
        )
        argument = "limits" if share == "value" else f"{side}_limits"
        ends[argument] = options.get(argument) or (min(low), max(high))
    return draw(**ends)


def check_words(name: str, caption: str, alt: str) -> dict[str, str]:
    """Check what a figure says of itself, and return it as its metadata.

    Args:
        name: ``fig-<chapter>-<what>``.
        caption: one or two sentences.
        alt: at least 40 characters, not the caption.

    Returns:
        The three texts by these names, without space around them.

    Raises:
        ValueError: a text is missing, too short or of the wrong form.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"name: got {name!r}; give fig-<chapter>-<what>, lower case")
    if not caption.strip():
        raise ValueError(f"caption: figure {name} has none; give a sentence")
    if len(alt.strip()) < 40 or alt.strip() == caption.strip():
        raise ValueError(
            f"alt: figure {name} has {alt!r}; say in at least 40 characters what "
            "the figure shows, in other words than the caption"
        )
    return {"name": name, "caption": caption.strip(), "alt": alt.strip()}


def render(figure: Figure) -> tuple[str, str]:
    """Draw a figure as SVG, or as PNG where the SVG is too heavy for a page.

    Args:
        figure: it is neither changed nor closed.

    Returns:
        The MIME type, and the SVG's text or the PNG in base64.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    if buffer.tell() <= LARGEST_SVG:
        return "image/svg+xml", buffer.getvalue().decode("utf-8")
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format="png", dpi=160, metadata={"Software": None}, facecolor="white"
    )
    return "image/png", b64encode(buffer.getvalue()).decode("ascii")


def unpack(drawn: Any) -> tuple[list[Figure], str]:
    """The figures of what was drawn, and what it says of itself.

    Args:
        drawn: a drawing, a figure, or a sequence of them.

    Raises:
        TypeError: it is something else.
        ValueError: it is empty.
    """
    parts = [drawn] if isinstance(drawn, Drawing | Figure) else drawn
    if not isinstance(parts, Sequence):
        raise TypeError(
            f"drawn: got {type(drawn).__name__}; give a drawing, a matplotlib figure, "
            "or a list of them"
        )
    if not parts:
        raise ValueError("drawn: got no panel; give at least one")
    figures = [part.figure if isinstance(part, Drawing) else part for part in parts]
    return figures, " ".join(part.alt for part in parts if isinstance(part, Drawing))


def inline(
    figures: Sequence[Figure], images: Sequence[tuple[str, str]], name: str, alt: str
) -> str:
    """Figures as a piece of HTML: a row that wraps, words of 11 px or more.

    Args:
        figures: the panels.
        images: MIME type and data of each, see `render`.
        name: unique on the page; the ids in it begin so.
        alt: of the whole.
    """
    alt = escape(alt)
    parts = [
        _panel(figure, image, f"{name}-{place}", alt)
        for place, (figure, image) in enumerate(zip(figures, images, strict=True))
    ]
    row = f'<div class="panels" role="img" aria-label="{alt}" style="{_ROW}">'
    return f"{row}{''.join(parts)}</div>"


def _panel(figure: Figure, image: tuple[str, str], name: str, alt: str) -> str:
    mime, data = image
    width, height = (float(side) * 96 for side in figure.get_size_inches())
    texts = [each for each in figure.findobj(Text) if each.get_text().strip()]
    sizes = [
        float(text.get_fontsize()) * _POINT for text in texts if text.get_visible()
    ]
    least = min(sizes, default=np.inf)
    narrowest = width * LEAST_TEXT / least
    looks = (
        f'class="panel" data-text="{least:.2f}" style="flex:none;height:auto;'
        f"max-width:100%;min-width:{narrowest:.0f}px;width:{width:.0f}px"
    )
    if mime != "image/svg+xml":
        source = f"data:{mime};base64,{data}"
        return f'<img src="{source}" alt="{alt}" {looks};background:#fff">'
    return (
        f'<svg aria-hidden="true" {looks}" fill="currentColor" stroke-linejoin="round" '
        f'viewBox="0 0 {width * 0.75:g} {height * 0.75:g}">{themed(_body(data, name))}'
    )


def still(
    figures: Sequence[Figure], images: Sequence[tuple[str, str]]
) -> tuple[str, str]:
    """One plain image of all panels, for slides and for readers that show no HTML.

    Args:
        figures: the panels.
        images: MIME type and data of each, see `render`.

    Returns:
        MIME type and data.
    """
    if len(images) == 1:
        return images[0]
    sides = [tuple(float(side) * 72 for side in f.get_size_inches()) for f in figures]
    across = ceil(sqrt(len(sides)))
    step = [max(each) + 12 for each in zip(*sides, strict=True)]
    parts = []
    for place, (side, (mime, data)) in enumerate(zip(sides, images, strict=True)):
        row, column = divmod(place, across)
        box = f'x="{column * step[0]:g}" y="{row * step[1]:g}" '
        box += f'width="{side[0]:g}" height="{side[1]:g}"'
        if mime == "image/svg+xml":
            parts.append(f"<svg {box}>{_body(data, f'p{place}')}")
        else:
            parts.append(f'<image {box} href="data:{mime};base64,{data}"/>')
    width, height = across * step[0], ceil(len(sides) / across) * step[1]
    return "image/svg+xml", (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" stroke-linejoin="round" '
        f'width="{width:g}pt" height="{height:g}pt" viewBox="0 0 {width:g} {height:g}">'
        f"{''.join(parts)}</svg>"
    )


def _body(svg: str, name: str) -> str:
    """What stands in an SVG, without its head and rules, its ids made unique."""
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", _NOISE.sub("", svg))
