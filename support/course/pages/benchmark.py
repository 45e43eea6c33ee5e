"""A chapter's benchmark page: its methods over seeds, tested, ranked, seed by seed.

The page is made of the chapter's records alone.  What its header says under
``course: benchmark:`` is which method the others are tested against, and of which
metrics more or less is better.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from html import escape
from typing import Any

import yaml

from support.course.pages.html_tables import (
    Cell,
    Row,
    anchor,
    html_table,
    interval,
    number,
)
from support.course.pages.over_datasets import over_datasets
from support.course.pages.pictures import Interval, methods_forest
from support.course.pages.seed_tables import seed_tables
from support.course.project.chapters import Chapter, front_matter
from support.course.project.errors import CourseError
from support.course.results.reading import claims_of, command, records_of
from support.records import Record, Records, Setting

__all__ = ["Benchmark", "benchmark_page", "declared", "scores_of", "with_pages"]

_COLUMNS = (
    "Metric",
    "Method",
    "Mean",
    "95 % interval",
    "Place",
    "Against {baseline}",
    "95 %, difference",
    "p, Holm",
    "Hedges g",
    "Seeds",
)
_WAYS = {
    "higher": ' <span aria-hidden="true">↑</span>'
    '<span class="visually-hidden">, more is better</span>',
    "lower": ' <span aria-hidden="true">↓</span>'
    '<span class="visually-hidden">, less is better</span>',
}
_DRAWN = 4  # metrics of a picture; the table has all
_Scores = dict[str, dict[str, dict[int, float]]]


@dataclass(frozen=True)
class Benchmark:
    """What a chapter's header says of its comparison.

    Args:
        baseline: the method that the others are tested against; empty for none.
        better: ``higher`` or ``lower`` by a pattern of metrics' names.
    """

    baseline: str = ""
    better: Mapping[str, str] | None = None

    def direction(self, metric: str) -> str:
        """``higher``, ``lower``, or nothing where neither is better."""
        for pattern, way in (self.better or {}).items():
            if fnmatchcase(metric, pattern):
                return way
        return ""


def declared(chapter: Chapter) -> Benchmark:
    """Read the block ``course: benchmark:`` of a lesson's header.

    Raises:
        CourseError: the block has unknown keys or values.
    """
    block = (front_matter(chapter.source("lesson")).get("course") or {}).get(
        "benchmark", {}
    )
    fits = isinstance(block, dict) and set(block) <= {"baseline", "better"}
    better = block.get("better", {}) if fits else None
    if not isinstance(better, dict) or not set(map(str, better.values())) <= {
        "higher",
        "lower",
    }:
        raise CourseError(
            f"{chapter.slug}/lesson.md: course.benchmark is {block!r}; give "
            "'baseline', a method, and 'better', higher or lower by a pattern of "
            "metrics' names."
        )
    return Benchmark(
        str(block.get("baseline", "")), {str(k): str(v) for k, v in better.items()}
    )


def scores_of(records: Iterable[Record]) -> _Scores:
    """Values by metric, method and seed.

    Of a run with a reader's own method only that method is taken; the others are
    those of the runs without.  A metric's name is read with spaces for underscores.

    >>> run = Record(profile="quick", dataset="embedded", method="", seed=0,
    ...              claims={}, scores={"CE": {"AUC": 0.5}})
    >>> scores_of([run])
    {'AUC': {'CE': {0: 0.5}}}
    """
    records = list(records)
    usual = {name for record in records if not record.method for name in record.scores}
    found: _Scores = {}
    for record in records:
        for method, metrics in record.scores.items():
            if record.method and method in usual:
                continue
            for metric, value in metrics.items():
                by_method = found.setdefault(metric.replace("_", " "), {})
                by_method.setdefault(method, {})[record.seed] = float(value)
    return {
        metric: dict(sorted(found[metric].items(), key=lambda item: item[0].lower()))
        for metric in sorted(found, key=str.lower)
    }


def benchmark_page(chapter: Chapter) -> str:
    """Write the page.

    Args:
        chapter: one with records.

    Returns:
        MyST text; empty where there is no record with scores.

    Raises:
        CourseError: the records are damaged, or the header's block is wrong.
    """
    records = records_of(chapter)
    if not len(records):
        return ""
    settings = {setting: records.of(setting, None) for setting in records.settings}
    scores = {setting: scores_of(found) for setting, found in settings.items()}
    plan = declared(chapter)
    parts = [
        "---\nhtml_theme.sidebar_secondary.remove: true\n---",
        f"# Benchmark: {chapter.title}",
        "Every method of [the chapter](lesson.ipynb) over its recorded seeds, and "
        "every number behind the verdicts.  The page is made of "
        "{download}`results.json <results.json>` alone.",
        _how_to_read(plan),
    ]
    for setting, found in settings.items():
        parts.append(f"## {setting.words.capitalize()}")
        parts.append(_made_by(chapter, setting, found))
        if scores[setting]:
            parts.append(_picture(setting, scores[setting], plan))
            parts.append(_table(setting, scores[setting], plan))
    parts.append(over_datasets(scores, plan.direction))
    claims = claims_of(chapter) if chapter.claims.is_file() else []
    for setting, found in settings.items():
        parts.append(seed_tables(setting, found, scores[setting], claims))
    return "\n\n".join(part for part in parts if part) + "\n"


def with_pages(contents: bytes, slugs: Sequence[str]) -> bytes:
    """Enter benchmark pages in a contents list, each last under its chapter.

    Args:
        contents: ``_toc.yml``.
        slugs: chapters that have such a page.
    """
    toc = yaml.safe_load(contents)
    pages = {f"chapters/{slug}/lesson": f"chapters/{slug}/benchmark" for slug in slugs}

    def enter(node: Any) -> None:
        if isinstance(node, dict):
            if page := pages.get(str(node.get("file"))):
                node.setdefault("sections", []).append({"file": page})
            for value in node.values():
                enter(value)
        elif isinstance(node, list):
            for value in node:
                enter(value)

    enter(toc)
    return yaml.safe_dump(toc, sort_keys=False, allow_unicode=True).encode("utf-8")


def _how_to_read(plan: Benchmark) -> str:
    text = (
        "The mean over seeds stands with its 95 % interval (by means of subsets).  "
        "A place counts the means of a metric of which more (↑) or less (↓) is "
        "better.  "
    )
    if not plan.baseline:
        return text + "No baseline is named for this chapter, so nothing is tested."
    return text + (
        f"Each method is tested against **{escape(plan.baseline)}**, the baseline that "
        "the chapter's header names, on the differences within a seed: the p-value is "
        "that of flipping their signs, exact, and corrected by Holm for all methods of "
        "the metric, not for the number of metrics.  "
        "Ten seeds cannot give a p-value below 0.002 before the correction, five none "
        "below 0.06.  "
        "Hedges' g is the mean difference in units of the differences' own deviation; "
        "methods share their seeds, so it is often large."
    )


def _made_by(chapter: Chapter, setting: Setting, records: Records) -> str:
    devices = ", ".join(sorted({str(record.device or "–") for record in records}))
    lines = [command(chapter.slug, setting, method) for method in records.methods]
    joined = "\n".join(lines)
    return (
        f"{len(records)} records on {devices}.  To make them again:\n\n"
        f"```sh\n{joined}\n```"
    )


def _picture(setting: Setting, scores: _Scores, plan: Benchmark) -> str:
    """The first metrics that compare methods; those with a better side go first."""
    compared = [metric for metric, methods in scores.items() if len(methods) > 1]
    compared.sort(key=lambda metric: not plan.direction(metric))
    shown = compared[:_DRAWN]
    return methods_forest(
        {
            metric: {name: _interval(by) for name, by in scores[metric].items()}
            for metric in shown
        },
        {metric: plan.direction(metric) for metric in shown},
        f"{setting.words.capitalize()}, {len(shown)} of {len(scores)} metrics",
    )


def _interval(by_seed: Mapping[int, float]) -> Interval:
    import numpy as np

    from support.metrics.intervals import mean_interval

    values = list(by_seed.values())
    low, high = mean_interval(values) if len(values) > 1 else (math.nan, math.nan)
    return float(np.mean(values)), low, high


def _table(setting: Setting, scores: _Scores, plan: Benchmark) -> str:
    columns = [
        column.format(baseline=plan.baseline or "the baseline") for column in _COLUMNS
    ]
    rows = [
        row
        for metric, values in scores.items()
        for row in _rows(setting, metric, values, plan)
    ]
    return html_table(
        anchor("benchmark", *setting),
        f"Methods and metrics over seeds, {setting.words}",
        columns,
        rows,
        filters={"metric": "Metric", "method": "Method"},
        noun="rows",
        kind="benchmark-table",
    )


def _rows(
    setting: Setting,
    metric: str,
    values: Mapping[str, Mapping[int, float]],
    plan: Benchmark,
) -> list[Row]:
    from support.metrics.comparisons import against

    found = {name: _interval(by) for name, by in values.items()}
    means = {name: mean for name, (mean, _, _) in found.items()}
    way = plan.direction(metric)
    order = sorted(means.values(), reverse=way == "higher") if way else []
    tested = {}
    if plan.baseline in values:
        tested = {item.method: item for item in against(plan.baseline, values)}
    rows = []
    for name, by_seed in values.items():
        _, low, high = found[name]
        link = f'<a href="#{anchor("scores", *setting, metric, name)}">'
        place = order.index(means[name]) + 1 if way else None
        item = tested.get(name)
        rest = [Cell("–")] * 4
        if item:
            g = item.effect
            shown = f"{number(g.g, 2)}<br>{interval(g.low, g.high, 2)}"
            rest = [
                Cell(_signed(item.difference), item.difference),
                Cell(interval(item.low, item.high), item.low),
                Cell(number(item.holm), item.holm),
                Cell("–" if math.isnan(g.g) else shown, g.g),
            ]
        elif name == plan.baseline:
            rest = [Cell("baseline"), *rest[1:]]
        label = escape(metric) + _WAYS.get(way, "")
        rows.append(
            Row(
                Cell(label),
                (
                    Cell(escape(name)),
                    Cell(f"{link}{number(means[name])}</a>", means[name]),
                    Cell(interval(low, high), low),
                    Cell(str(place or "–"), place),
                    *rest,
                    Cell(str(len(by_seed)), len(by_seed)),
                ),
                {"metric": metric, "method": name},
            )
        )
    return rows


def _signed(value: float) -> str:
    return f"+{number(value)}" if value > 0 else number(value)
