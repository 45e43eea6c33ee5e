"""The parts of the book's pages that are made from records, not written.

A page asks for one with a line ``% insert: <name>``, a comment in MyST.
"""

import re
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import yaml

from support.claims import (
    MINIMUM_SEEDS,
    Judgement,
    judge,
    load_claims,
    load_results,
    select,
)
from support.course.chapters import Chapter
from support.course.errors import CourseError

__all__ = [
    "PARTS",
    "VERDICTS",
    "badge",
    "fill",
    "ledger",
    "load_papers",
    "paper_map",
    "with_badges",
]

PARTS = {
    "I": "Representations and information",
    "II": "Fair and explainable decisions",
    "III": "Explainable audio",
    "IV": "Who is speaking",
    "V": "Listening in rooms",
}
# A verdict is a word and a shape, never a colour alone.
VERDICTS = {
    "reproduced": "●",
    "direction only": "◐",
    "inconclusive": "○",
    "contradicted": "✕",
    "not testable here": "–",
    "too few seeds": "…",
    "no record yet": "·",
}
_CLAIM_CELL = re.compile(r'<th scope="row">\w+\.\w+</th>')
_VERDICT_CELL = re.compile(f"<td>({'|'.join(VERDICTS)})</td>")
_INSERT = re.compile(r"^% insert: (?P<name>[a-z_]+)$", re.MULTILINE)
_KEYS = ("slug", "part", "title", "authors", "venue", "year", "arxiv", "sentence")


def fill(text: str, page: str, root: Path, chapters: Sequence[Chapter]) -> str:
    """Put the made parts into a page.

    Args:
        text: the page, in MyST.
        page: its path, named in errors.
        root: the project's folder.
        chapters: those that exist.

    Returns:
        The page with every ``% insert:`` line replaced.

    Raises:
        CourseError: the page asks for a part that nothing makes.
    """
    makers: dict[str, Callable[[], str]] = {
        "map": lambda: paper_map(load_papers(root), chapters),
        "ledger": lambda: ledger(chapters),
        "bibliography": lambda: _bibliography(load_papers(root)),
        "datasets": _datasets,
        "counts": lambda: _counts(load_papers(root), chapters),
    }

    def made(match: re.Match[str]) -> str:
        name = match.group("name")
        if name not in makers:
            raise CourseError(
                f"{page}: '% insert: {name}' is unknown; there are {sorted(makers)}."
            )
        return makers[name]().strip()

    return _INSERT.sub(made, text)


def load_papers(root: Path) -> list[dict[str, Any]]:
    """Read ``book/papers.yml``: the nineteen papers in the book's order.

    Args:
        root: the project's folder.

    Returns:
        One mapping a paper; none when there is no such file.

    Raises:
        CourseError: an entry lacks a key, or names an unknown part.
    """
    path = root / "book" / "papers.yml"
    if not path.is_file():
        return []
    papers = yaml.safe_load(path.read_text("utf-8"))
    for paper in papers:
        missing = [key for key in _KEYS if not paper.get(key)]
        if missing or paper["part"] not in PARTS:
            raise CourseError(
                f"book/papers.yml: {paper.get('slug')!r} lacks {missing}, or its part "
                f"is none of {list(PARTS)}."
            )
    return list(papers)


def paper_map(papers: Sequence[dict[str, Any]], chapters: Sequence[Chapter]) -> str:
    """The map of the papers by part; those not yet written are marked so.

    Args:
        papers: of :func:`load_papers`.
        chapters: those that exist.

    Returns:
        MyST text.
    """
    written = {chapter.slug: chapter for chapter in chapters}
    lines = []
    for part, name in PARTS.items():
        lines += [f"### {part}. {name}", ""]
        for number, paper in enumerate(papers, 1):
            if paper["part"] == part:
                lines += _paper(paper, number, written.get(paper["slug"]))
    return "\n".join(lines)


def ledger(chapters: Sequence[Chapter]) -> str:
    """The table of every claim of every chapter with its verdict.

    Args:
        chapters: those that exist; one without ``claims.yml`` has no rows.

    Returns:
        MyST text around an HTML table, complete without scripts.
    """
    groups = [
        (chapter, _judgements(chapter))
        for chapter in chapters
        if chapter.claims.is_file()
    ]
    if not groups:
        return "No chapter has claims yet."
    counts: dict[str, int] = {}
    for _, rows in groups:
        for _, _, verdict in rows:
            counts[verdict] = counts.get(verdict, 0) + 1
    total = sum(counts.values())
    summary = ", ".join(
        f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts
    )
    head = "".join(
        f'<th scope="col" role="columnheader">{title}</th>'
        for title in (
            "Claim",
            "The paper",
            "Ours",
            "Wanted",
            "Seeds",
            "Verdict",
        )
    )
    body = "".join(
        _row(chapter, item, profile, verdict)
        for chapter, rows in groups
        for item, profile, verdict in rows
    )
    return (
        f"There are {total} claims here: {summary}.\n\n"
        '<div class="ledger">'
        '<table class="claims ledger-table" id="ledger" role="table">'
        "<caption>Every claim of every chapter, judged over its recorded seeds"
        f'</caption><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table></div>\n'
    )


