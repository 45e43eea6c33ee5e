"""The claims ledger: every claim in every setting that has a record, judged."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from support.claims import MINIMUM_SEEDS, Judgement, judge, load_claims, select
from support.course.pages.html_tables import Cell, Row, html_table
from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError
from support.course.results.settings import (
    Setting,
    anchor,
    by_setting,
    command,
    records_of,
)
from support.course.results.verdicts import VERDICTS, badge

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
_NONE = "no record yet"


class _Entry(NamedTuple):
    item: Judgement
    setting: Setting
    device: str
    verdict: str


def ledger(chapters: Sequence[Chapter]) -> str:
    """The table of every claim of every chapter with its verdict.

    Args:
        chapters: those that exist; one without ``claims.yml`` has no rows.

    Returns:
        MyST text around an HTML table, complete without scripts.

    Raises:
        CourseError: claims or records cannot be read.
    """
    found = [
        (chapter, entry)
        for chapter in chapters
        if chapter.claims.is_file()
        for entry in _entries(chapter)
    ]
    if not found:
        return "No chapter has claims yet."
    counts: dict[str, int] = {}
    for _, entry in found:
        counts[entry.verdict] = counts.get(entry.verdict, 0) + 1
    claims = len({entry.item.claim.id for _, entry in found})
    summary = ", ".join(
        f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts
    )
    table = html_table(
        "ledger",
        "Every claim of every chapter, judged over its recorded seeds",
        _COLUMNS,
        [_row(chapter, entry) for chapter, entry in found],
        filters=_FILTERS,
        noun="claims",
    )
    judged = "" if claims == len(found) else f", in {len(found)} judgements"
    return f"There are {claims} claims here{judged}: {summary}.\n\n{table}"


def _entries(chapter: Chapter) -> list[_Entry]:
    """Judge each claim in every setting that has a record; quick when none has."""
    try:
        claims = load_claims(chapter.claims)
    except ValueError as error:
        raise CourseError(str(error)) from error
    records = [record for record in records_of(chapter) if not record["method"]]
    settings = by_setting(records)
    usual = Setting("quick", "embedded")
    entries = []
    for claim in claims:
        shown = list(settings) or [usual]
        for setting in shown[:1] if claim.not_testable else shown:
            values = select(
                records, claim.id, profile=setting.profile, dataset=setting.dataset
            )
            item = judge(claim, values, minimum=MINIMUM_SEEDS[setting.profile])
            none = not values and not claim.not_testable
            device = _devices(settings.get(setting, []), claim.id)
            entries.append(
                _Entry(item, setting, device, _NONE if none else item.verdict)
            )
    return entries


def _devices(records: Sequence[Mapping[str, Any]], claim: str) -> str:
    """The devices of the records that hold a claim: mostly one."""
    found = {str(r.get("device", "–")) for r in records if claim in r["claims"]}
    return ", ".join(sorted(found)) or "–"


def _shown(item: Judgement, value: float) -> str:
    return item.claim.shown(value).replace("-", "−")


def _row(chapter: Chapter, entry: _Entry) -> Row:
    item, setting = entry.item, entry.setting
    claim = item.claim
    again = command(chapter.slug, setting, item.seeds)
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
    if item.seeds > 1:
        interval = f"[{_shown(item, item.low)}, {_shown(item, item.high)}]"
    run = "–"
    if item.seeds:
        run = f"{setting.profile}, {escape(setting.dataset)}, {escape(entry.device)}"
    return Row(
        Cell(head),
        (
            Cell(escape(claim.paper)),
            Cell(ours, item.mean),
            Cell(interval, item.low),
            Cell(escape(claim.wanted), None if claim.not_testable else claim.margin),
            Cell(badge(entry.verdict), list(VERDICTS).index(entry.verdict)),
            Cell(str(item.seeds or "–"), item.seeds),
            Cell(run),
        ),
        {
            "chapter": chapter.title,
            "verdict": entry.verdict,
            "profile": setting.profile,
            "dataset": setting.dataset,
            "device": entry.device,
        },
    )
