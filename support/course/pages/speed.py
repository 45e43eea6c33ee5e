"""The page "Speed": our kernels beside their peers, from the committed records."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from statistics import median
from typing import Any

from support.course.pages.html_tables import Cell, Row, folded, html_table, number
from support.course.pages.pictures import ratio_dots
from support.course.project.errors import CourseError
from support.course.project.project import Project

__all__ = ["outcome", "speed"]

_COLUMNS = ("What", "The peer", "Size", "Ours", "Theirs", "Ratio, 95 %", "Outcome")
_SHAPES = {"faster": "▲", "as fast": "=", "slower": "▼", "undecided": "?"}
_ALIKE = 1.25  # an interval around 1 that reaches no further is "as fast"
_BUSY = 0.5  # of the cores, on average over the minute before

_Line = Mapping[str, Any]


def speed(project: Project) -> str:
    """The tables of every device that has a record.

    Args:
        project: whose records lie in ``book/speed``.

    Returns:
        MyST text around HTML tables.

    Raises:
        CourseError: a record is damaged.
    """
    folder = project.root / "book" / "speed"
    records = [_load(path) for path in sorted(folder.glob("*.json"))]
    if not records:
        return (
            "No machine has been measured yet.  This fills the page:\n\n"
            "```sh\ncourse speed --record\n```"
        )
    return "\n\n".join(_section(record) for record in records)


def outcome(row: _Line) -> str:
    """What a row says: faster, as fast, slower, undecided, or why there is no time.

    >>> outcome({"state": "measured", "low": 1.2, "high": 1.4})
    'faster'
    >>> outcome({"state": "measured", "low": 0.9, "high": 1.1})
    'as fast'
    >>> outcome({"state": "measured", "low": 0.5, "high": 2.0})
    'undecided'
    """
    if row["state"] != "measured":
        return str(row["state"])
    if row["low"] > 1:
        return "faster"
    if row["high"] < 1:
        return "slower"
    alike = row["low"] > 1 / _ALIKE and row["high"] < _ALIKE
    return "as fast" if alike else "undecided"


def _load(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text("utf-8"))
        if record["schema"] != 1:
            raise ValueError(f"schema {record['schema']}, not 1")
        return {**record, "file": path.name, "rows": list(record["rows"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CourseError(
            f"book/speed/{path.name} is no valid record ({error}); measure again: "
            "course speed --record",
            exit_code=1,
        ) from error


def _section(record: _Line) -> str:
    device = str(record["device"]).partition(":")[0]
    rows = record["rows"]
    measured = [row for row in rows if row["state"] == "measured"]
    missing = sorted(
        {row["package"] for row in rows if row["state"] == "peer not installed"}
    )
    parts = [f"## On {'the CPU' if device == 'cpu' else 'a GPU'}", _machine(record)]
    if measured:
        parts += [_picture(measured), _summary(measured), _slower(measured)]
    if missing:
        parts.append(
            f"Not installed on that machine, so not measured: {', '.join(missing)}."
        )
    table = html_table(
        f"speed-{device}",
        "Time of one call, ours and the peer's, medians over rounds in turns",
        _COLUMNS,
        [_row(row) for row in rows],
        filters={"size": "Size", "outcome": "Outcome"},
        noun="measurements",
        kind="speed-table",
    )
    parts.append(folded(f"Show all {len(rows)} measurements", table))
    option = "" if device == "cpu" else f" --device {device}"
    parts.append(
        f"The whole record: {{download}}`{record['file']} <speed/{record['file']}>`.  "
        f"To measure again: `course speed{option} --record`; one kernel alone: "
        f'`course speed{option} --only "AUC"`.'
    )
    return "\n\n".join(parts)


def _machine(record: _Line) -> str:
    place = record["accelerator"] or record["processor"]
    versions = ", ".join(f"{k} {v}" for k, v in record["versions"].items())
    threads = f"{record['threads']} thread{'s' * (record['threads'] > 1)}"
    text = (
        f"Measured on {record['started'][:10]} on {escape(str(place))}, "
        f"{record['cores']} cores, on {threads}; {versions}."
    )
    load = f"load {record['load_before']}"
    if record["load_before"] > _BUSY * record["cores"]:
        return f"{text}  **The machine was busy** ({load}): take the times as rough."
    return f"{text}  The machine was quiet before ({load})."


def _hardest(rows: Sequence[_Line]) -> list[_Line]:
    """Of each kernel and size the row of the fastest peer."""
    hardest: dict[tuple[str, str], _Line] = {}
    for row in rows:
        key = (row["name"], row["size"])
        if key not in hardest or row["ratio"] < hardest[key]["ratio"]:
            hardest[key] = row
    return list(hardest.values())


def _picture(rows: Sequence[_Line]) -> str:
    ratios: dict[str, list[float]] = {}
    for row in _hardest(rows):
        ratios.setdefault(f"{row['size']} inputs", []).append(float(row["ratio"]))
    return ratio_dots(ratios)


def _summary(rows: Sequence[_Line]) -> str:
    """The goal, counted: never slower than the fastest peer."""
    against = _hardest(rows)
    said = [outcome(row) for row in against]
    good = said.count("faster") + said.count("as fast")
    middle = median(row["ratio"] for row in against)
    return (
        f"Against the fastest peer of each, ours is at least as fast in {good} of "
        f"{len(said)} measurements, slower in {said.count('slower')} and undecided in "
        f"{said.count('undecided')}; the median ratio is {number(middle, 2)}."
    )


def _slower(rows: Sequence[_Line]) -> str:
    """Name every place where a peer is faster."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if outcome(row) == "slower":
            found.setdefault((row["name"], row["peer"]), []).append(
                f"{row['size']} × {number(row['ratio'], 2)}"
            )
    if not found:
        return "No peer is faster than ours at any size."
    lines = [
        f"- {escape(name)}, beside {_code(peer)}: {', '.join(sizes)}"
        for (name, peer), sizes in found.items()
    ]
    return "**Where we are slower:**\n\n" + "\n".join(lines)


