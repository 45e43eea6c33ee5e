"""The claims ledger: what the papers say, what the seeds say, and why that margin.

First a matrix of the papers' claims for embedded and for real data, then one row a
claim with its data sets side by side; theorems and questions of our own are folded.
It is complete without scripts: the numbers of the matrix lead to the rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape

from support.claims import Claim
from support.course.pages.forest import forest, span
from support.course.pages.html_tables import (
    Cell,
    Row,
    anchor,
    folded,
    html_table,
    number,
)
from support.course.pages.marks import bearing
from support.course.project.chapters import Chapter
from support.course.project.project import Project
from support.course.results.reading import claims_of, judged_everywhere, records_of
from support.judgements import Judgement, tally
from support.records import Records, Setting
from support.verdicts import KINDS, VERDICTS, Kind, badge

__all__ = ["headline", "ledger"]

_ALWAYS = ("reproduced", "direction only", "inconclusive", "contradicted")
_FOLDED: Mapping[Kind, str] = {
    "theorem": "Theorems, identities and agreeing implementations.  No seed may "
    "deviate by more than a bound of rounding; the largest deviation stands here.",
    "ours": "Controls, ablations, limits, rivals and extensions, held to their margin "
    "alone; each says what a “found” would mean for the paper's thesis.",
}


@dataclass(frozen=True)
class _Told:
    """A chapter with its claims, its records, and what these say."""

    chapter: Chapter

    @cached_property
    def claims(self) -> list[Claim]:
        return claims_of(self.chapter)

    @cached_property
    def records(self) -> Records:
        return records_of(self.chapter)

    @cached_property
    def judged(self) -> dict[Setting, dict[str, Judgement]]:
        found = judged_everywhere(self.chapter)
        return {
            setting: {item.claim.id: item for item in items}
            for setting, items in found.items()
        }

    def papers(self, *, real: bool) -> list[Judgement]:
        """The papers' claims in the quick profile, on embedded or on real data."""
        return [
            item
            for setting, items in self.judged.items()
            if setting.profile == "quick" and (setting.dataset != "embedded") == real
            for item in items.values()
            if item.claim.kind == "paper"
        ]


def headline(project: Project) -> str:
    """How the papers' claims fared in the quick profile, in one sentence.

    Raises:
        CourseError: claims or records cannot be read.
    """
    return f"{_counted(_told(project), 'paper') or 'No claim is recorded yet'}."


def ledger(project: Project) -> str:
    """Everything that the page of claims shows.

    Args:
        project: whose chapters; one without ``claims.yml`` has no rows.

    Returns:
        MyST text around HTML tables.

    Raises:
        CourseError: claims or records cannot be read.
    """
    told = _told(project)
    if not told:
        return "No chapter has claims yet."
    parts = ["## Claims of the papers", f"{_counted(told, 'paper')}."]
    parts += [_matrix(told, real=False), _matrix(told, real=True)]
    for one in told:
        if table := _table(one, "paper"):
            count = sum(claim.kind == "paper" for claim in one.claims)
            fold = folded(f"Show the {count} claims", table, paper=True)
            parts += [f"### {one.chapter.title}", _dates(one), fold]
    for kind, words in _FOLDED.items():
        name = KINDS[kind][1]
        tables = [table for one in told if (table := _table(one, kind))]
        if tables:
            parts += [
                f"## {name[0].upper()}{name[1:]}",
                f"{words}  {_counted(told, kind)}.",
                folded(f"Show the {name}", *tables),
            ]
    return "\n\n".join(parts)


def _counted(told: Sequence[_Told], kind: Kind) -> str:
    return "; ".join(
        tally(
            item
            for one in told
            for setting, items in one.judged.items()
            if setting.profile == "quick"
            for item in items.values()
            if item.claim.kind == kind
        )
    )


def _told(project: Project) -> list[_Told]:
    return [_Told(one) for one in project.chapters if one.claims.is_file()]


def _matrix(told: Sequence[_Told], *, real: bool) -> str:
    """Chapters by verdicts; every count names its claims and leads to them."""
    found = {one.chapter.title: one.papers(real=real) for one in told}
    every = [item for items in found.values() for item in items]
    seen = {item.verdict for item in every}
    verdicts = [one for one in VERDICTS if one in _ALWAYS or one in seen]
    rows = [
        Row(
            Cell(escape(title)),
            [
                _counted_claims([i for i in items if i.verdict == verdict])
                for verdict in verdicts
            ],
        )
        for title, items in found.items()
    ]
    total = [sum(item.verdict == verdict for item in every) for verdict in verdicts]
    rows.append(
        Row(Cell("All chapters"), [Cell(f"<strong>{n or '–'}</strong>") for n in total])
    )
    data = "real" if real else "embedded"
    return html_table(
        f"matrix-{data}",
        f"Claims of the papers on {data} data: how many, and which",
        ["Chapter", *verdicts],
        rows,
        noun="",
        kind="claims-matrix",
    )


def _counted_claims(items: Sequence[Judgement]) -> Cell:
    if not items:
        return Cell("–")
    links = " ".join(
        f'<a href="#{item.claim.id}">{escape(item.claim.id.rpartition(".")[2])}</a>'
        for item in items
    )
    return Cell(f"<strong>{len(items)}</strong> <small>{links}</small>")


