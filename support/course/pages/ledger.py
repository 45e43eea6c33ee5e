"""The claims ledger: every claim in every setting that has a record, judged."""

import math
from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from support.course.pages.html_tables import Cell, Row, anchor, html_table
from support.course.project.chapters import Chapter
from support.course.project.project import Project
from support.course.results.reading import claims_of, command, records_of
from support.judgements import Judgement, judge_all, tally
from support.records import Record, Setting
from support.verdicts import VERDICTS, badge

__all__ = ["ledger"]

_COLUMNS = (
    "Claim",
    "The paper",
    "Ours",
    "95 % interval",
    "Margin",
    "Verdict",
    "Seeds",
    "Run",
)
_FILTERS = {
    "chapter": "Chapter",
    "profile": "Profile",
    "dataset": "Data",
    "device": "Device",
    "verdict": "Verdict",
}


class _Entry(NamedTuple):
    chapter: Chapter
    item: Judgement
    setting: Setting
    device: str


def ledger(project: Project) -> str:
    """The table of every claim of every chapter with its verdict.

    Args:
        project: whose chapters; one without ``claims.yml`` has no rows.

    Returns:
        MyST text around an HTML table, complete without scripts.

    Raises:
        CourseError: claims or records cannot be read.
    """
    found = [
        entry
        for chapter in project.chapters
        if chapter.claims.is_file()
        for entry in _entries(chapter)
    ]
    if not found:
        return "No chapter has claims yet."
    table = html_table(
        "ledger",
        "Every claim of every chapter, judged over its recorded seeds",
        _COLUMNS,
        [_row(entry) for entry in found],
        filters=_FILTERS,
        noun="claims",
    )
    counts = "\n".join(f"- {line}." for line in tally(one.item for one in found))
    return f"{counts}\n\n{table}"


def _entries(chapter: Chapter) -> list[_Entry]:
    """Judge each claim in every setting that has a record; quick when none has."""
    claims = claims_of(chapter)
    records = records_of(chapter)
    settings = records.settings or [Setting()]
    judged = [judge_all(claims, records, setting) for setting in settings]
    return [
        _Entry(chapter, item, setting, _devices(records.of(setting), item.claim.id))
        for items in zip(*judged, strict=True)
        for item, setting in zip(items, settings, strict=True)
        if setting is settings[0] or not item.claim.not_testable
    ]


def _devices(records: Iterable[Record], claim: str) -> str:
    """The devices of the records that hold a claim: mostly one."""
    found = {record.device or "–" for record in records if claim in record.claims}
    return ", ".join(sorted(found)) or "–"


def _shown(item: Judgement, value: float) -> str:
    return item.claim.shown(value).replace("-", "−")


def _row(entry: _Entry) -> Row:
    chapter, item, setting, device = entry
    claim = item.claim
    again = command(chapter.slug, setting)
    folder = f"../chapters/{chapter.slug}"
    if claim.not_testable:
        more = f'<p class="claim-more">Not tested: {escape(claim.not_testable)}</p>'
    else:
        more = (
            '<details class="claim-more"><summary>How measured, and again</summary>'
            f"<p>{escape(claim.statistic)}.</p><p><code>{escape(again)}</code></p>"
            "</details>"
        )
    head = (
        f'<a href="{folder}/lesson.html">{escape(claim.id)}</a> '
        f'<span class="claim-where">{escape(claim.where)}</span>'
        f'<p class="claim-statement">{escape(claim.statement)}</p>{more}'
    )
    ours, interval = "–", "–"
    if item.seeds:
        place = anchor("seeds", *setting, claim.id)
        ours = (
            f'<a href="{folder}/benchmark.html#{place}">{_shown(item, item.mean)}</a>'
        )
    if not math.isnan(item.low):
        interval = f"[{_shown(item, item.low)}, {_shown(item, item.high)}]"
    run = "–"
    if item.seeds:
        run = f"{setting.profile}, {escape(setting.dataset)}, {escape(device)}"
    return Row(
        Cell(head),
        (
            Cell(escape(claim.paper)),
            Cell(ours, item.mean),
            Cell(interval, item.low),
            Cell(escape(claim.wanted), None if claim.not_testable else claim.margin),
            Cell(badge(item.verdict), list(VERDICTS).index(item.verdict)),
            Cell(str(item.seeds or "–"), item.seeds),
            Cell(run),
        ),
        {
            "chapter": chapter.title,
            "verdict": item.verdict,
            "profile": setting.profile,
            "dataset": setting.dataset,
            "device": device,
        },
    )
