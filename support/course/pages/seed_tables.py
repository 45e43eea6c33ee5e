"""Every value of a record, seed by seed: where each number of a page leads."""

import math
from collections.abc import Mapping, Sequence
from html import escape

from support.claims import Claim
from support.course.pages.html_tables import (
    Cell,
    Row,
    anchor,
    folded,
    html_table,
    number,
)
from support.course.project.words import duration, memory
from support.records import Record, Records, Setting

__all__ = ["seed_tables"]

_Scores = Mapping[str, Mapping[str, Mapping[int, float]]]


def seed_tables(
    setting: Setting, records: Records, scores: _Scores, claims: Sequence[Claim]
) -> str:
    """Three tables of one setting: claims, scores, and the runs themselves.

    Args:
        setting: profile and data set.
        records: of this setting, one a seed and method.
        scores: by metric, method and seed.
        claims: of the chapter; those that read this data set are shown, with the
            values that were measured under their terms of today.

    Returns:
        MyST text around HTML tables.
    """
    own = records.of(setting)
    seeds = sorted(set(records.seeds))
    parts = [f"## Seed by seed: {setting.words}"]
    read = [claim for claim in claims if setting.dataset in claim.reads]
    if len(own) and read:
        parts.append(
            folded("Show the claims, seed by seed", _claims(setting, own, seeds, read))
        )
    if scores:
        table = _scores(setting, scores, seeds)
        parts.append(folded("Show the metrics, seed by seed", table))
    parts.append(folded("Show the runs", _runs(setting, records)))
    return "\n\n".join(parts)


def _claims(
    setting: Setting, records: Records, seeds: Sequence[int], claims: Sequence[Claim]
) -> str:
    rows = []
    for claim in claims:
        values = records.values(claim.id, terms=claim.terms).tolist()
        by_seed = dict(zip(records.seeds, values, strict=True))
        rows.append(
            Row(
                Cell(escape(claim.id)),
                [_value(by_seed.get(seed, math.nan)) for seed in seeds],
                id=anchor("seeds", *setting, claim.id),
            )
        )
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
                *(_value(by_seed.get(seed, math.nan)) for seed in seeds),
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


def _runs(setting: Setting, records: Records) -> str:
    columns = (
        "Seed", "Method", "Recorded", "Time", "Memory", "Device", "Precision", "Code",
        "Data", "Versions",
    )  # fmt: skip
    return html_table(
        anchor("runs", *setting),
        "The runs: when, how long, on what, with which code and data",
        columns,
        [_run(record) for record in records],
        noun="runs",
        kind="seed-table",
    )


def _run(record: Record) -> Row:
    time, size = record.wall_s, record.peak_rss_bytes
    versions = ", ".join(f"{name} {v}" for name, v in (record.versions or {}).items())
    words = (
        record.device, record.precision, record.code_digest, record.data_digest,
        versions,
    )  # fmt: skip
    return Row(
        Cell(str(record.seed), record.seed),
        (
            Cell(escape(record.method or "the chapter's")),
            Cell(escape(record.recorded[:10] or "–")),
            Cell(duration(time), time) if time else Cell("–"),
            Cell(memory(size), size) if size else Cell("–"),
            *(Cell(escape(text or "–")) for text in words),
        ),
    )


def _value(value: float) -> Cell:
    return Cell(number(value), value)
