"""Tables that a screen reader, a terminal and a page all read."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd

__all__ = ["Marked", "show_table", "table"]


class Marked(str):
    """Text that a page shows by HTML of its own.

    Args:
        text: for a terminal.
        html: for a page, already escaped.
    """

    html: str

    def __new__(cls, text: str, html: str) -> "Marked":
        """Keep the HTML beside the text."""
        made = super().__new__(cls, text)
        made.html = html
        return made


def table(
    frame: pd.DataFrame, *, digits: int = 3, caption: str = "", measured: bool = False
) -> None:
    """Display a data frame; its index becomes the rows' headers.

    Args:
        frame: columns of numbers and text.
        digits: decimals of the numbers that are no integers.
        caption: what the table holds.
        measured: put ``≈`` before the decimals; needed in a ``check`` cell,
            where measured numbers may move between machines in the last digit.

    Raises:
        ValueError: the frame has no rows.
    """
    if not len(frame):
        raise ValueError(f"frame: the table {caption!r} has no rows; give at least one")
    sign = "≈ " if measured else ""

    def cell(value: Any) -> str:
        if isinstance(value, float):
            return "–" if pd.isna(value) else f"{sign}{value:.{digits}f}"
        return str(value)

    names = [name or "" for name in frame.index.names]
    header = [" · ".join(map(str, names)), *map(str, frame.columns)]
    rows = [
        [
            " · ".join(map(str, index)) if isinstance(index, tuple) else str(index),
            *(cell(value) for value in values),
        ]
        for index, *values in frame.astype(object).itertuples(name=None)
    ]
    show_table(caption, header, rows)


def show_table(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Display rows of text as plain text and accessible HTML, with extras.

    Args:
        caption: what the table holds.
        header: the columns' names.
        rows: cells of text, or `Marked`; the first of each row is its header.
        extra: further representations of the same output, by MIME type.
    """
    from IPython.display import display

    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in (header, *rows)
    ]
    plain = "\n".join([caption, *(line.rstrip() for line in lines)])
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "".join(
        f'<tr><th scope="row">{_html(row[0])}</th>'
        + "".join(f"<td>{_html(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    bundle: dict[str, Any] = {
        "text/plain": plain,
        "text/html": f'<table class="claims"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
    }
    bundle |= extra or {}
    display(bundle, raw=True)


def _html(cell: str) -> str:
    return cell.html if isinstance(cell, Marked) else escape(cell)
