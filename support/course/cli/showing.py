"""``course bench show``: a folder's methods compared, in the terminal.

The statistics are those of the book's benchmark pages, from the folder alone: nothing
is imported into a chapter's record.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from support.course.bench.folder import Entry, Folder
from support.course.bench.settings import PAPER
from support.course.cli.summary import aligned
from support.course.pages.benchmark import Benchmark, declared, scores_of
from support.course.pages.html_tables import interval, number
from support.course.project.errors import CourseError, nearest
from support.course.project.project import Project
from support.records import Record, Setting

__all__ = ["show"]

_COLUMNS = (
    "metric", "method", "mean", "95 %", "difference", "95 %", "p, Holm", "g", "seeds",
)  # fmt: skip
_ARROWS = {"higher": " ↑", "lower": " ↓", "": ""}


def show(project: Project, folder: Folder, rival: str | None = None) -> str:
    """Write every comparison of a benchmark as text.

    Args:
        project: whose chapters say which method is the baseline.
        folder: of the benchmark.
        rival: a method that the others are tested against instead.

    Returns:
        Several lines: a table for each chapter, profile, data set and device, and what
        is missing from it.

    Raises:
        CourseError: the folder is none, or no run of it has such a method.
    """
    folder.require()
    groups: dict[tuple[str, Setting, str], list[Entry]] = {}
    damaged: list[str] = []
    for key, entry in folder.entries():
        if isinstance(entry, Entry):
            c = entry.configuration
            where = (c.chapter, Setting(c.profile, c.dataset), f"{c.device} {c.own}")
            groups.setdefault(where, []).append(entry)
        else:
            damaged.append(f"runs/{key}.json is damaged and left out: {entry}")
    if not groups:
        raise CourseError(f"{folder.path} holds no finished run.", exit_code=1)
    lines: list[str] = []
    for (slug, setting, device), entries in sorted(groups.items(), key=str):
        lines.append(f"{slug}: {setting.words}, device {device.strip()}")
        lines += [f"  {line}" for line in _comparison(project, slug, entries, rival)]
        lines.append("")
    lines += damaged
    lines.append(
        "Means over seeds; differences within a seed, tested by flipping signs, exact; "
        "p corrected by Holm for the methods of a metric."
    )
    return "\n".join(lines)


def _comparison(
    project: Project, slug: str, entries: Sequence[Entry], rival: str | None
) -> list[str]:
    records = [Record.of(one.record) for one in entries if one.record is not None]
    scores = scores_of(records)
    plan = next((declared(c) for c in project.chapters if c.slug == slug), Benchmark())
    methods = {name for values in scores.values() for name in values}
    if rival is not None and rival not in methods:
        raise CourseError(
            f"--against: got {rival!r}; {slug} has {', '.join(sorted(methods))}."
            f"{nearest(rival, methods)}"
        )
    baseline = rival or plan.baseline
    rows: list[tuple[str, ...]] = [_COLUMNS]
    for metric, values in scores.items():
        rows += _rows(metric + _ARROWS[plan.direction(metric)], values, baseline)
    lines = []
    if len(rows) > 1:
        if baseline in methods:
            lines.append(f"differences are to {baseline}")
        lines += aligned(rows)
    return lines + _missing(entries)


def _rows(
    metric: str, values: Mapping[str, Mapping[int, float]], baseline: str
) -> list[tuple[str, ...]]:
    from support.metrics.comparisons import against
    from support.metrics.intervals import mean_interval

    tested = {}
    if baseline in values:
        tested = {item.method: item for item in against(baseline, values)}
    rows: list[tuple[str, ...]] = []
    for method, by_seed in values.items():
        found = list(by_seed.values())
        low, high = mean_interval(found) if len(found) > 1 else (math.nan, math.nan)
        rest = ("", "", "", "")
        if item := tested.get(method):
            rest = (
                number(item.difference),
                interval(item.low, item.high),
                number(item.holm),
                number(item.effect.g, 2),
            )
        mean = number(math.fsum(found) / len(found))
        rows.append((metric, method, mean, interval(low, high), *rest, str(len(found))))
    return rows


def _missing(entries: Sequence[Entry]) -> list[str]:
    """Runs that did not end well, and methods of which two versions are mixed."""
    lines = []
    ended = Counter((_named(one), one.state) for one in entries if one.record is None)
    lines += [f"{name}: {count} {state}" for (name, state), count in ended.items()]
    unfinished = Counter(_named(one) for one in entries if one.failures)
    lines += [f"{name}: did not finish in {n}" for name, n in unfinished.items()]
    versions: dict[str, set[tuple[str, str]]] = {}
    for one in entries:
        versions.setdefault(_named(one), set()).add((one.code_digest, one.data_digest))
    lines += [
        f"{name}: its runs are of {len(found)} versions of code or data; run the same "
        "benchmark again"
        for name, found in versions.items()
        if len(found) > 1
    ]
    return lines


def _named(entry: Entry) -> str:
    return entry.configuration.method or PAPER
