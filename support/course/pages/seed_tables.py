"""Every value of a record, seed by seed: where each number of a page leads."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from support.course.pages.html_tables import Cell, Row, html_table, number
from support.course.results.settings import Setting, anchor

__all__ = ["seed_tables"]

_Record = Mapping[str, Any]
_Scores = Mapping[str, Mapping[str, Mapping[int, float]]]


def seed_tables(setting: Setting, records: Sequence[_Record], scores: _Scores) -> str:
    """Three tables of one setting: claims, scores, and the runs themselves.

    Args:
        setting: profile and data set.
        records: of this setting, one a seed and method.
        scores: by metric, method and seed.

    Returns:
        MyST text around HTML tables.
    """
    own = [record for record in records if not record["method"]]
    seeds = sorted({int(record["seed"]) for record in records})
    parts = [f"## Seed by seed: {setting.words}"]
    if own:
        parts.append(_claims(setting, own, seeds))
    if scores:
        parts.append(_scores(setting, scores, seeds))
    parts.append(_runs(setting, records))
    return "\n\n".join(parts)


def _claims(setting: Setting, records: Sequence[_Record], seeds: Sequence[int]) -> str:
    names = list(dict.fromkeys(name for r in records for name in r["claims"]))
    by_seed = {int(record["seed"]): record["claims"] for record in records}
    rows = [
        Row(
            Cell(escape(name)),
            [_value(by_seed.get(seed, {}).get(name)) for seed in seeds],
            id=anchor("seeds", *setting, name),
        )
        for name in names
    ]
    return html_table(
        anchor("claims", *setting),
        "The statistic of each claim",
        ["Claim", *(f"seed {seed}" for seed in seeds)],
        rows,
        noun="claims",
        kind="seed-table",
    )


def _scores(setting: Setting, scores: _Scores, seeds: Sequence[int]) -> str:
    rows = [
        Row(
            Cell(escape(metric)),
            [
                Cell(escape(method)),
                *(_value(by_seed.get(seed)) for seed in seeds),
            ],
            {"metric": metric, "method": method},
            anchor("scores", *setting, metric, method),
        )
        for metric, methods in scores.items()
        for method, by_seed in methods.items()
    ]
    return html_table(
        anchor("values", *setting),
        "The metrics of each method",
        ["Metric", "Method", *(f"seed {seed}" for seed in seeds)],
        rows,
        filters={"metric": "Metric", "method": "Method"},
        noun="rows",
        kind="seed-table",
    )


def _runs(setting: Setting, records: Sequence[_Record]) -> str:
    columns = (
        "Seed", "Method", "Recorded", "Time", "Memory", "Device", "Precision", "Code",
        "Data", "Versions",
    )  # fmt: skip
    rows = [
        Row(
            Cell(str(record["seed"]), int(record["seed"])),
            (
                Cell(escape(str(record["method"] or "the chapter's"))),
                Cell(escape(str(record.get("recorded", "–"))[:10])),
                Cell(f"{record['wall_s']:.0f} s", record["wall_s"])
                if record.get("wall_s") is not None
                else Cell("–"),
                Cell(
                    f"{record['peak_rss_bytes'] / 1e6:.0f} MB",
                    record["peak_rss_bytes"],
                )
                if record.get("peak_rss_bytes")
                else Cell("–"),
                *(
                    Cell(escape(str(record.get(key) or "–")))
                    for key in ("device", "precision", "code_digest", "data_digest")
                ),
                Cell(_versions(record.get("versions") or {})),
            ),
        )
        for record in records
    ]
    return html_table(
        anchor("runs", *setting),
        "The runs: when, how long, on what, with which code and data",
        columns,
        rows,
        noun="runs",
        kind="seed-table",
    )


def _versions(versions: Mapping[str, str]) -> str:
    found = (f"{escape(name)} {escape(str(v))}" for name, v in versions.items())
    return ", ".join(found) or "–"


def _value(value: float | None) -> Cell:
    if value is None:
        return Cell("–")
    shown = number(value)
    if value and abs(value) < 5e-4:
        shown = f"{value:.0e}".replace("-", "−")
    return Cell(shown, value)
