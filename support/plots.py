"""One style for every figure, and one way to show it: with words.

A figure is shown by :func:`show` alone, which asks for a name, a caption and
alternative text.  They travel in the output's metadata; the book's build makes
a numbered figure of them, and they may hold numbers measured in the same run.
"""

import io
import re
from base64 import b64encode
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.figure import Figure

from support.tables import table

__all__ = [
    "COLOURS",
    "LINES",
    "MARKERS",
    "check_words",
    "render",
    "show",
    "table",
    "use_style",
]

# Okabe and Ito's palette, ordered so that neighbours differ in lightness too.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
LINES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1))]

LARGEST_SVG = 200_000
NAME = re.compile(r"fig-[a-z0-9]+(-[a-z0-9]+)+")


def use_style() -> None:
    """Set the book's figure style: colour-blind safe, deterministic SVG."""
    sns.set_theme(context="notebook", style="whitegrid", palette=COLOURS)
    mpl.rcParams.update(
        {
            "axes.spines.right": False,
            "axes.spines.top": False,
            "axes.titlesize": "medium",
            "figure.constrained_layout.use": True,
            "figure.figsize": (6.4, 3.6),
            "font.family": "DejaVu Sans",
            "legend.frameon": False,
            "savefig.facecolor": "white",
            "svg.fonttype": "path",
            "svg.hashsalt": "figure",
        }
    )


def show(figure: Figure, *, name: str, caption: str, alt: str) -> None:
    """Display a figure with its name, caption and alternative text; close it.

    Args:
        figure: a matplotlib figure.
        name: ``fig-<chapter>-<what>``, unique in the book; pages refer to it.
        caption: one or two sentences under the figure.
        alt: says what the figure shows to someone who cannot see it: the axes,
            the shape of the result; at least 40 characters, not the caption.

    Raises:
        ValueError: a text is missing, too short or of the wrong form.
    """
    from IPython.display import display

    words = check_words(name, caption, alt)
    mime, data = render(figure)
    figure.clear()
    plt.close(figure)
    bundle: dict[str, Any] = {mime: data, "text/plain": f"[Figure: {words['alt']}]"}
    metadata = {"course_figure": words, mime: {"alt": words["alt"]}}
    display(bundle, raw=True, metadata=metadata)
    # For Jupyter; the book's build drops it, since it sets the caption itself.
    below = {"text/markdown": f"*{words['caption']}*", "text/plain": words["caption"]}
    display(below, raw=True, metadata={"course_caption": True})


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
    figure.savefig(buffer, format="png", dpi=160, metadata={"Software": None})
    return "image/png", b64encode(buffer.getvalue()).decode("ascii")