def _row(row: _Line) -> Row:
    version = f" {escape(row['version'])}" if row.get("version") else ""
    package = f"{escape(row['package'])}{version}" if row["package"] else "plain"
    note = f"<br>{escape(row['note'])}" if row.get("note") else ""
    what = (
        f"{escape(row['name'])}"
        f'<p class="claim-more">{_html_code(row["kernel"])}{note}</p>'
    )
    peer = f'{_html_code(row["peer"])}<p class="claim-more">{package}</p>'
    size = Cell(
        f"{row['size']}<br>{row['count']:,} {escape(row['unit'])}", row["count"]
    )
    said = outcome(row)
    if row["state"] == "measured":
        times = [
            Cell(_time(row["ours_s"]), row["ours_s"]),
            Cell(_time(row["theirs_s"]), row["theirs_s"]),
            Cell(
                f"× {_ratio(row['ratio'])}<br>"
                f"[{_ratio(row['low'])}, {_ratio(row['high'])}]",
                row["ratio"],
            ),
            Cell(f'<span aria-hidden="true">{_SHAPES[said]}</span>&nbsp;{said}'),
        ]
    else:
        times = [*(Cell("–") for _ in range(3)), Cell(escape(said))]
    return Row(Cell(what), (Cell(peer), size, *times), {
        "size": row["size"], "outcome": said,
    })  # fmt: skip


def _time(seconds: float) -> str:
    for unit, factor in (("s", 1), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def _dotted(peer: str) -> bool:
    return "." in peer and " " not in peer


def _code(peer: str) -> str:
    return f"`{peer}`" if _dotted(peer) else escape(peer)


def _html_code(peer: str) -> str:
    broken = escape(peer).replace(".", ".<wbr>")
    return f"<code>{broken}</code>" if _dotted(peer) else escape(peer)


def _ratio(value: float) -> str:
    """Three places, so that one very large ratio does not widen the column."""
    return number(value, 2 if value < 10 else 1 if value < 100 else 0)