def _judgements(chapter: Chapter) -> list[tuple[Judgement, str, str]]:
    """Judge each claim in every profile that has a record; quick when none has."""
    try:
        claims, records = load_claims(chapter.claims), load_results(chapter.results)
    except ValueError as error:
        raise CourseError(str(error)) from error
    profiles = [
        profile
        for profile in MINIMUM_SEEDS
        if any(record["profile"] == profile for record in records)
    ]
    rows: list[tuple[Judgement, str, str]] = []
    for claim in claims:
        shown = profiles[:1] if claim.not_testable else profiles
        for profile in shown or ["quick"]:
            values = select(records, claim.id, profile=profile)
            item = judge(claim, values, minimum=MINIMUM_SEEDS[profile])
            none = not values and not claim.not_testable
            rows.append((item, profile, "no record yet" if none else item.verdict))
    return rows


def _row(chapter: Chapter, item: Judgement, profile: str, verdict: str) -> str:
    claim = item.claim
    count = max(MINIMUM_SEEDS[profile], item.seeds)
    command = f"course run {chapter.slug} --seeds 0-{count - 1} --record"
    if profile != "quick":
        command += f" --profile {profile}"
    page = f"../chapters/{chapter.slug}/lesson.html"
    if claim.not_testable:
        more = f'<p class="claim-more">Not tested: {escape(claim.not_testable)}</p>'
    else:
        more = (
            '<details class="claim-more"><summary>How measured, and again</summary>'
            f"<p>{escape(claim.statistic)}.</p><p><code>{escape(command)}</code></p>"
            "</details>"
        )
    first = (
        f'<th scope="row" role="rowheader"><a href="{page}">{escape(claim.id)}</a> '
        f'<span class="claim-where">{escape(claim.where)}</span>'
        f'<p class="claim-statement">{escape(claim.statement)}</p>{more}</th>'
    )
    seeds = f"{item.seeds}, {profile}" if item.seeds else "–"
    cells = (
        ("The paper", escape(claim.paper)),
        ("Ours", escape(item.ours)),
        ("Wanted", escape(claim.wanted)),
        ("Seeds", seeds),
        ("Verdict", badge(verdict)),
    )
    rest = "".join(
        f'<td role="cell" data-label="{label}">{content}</td>'
        for label, content in cells
    )
    return (
        f'<tr role="row" data-chapter="{escape(chapter.title)}" '
        f'data-verdict="{verdict}">{first}{rest}</tr>'
    )


def badge(verdict: str) -> str:
    """Show a verdict as HTML: a shape, its word, and a colour on top."""
    name = verdict.replace(" ", "-")
    return (
        f'<span class="verdict verdict-{name}"><span aria-hidden="true">'
        f"{VERDICTS[verdict]}</span> {verdict}</span>"
    )


def with_badges(html: str) -> str:
    """Show the verdicts in a lesson's claims table as on the ledger's page.

    Args:
        html: a table that a lesson displayed.

    Returns:
        The table; other HTML is returned as it is.
    """
    if 'class="claims"' not in html:
        return html
    html = _CLAIM_CELL.sub(lambda cell: cell[0].replace("_", "_<wbr>"), html)
    return _VERDICT_CELL.sub(lambda cell: f"<td>{badge(cell[1])}</td>", html)


def _paper(paper: dict[str, Any], number: int, chapter: Chapter | None) -> list[str]:
    title = paper["title"]
    link = f"[{title}](/chapters/{paper['slug']}/lesson.ipynb)" if chapter else title
    state = "Chapter" if chapter else "Not yet written"
    kind = "written" if chapter else "planned"
    return [
        f"::::{{div}} paper paper-{kind}",
        f'<span class="paper-number">{number}</span>',
        "",
        f'**{link}** <span class="paper-state">{state}</span>',
        "",
        paper["sentence"],
        "",
        f'<span class="paper-source">{escape(paper["authors"])}. '
        f"{escape(paper['venue'])}, {paper['year']}. </span>"
        f"[arXiv:{paper['arxiv']}](https://arxiv.org/abs/{paper['arxiv']})",
        "::::",
        "",
    ]


def _counts(papers: Sequence[dict[str, Any]], chapters: Sequence[Chapter]) -> str:
    written = {chapter.slug for chapter in chapters}
    count = sum(paper["slug"] in written for paper in papers)
    return (
        f"Of the {len(papers)} papers, {count} have their chapter; "
        "the others are marked as not yet written."
    )


def _bibliography(papers: Sequence[dict[str, Any]]) -> str:
    """The nineteen papers, then all other works: two lists without overlap."""
    keys = "|".join(paper["slug"] for paper in papers)
    lists = (
        ("The papers of the chapters", "P", f'key % "^({keys})$"'),
        ("Other works", "W", f'not key % "^({keys})$"'),
    )
    return "\n".join(
        f"## {title}\n\n```{{bibliography}}\n:labelprefix: {prefix}\n"
        f":filter: {condition}\n```\n"
        for title, prefix, condition in lists
    )


def _datasets() -> str:
    try:
        from support.course import datasets_page
    except ImportError:
        return "The table of data sets is made by `course data list`."
    return str(datasets_page.render())