def _dates(told: _Told) -> str:
    """When the claims were fixed and when the record was made, a line a setting."""
    folder = f"../chapters/{told.chapter.slug}"
    lines = [f'<p class="claims-dates"><a href="{folder}/lesson.html">The chapter</a>']
    for setting in told.judged:
        records = told.records.of(setting)
        data = f"<b>{escape(setting.dataset)}</b> data"
        if setting.profile != "quick":
            data += f", {setting.profile} profile"
        said = "no record yet"
        if len(records):
            place = f"{folder}/benchmark.html#{anchor('claims', *setting)}"
            said = f'{_made(records)}; <a href="{place}">seed by seed</a>'
        lines.append(f"{data}: {said}")
    return ".<br>".join(lines) + ".</p>"


def _made(records: Records) -> str:
    def days(name: str) -> str:
        found = sorted({str(getattr(one, name))[:10] for one in records} - {""})
        return " and ".join(dict.fromkeys((found[0], found[-1]))) if found else ""

    seeds = records.seeds
    together = seeds == list(range(seeds[0], seeds[-1] + 1)) and len(seeds) > 1
    listed = f"{seeds[0]}–{seeds[-1]}" if together else ", ".join(map(str, seeds))
    words = [f"seeds {listed}, run on {days('recorded') or 'an unknown day'}"]
    if claims := days("claims_committed"):
        words.append(f"claims committed on {claims}")
    if code := days("committed"):
        commits = sorted({one.commit[:10] for one in records if one.commit})
        words.append(
            f"code of {code} ({', '.join(f'<code>{one}</code>' for one in commits)})"
        )
    else:
        words.append("by code whose commit was not kept")
    return "; ".join(words)


def _table(told: _Told, kind: Kind) -> str:
    claims = [claim for claim in told.claims if claim.kind == kind]
    settings = [
        setting
        for setting, items in told.judged.items()
        if any(claim.id in items for claim in claims)
    ]
    if not claims:
        return ""
    columns = ["Claim", *(["The paper"] if kind == "paper" else [])]
    columns += [
        f"{one.dataset} data" + (", full profile" if one.profile == "full" else "")
        for one in settings
    ]
    return html_table(
        f"{kind}-{told.chapter.slug}",
        f"{told.chapter.title}: {KINDS[kind][1]}",
        columns,
        [_row(told, claim, settings) for claim in claims],
        noun="",
        kind="claims-table",
    )


def _row(told: _Told, claim: Claim, settings: Sequence[Setting]) -> Row:
    found = {setting: told.judged[setting].get(claim.id) for setting in settings}
    items = [item for item in found.values() if item]
    scale = span(claim, items)
    cells = []
    if claim.kind == "paper":
        origin = f" <small>({escape(claim.origin or '')})</small>"
        figure = escape(claim.paper) + (origin if claim.origin != "none" else "")
        cells.append(Cell(figure))
    for setting, item in found.items():
        if item is None or not claim.measured:
            cells.append(Cell("–"))
            continue
        drawn = forest(item, scale) if claim.kind == "paper" else ""
        seeds = len(told.records.of(setting))
        cells.append(Cell(badge(item.verdict) + drawn + _numbers(item, seeds)))
    return Row(Cell(_head(claim)), cells, id=claim.id)


def _numbers(item: Judgement, seeds: int) -> str:
    """Mean and interval, the corrected p, and what a reader should know."""
    if not item.seeds:
        return ""
    words = []
    if item.among:
        words.append(f"p {number(item.corrected, 3)}")
    if item.seeds != seeds:
        words.append(f"{item.seeds} of {seeds} seeds")
    words += item.remarks
    more = f"<small>{escape('; '.join(words))}</small>" if words else ""
    return f"<p>{item.ours.replace('-', '−')}</p>{more}"


def _head(claim: Claim) -> str:
    """The claim in its own words, and folded how it is measured and why so."""
    said = (
        f"<b>{escape(claim.id)}</b> <small>{escape(claim.where)}</small>"
        f"<p>{escape(claim.statement)}</p>"
    )
    if claim.not_testable:
        return f"{said}<small>Not testable here: {escape(claim.not_testable)}</small>"
    if claim.same_as:
        other = escape(claim.same_as)
        link = f'<a href="#{other}">{other}</a>'
        return f"{said}<small>Measured as {link}, not counted again</small>"
    wanted = f"wanted {claim.wanted}".replace("-", "−")
    if borne := bearing(claim):
        wanted += f"; {borne}"
    if claim.amended:
        wanted += f"; amended {max(str(one['date']) for one in claim.amended)}"
    why = " ".join(_sentence(text) for text in _reasons(claim))
    return f"{said}<details><summary>{escape(wanted)}</summary>{escape(why)}</details>"


def _reasons(claim: Claim) -> list[str]:
    found = [f"Measured: {claim.statistic}", f"Margin: {claim.margin_from}"]
    if claim.pilot:
        seen = f"{claim.pilot['value']:g} (seeds: {claim.pilot['seeds']})"
        found.append(f"A pilot was seen before the record: {seen}")
    if claim.kind != "paper" and claim.paper:
        found.append(f"The paper: {claim.paper}")
    if claim.baseline:
        found.append(f"Rival: {claim.baseline}")
    found += [f"{one['date']}: {one['what']}" for one in claim.amended]
    return found


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
