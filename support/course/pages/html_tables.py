"""Tables of results in HTML: complete as they stand, sorted and filtered by a script.

A cell may carry the number it shows, for sorting; a row carries what it can be
filtered by.  The roles are spelt out since narrow screens show rows as cards, which
would take the table's meaning from a screen reader.
"""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

__all__ = ["Cell", "Row", "anchor", "folded", "html_table", "interval", "number"]


@dataclass(frozen=True)
class Cell:
    """What a cell shows, and by which number it is sorted.

    Args:
        html: its content, already escaped.
        value: the number behind it; None where it is text.
        id: an anchor for links.
    """

    html: str
    value: float | None = None
    id: str = ""


@dataclass(frozen=True)
class Row:
    """One row: the cell that names it, the others, and what it is filtered by.

    Args:
        head: the row's header.
        cells: one for each further column.
        filters: values by the filter's name, such as ``{"verdict": "reproduced"}``.
        id: an anchor for links.
    """

    head: Cell
    cells: Sequence[Cell]
    filters: Mapping[str, str] = field(default_factory=dict)
    id: str = ""


def html_table(
    name: str,
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    filters: Mapping[str, str] | None = None,
    noun: str = "rows",
    kind: str = "",
) -> str:
    """Write a table as one line of HTML that a page can hold.

    Args:
        name: the table's id, once a page.
        caption: what it holds, in plain text.
        columns: the columns' names, that of the rows' header first.
        rows: what it holds.
        filters: the title of each filter by its name; every row has all of them.
        noun: what a row is, for the line that counts those shown; a table without
            one is neither sorted nor filtered.
        kind: a further class, for its looks.

    Raises:
        ValueError: a row does not fit the columns, or lacks a filter.
    """
    filters = filters or {}
    head = "".join(
        f'<th scope="col" role="columnheader">{escape(column)}</th>'
        for column in columns
    )
    body = "".join(_row(row, columns, filters) for row in rows)
    asked = "".join(
        f' data-filter-{escape(key)}="{escape(title)}"'
        for key, title in filters.items()
    )
    counted = f' data-noun="{escape(noun)}"' if noun else ""
    classes = f"claims ledger-table {kind}".strip()
    return (
        f'<div class="ledger-box"><div class="ledger"><table class="{classes}" '
        f'id="{escape(name)}" '
        f'role="table"{counted}{asked}>'
        f"<caption>{escape(caption)}</caption>"
        f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table></div></div>\n'
    )


def folded(summary: str, *tables: str, paper: bool = False) -> str:
    """Fold tables under a line that opens them; links to their rows do so, too.

    Args:
        summary: the line, in plain text.
        tables: of :func:`html_table`.
        paper: whether they are printed even when nobody has opened them.
    """
    kind = "fold on-paper" if paper else "fold"
    return (
        f'<details class="{kind}"><summary>{escape(summary)}</summary>'
        f"{''.join(tables)}</details>"
    )


def number(value: float, digits: int | None = None) -> str:
    """A number for a cell: fixed decimals, a power of ten where they would show 0.

    Args:
        value: any; nan is shown as a dash.
        digits: decimals; by default those that leave about three places.

    >>> number(0.12345), number(88.5111), number(1234.5), number(-0.5), number(3e-5)
    ('0.123', '88.51', '1,234', '−0.500', '3e−05')
    """
    if math.isnan(value):
        return "–"
    if digits is None:
        size = abs(value)
        digits = 3 if size < 10 else 2 if size < 1000 else 0
    tiny = value and abs(value) < 10**-digits / 2
    return (f"{value:.0e}" if tiny else f"{value:,.{digits}f}").replace("-", "−")


def interval(low: float, high: float, digits: int | None = None) -> str:
    """An interval for a cell; a dash where there is none.

    >>> interval(-0.1, 0.25)
    '[−0.100, 0.250]'
    """
    if math.isnan(low):
        return "–"
    return f"[{number(low, digits)}, {number(high, digits)}]"


def anchor(*parts: str) -> str:
    """An id for a link: letters, digits, dashes, and a digest that tells B from B'.

    >>> anchor("seeds", "quick", "concepts.1a")
    'seeds-quick-concepts-1a-355b'
    """
    text = re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")
    return f"{text}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:4]}"


def _row(row: Row, columns: Sequence[str], filters: Mapping[str, str]) -> str:
    if len(row.cells) != len(columns) - 1 or set(row.filters) != set(filters):
        raise ValueError(
            f"a row of {columns[0]!r} has {len(row.cells)} cells and filters "
            f"{sorted(row.filters)}; give {len(columns) - 1} and {sorted(filters)}"
        )
    found = "".join(
        f' data-{escape(key)}="{escape(value)}"' for key, value in row.filters.items()
    )
    anchor = f' id="{escape(row.id)}"' if row.id else ""
    head = f'<th scope="row" role="rowheader"{_extra(row.head)}>{row.head.html}</th>'
    cells = "".join(
        f'<td role="cell" data-label="{escape(label)}"{_extra(cell)}>{cell.html}</td>'
        for label, cell in zip(columns[1:], row.cells, strict=True)
    )
    return f'<tr role="row"{anchor}{found}>{head}{cells}</tr>'


def _extra(cell: Cell) -> str:
    anchor = f' id="{escape(cell.id)}"' if cell.id else ""
    if cell.value is None or math.isnan(cell.value):
        return anchor
    return f'{anchor} data-value="{cell.value:.9g}"'
