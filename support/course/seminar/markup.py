"""Turn Markdown, code and outputs of cells into HTML for slides and handouts."""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from support.course.book.figures import CAPTION, FIGURE, FRAMES

__all__ = ["Picture", "address", "code", "headings", "markdown", "outputs", "picture"]

#: The largest type that keeps this many characters on a line of a slide.
_SIZES = ((72, "large"), (80, "medium"), (88, "small"))
#: Lines of code that a slide holds below its title in the smallest type.
_ROWS = 19
#: So many panels stand in one row of a slide; as one image they would be two rows,
#: half as large.
_IN_A_ROW = 3
_FENCED = re.compile(r"^```(?:python)?\n(?P<code>.*?)\n```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)

_MIMES = {".svg": "image/svg+xml", ".png": "image/png"}

#: A file of a figure: its name and its content.
Picture = tuple[str, bytes]


def markdown(text: str) -> str:
    """Make HTML of Markdown; formulas stay as TeX for MathJax, code is coloured.

    Args:
        text: plain Markdown.
    """
    parts, end = [], 0
    for block in _FENCED.finditer(text):
        parts += [_prose(text[end : block.start()]), code(block["code"])]
        end = block.end()
    return "".join([*parts, _prose(text[end:])])


def headings(text: str, first: int) -> str:
    """Set the levels of a text's headings: one of level ``first``, the rest below.

    >>> headings("### A\\n# B", 2)
    '## A\\n### B'
    """
    level = iter([first])

    def lead(match: re.Match[str]) -> str:
        return "#" * next(level, first + 1) + " " + match[1]

    return _HEADING.sub(lead, text)


def code(text: str) -> str:
    """Colour Python; the class of the block says how large it may be set."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    widest = max(map(len, text.splitlines()), default=0)
    size = next((name for width, name in _SIZES if widest <= width), "small")
    made = highlight(text, PythonLexer(), HtmlFormatter(nowrap=True))
    # a block that scrolls is reached by keyboard
    return f'<pre class="code {size}" tabindex="0"><code>{made.rstrip()}</code></pre>'


def outputs(
    cell: Mapping[str, Any], folder: str, *, slide: bool = True
) -> tuple[str, list[Picture]]:
    """Show what a cell made, on a slide as far as there is room.

    There a figure leaves none for a table, and a listing none for one that would go
    beyond the lower edge.

    Args:
        cell: a code cell with outputs.
        folder: where its figures will lie, seen from the page.
        slide: whether it is shown on one.

    Returns:
        HTML, empty where the cell made nothing, and the figures' files.
    """
    parts: list[str] = []
    files: list[Picture] = []
    rows = 0
    drawn = any(FIGURE in output.get("metadata", {}) for output in cell["outputs"])
    for output in cell["outputs"]:
        data, metadata = output.get("data", {}), output.get("metadata", {})
        if CAPTION in metadata:
            continue
        if FIGURE in metadata:
            words = metadata[FIGURE]
            row = _text(data.get("text/html", ""))
            wide = slide and row.count('class="panel"') == _IN_A_ROW
            if FRAMES in metadata or wide:  # sliders are complete in themselves
                shown = row
            else:
                file = picture(output)
                files.append(file)
                shown = f'<img src="{folder}/{file[0]}" alt="{escape(words["alt"])}">'
            caption = f"<figcaption>{escape(words['caption'])}</figcaption>"
            parts.append(f"<figure>{shown}{caption}</figure>")
        elif "text/markdown" in data:
            text = _text(data["text/markdown"])
            listed = sum(one["code"].count("\n") + 1 for one in _FENCED.finditer(text))
            if listed and slide and rows and rows + listed > _ROWS:
                continue
            rows += listed
            parts.append(markdown(text))
        elif "text/html" in data:
            if not (drawn and slide):
                parts.append(_text(data["text/html"]))
        elif "text/plain" in data:
            parts.append(f"<pre>{escape(_text(data['text/plain']))}</pre>")
        elif output.get("name") == "stdout":
            parts.append(f"<pre>{escape(_text(output['text']))}</pre>")
    return "".join(parts), files


def picture(output: Mapping[str, Any]) -> Picture:
    """Take the image out of a figure's output."""
    name, data = output["metadata"][FIGURE]["name"], output["data"]
    if "image/svg+xml" in data:
        return f"{name}.svg", _text(data["image/svg+xml"]).encode("utf-8")
    return f"{name}.png", b64decode(_text(data["image/png"]))


def address(file: Picture) -> str:
    """A figure as the address of an image that stands in the page itself."""
    name, data = file
    return f"data:{_MIMES[Path(name).suffix]};base64,{b64encode(data).decode()}"


def _prose(text: str) -> str:
    return str(_renderer().render(text)) if text.strip() else ""


@cache
def _renderer() -> Any:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    return MarkdownWithMath(
        renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)
    )


def _text(value: Any) -> str:
    return "".join(value) if isinstance(value, list) else str(value)
