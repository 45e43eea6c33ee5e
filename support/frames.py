"""A figure with one or two sliders, every state of it drawn beforehand.

The frames are drawn when the cell runs, and a few lines of script switch among
them: no server, no kernel, no package of widgets.  What is displayed is complete
in itself, so it works in JupyterLab, in the book and on a slide; where scripts
are off, or in print, the middle frame stands there with its alternative text.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from html import escape
from io import BytesIO
from itertools import product
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from support.plots import Drawing, check_words, inline, render, still, unpack

__all__ = ["FRAMES", "MOST_BYTES", "MOST_FRAMES", "show_frames"]

FRAMES = "course_frames"
MOST_FRAMES = 60
MOST_BYTES = 1_000_000
# Vector frames are sharp but heavy where a figure holds much ink; measured on
# this book's figures, lossless WebP at this resolution is a third of PNG.
HEAVY_VECTORS = 500_000
RESOLUTION = 120

_SCRIPT = """(() => {
  const root = document.currentScript.parentElement;
  const data = JSON.parse(root.querySelector("script").textContent);
  const frame = root.querySelector(".frame");
  const inputs = [...root.querySelectorAll("input")];
  const outputs = root.querySelectorAll("output");
  const show = () => {
    let place = 0;
    inputs.forEach((input, i) => {
      const text = data.texts[i][input.value];
      input.setAttribute("aria-valuetext", text);
      outputs[i].textContent = text;
      place = place * data.texts[i].length + Number(input.value);
    });
    frame.innerHTML = data.images[data.order[place]];
    frame.firstChild.setAttribute("aria-label", data.alts[place]);
    frame.querySelectorAll("img").forEach(image => image.alt = data.alts[place]);
  };
  inputs.forEach(input => input.addEventListener("input", show));
  root.querySelector(".frames-controls").hidden = false;
  show();
})();"""


def show_frames(
    draw: Callable[..., Drawing | Figure | Sequence[Drawing | Figure]],
    *,
    name: str,
    caption: str,
    alt: Callable[..., str] | None = None,
    labels: dict[str, str] | None = None,
    **controls: Iterable[Any],
) -> None:
    """Display a figure with sliders; its frames are drawn now, all of them.

    Args:
        draw: called with one value of every control, as ``draw(sigma=0.5)``;
            returns a drawing, a figure or a list of panels, of the same size for
            all values.
        name: ``fig-<chapter>-<what>``, unique in the book; pages refer to it.
        caption: one or two sentences under the figure, true of every frame.
        alt: called as ``draw`` is; says in at least 40 characters what the
            frame shows; a drawing says it itself, and this is added.
        labels: what a control is called on the page, by its keyword; plain
            text.  A control without a label goes by its keyword.
        **controls: one or two, each with two values or more, in the slider's
            order; 60 frames at most.

    Raises:
        ValueError: a text is missing or too short, a control has too few
            values, or the frames are too many or too heavy; the message says
            how many, or how heavy.
        TypeError: ``draw`` returned something else.

    >>> show_frames(draw, name="fig-a-b", caption="Waves.", alt=say,
    ...             labels={"hz": "frequency in Hz"}, hz=[1, 2, 4])  # doctest: +SKIP
    """
    from IPython.display import display

    grid = {key: list(values) for key, values in controls.items()}
    labels = {key: key for key in grid} | (labels or {})
    _check_controls(name, grid, labels)
    states = [
        dict(zip(grid, values, strict=True)) for values in product(*grid.values())
    ]
    drawn = [unpack(draw(**state)) for state in states]
    words = [
        check_words(name, caption, f"{said} {alt(**state) if alt else ''}")
        for state, (_, said) in zip(states, drawn, strict=True)
    ]
    middle = {key: len(values) // 2 for key, values in grid.items()}
    place = 0
    for key, values in grid.items():
        place = place * len(values) + middle[key]
    panels = [figures for figures, _ in drawn]
    images = [[render(figure) for figure in figures] for figures in panels]
    mime, plain = still(panels[place], images[place])
    if not _light(images):
        images = [[_pixels(figure) for figure in figures] for figures in panels]
    rows = [
        inline(figures, row, name, "")
        for figures, row in zip(panels, images, strict=True)
    ]
    for figure in (figure for figures in panels for figure in figures):
        figure.clear()
        plt.close(figure)
    unique = list(dict.fromkeys(rows))
    data = {
        "texts": [[_text(value) for value in values] for values in grid.values()],
        "images": unique,
        "order": [unique.index(row) for row in rows],
        "alts": [each["alt"] for each in words],
    }
    html = _html(
        name, data, place, list(middle.values()), [labels[key] for key in grid]
    )
    size = len(html.encode("utf-8"))
    if size > MOST_BYTES:
        raise ValueError(
            f"frames: figure {name} weighs {size / 1e6:.2f} MB in {len(unique)} "
            f"different frames of {size / len(unique) / 1e3:.0f} kB; at most "
            f"{MOST_BYTES / 1e6:g} MB fit a page: give fewer values or draw less"
        )
    told = words[place]
    bundle = {
        "text/html": html,
        mime: plain,
        "text/plain": f"[Figure: {told['alt']}]",
    }
    metadata = {"course_figure": told, FRAMES: size, mime: {"alt": told["alt"]}}
    display(bundle, raw=True, metadata=metadata)
    # For Jupyter; the book's build drops it, since it sets the caption itself.
    below = {"text/markdown": f"*{told['caption']}*", "text/plain": told["caption"]}
    display(below, raw=True, metadata={"course_caption": True})


def _check_controls(
    name: str, grid: dict[str, list[Any]], labels: dict[str, str]
) -> None:
    if not 1 <= len(grid) <= 2:
        raise ValueError(
            f"controls: figure {name} has {len(grid)}; give one or two keywords "
            "with their values, such as sigma=[0, 0.5, 1]"
        )
    if unknown := sorted(labels.keys() - grid.keys()):
        raise ValueError(
            f"labels: {unknown} name no control of figure {name}; "
            f"its controls are {sorted(grid)}"
        )
    count = 1
    for key, values in grid.items():
        if len(values) < 2:
            raise ValueError(
                f"{key}: figure {name} has {len(values)} value(s) for it; "
                "give two or more"
            )
        count *= len(values)
    if count > MOST_FRAMES:
        sizes = " x ".join(str(len(values)) for values in grid.values())
        raise ValueError(
            f"controls: figure {name} has {sizes} = {count} frames; "
            f"give at most {MOST_FRAMES}"
        )


def _light(images: Sequence[Sequence[tuple[str, str]]]) -> bool:
    """Whether all frames can stay vectors: one format, so that only data change."""
    parts = {image for row in images for image in row}
    vectors = all(mime == "image/svg+xml" for mime, _ in parts)
    return vectors and sum(len(data) for _, data in parts) <= HEAVY_VECTORS


def _pixels(figure: Figure) -> tuple[str, str]:
    buffer = BytesIO()
    figure.savefig(
        buffer,
        format="webp",
        dpi=RESOLUTION,
        facecolor="white",
        pil_kwargs={"lossless": True},
    )
    return "image/webp", b64encode(buffer.getvalue()).decode("ascii")


def _html(
    name: str, data: dict[str, Any], place: int, middle: list[int], labels: list[str]
) -> str:
    sliders = []
    for number, (label, texts, at) in enumerate(
        zip(labels, data["texts"], middle, strict=True)
    ):
        key = f"{name}-control-{number}"
        sliders.append(
            f'<label for="{key}">{escape(label)}</label> '
            f'<input type="range" id="{key}" min="0" max="{len(texts) - 1}" '
            f'step="1" value="{at}" aria-valuetext="{escape(texts[at])}" '
            f'autocomplete="off"> <output for="{key}">{escape(texts[at])}</output>'
        )
    rows = "".join(f'<div class="frames-control">{row}</div>' for row in sliders)
    # In a script element only these two could end or open anything.
    safe = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    safe = safe.replace("</", r"<\/").replace("<!--", r"\u003c!--")
    alt = escape(data["alts"][place])
    first = data["images"][data["order"][place]]
    for empty in ('aria-label=""', 'alt=""'):
        first = first.replace(empty, empty.replace('""', f'"{alt}"'))
    return (
        f'<div class="frames"><div class="frame">{first}</div>'
        f'<div class="frames-controls" hidden>{rows}</div>'
        f'<script type="application/json">{safe}</script>'
        f"<script>{_SCRIPT}</script></div>"
    )


def _text(value: Any) -> str:
    """A value as the slider says it."""
    if isinstance(value, str | bool):
        return str(value)
    try:
        return f"{value:g}".replace("-", "−")
    except (TypeError, ValueError):
        return str(value)
