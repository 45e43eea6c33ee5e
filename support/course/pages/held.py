"""What held and what did not, by chapter, and what the real data are."""

from collections import Counter
from html import escape

from support.course.pages.html_tables import Cell, Row, html_table
from support.course.pages.marks import papers_claims
from support.course.project.chapters import Chapter
from support.course.project.project import Project
from support.course.results.reading import claims_of
from support.data.acquisition.registry import corpus
from support.data.errors import UnknownCorpusError

__all__ = ["corpora_table", "numbered", "verdict_table"]


def numbered(project: Project) -> list[tuple[int, Chapter]]:
    """The chapters that have claims, each with its number in the book."""
    order = [paper["slug"] for paper in project.papers]
    return [
        (order.index(chapter.slug) + 1, chapter)
        for chapter in project.chapters
        if chapter.slug in order and chapter.claims.is_file()
    ]


def verdict_table(project: Project) -> str:
    """How many claims of each paper held: on embedded data, on real, on both."""
    rows, totals = [], Counter[str]()
    for number, chapter in numbered(project):
        cells = _cells(chapter)
        totals.update({name: value for name, value in cells.items() if value > 0})
        rows.append(Row(_head(number, chapter), _row(cells)))
    rows.append(Row(Cell("All chapters"), _row(totals)))
    return html_table(
        "held-by-chapter",
        "Claims of the papers that held, by chapter",
        ["Chapter", "On embedded data", "On real data", "On both, of those tested on "
         "both", "Contradicted on either", "Not testable here"],
        rows,
        noun="",
        kind="claims-matrix",
    )  # fmt: skip


def _head(number: int, chapter: Chapter) -> Cell:
    link = f'<a href="../chapters/{chapter.slug}/lesson.html">'
    return Cell(f"{number}. {link}{escape(chapter.title)}</a>")


def _cells(chapter: Chapter) -> dict[str, int]:
    """Counts of claims, by what is counted."""
    found: dict[str, int] = {}
    held: list[set[str]] = []
    tested: list[set[str]] = []
    against: set[str] = set()
    for real in (False, True):
        items = papers_claims(chapter, real=real)
        tested.append({item.claim.id for item in items})
        fell = {item.claim.id for item in items if item.verdict != "reproduced"}
        held.append(tested[-1] - fell)
        against |= {i.claim.id for i in items if i.verdict == "contradicted"}
        found[f"held {real}"], found[f"tested {real}"] = len(held[-1]), len(tested[-1])
    found["held both"] = len(held[0] & held[1])
    found["tested both"] = len(tested[0] & tested[1])
    found["contradicted"] = len(against)
    found["closed"] = sum(bool(claim.not_testable) for claim in claims_of(chapter))
    return found


def _row(counts: dict[str, int] | Counter[str]) -> list[Cell]:
    pairs = [
        f"{counts.get(f'held {where}', 0)} of {counts.get(f'tested {where}', 0)}"
        for where in (False, True, "both")
    ]
    single = [str(counts.get(name) or "–") for name in ("contradicted", "closed")]
    return [Cell(text) for text in (*pairs, *single)]


def corpora_table(project: Project) -> str:
    """What both data are, chapter by chapter; the real in the registry's words."""
    drawn = {paper["slug"]: paper.get("embedded", "–") for paper in project.papers}
    rows = []
    for number, chapter in numbered(project):
        read = {name for claim in claims_of(chapter) for name in claim.reads}
        words = [_corpus(name) for name in sorted(read - {"embedded"})]
        cells = [escape(drawn[chapter.slug]), "; ".join(words) or "none"]
        rows.append(Row(_head(number, chapter), [Cell(cell) for cell in cells]))
    return html_table(
        "held-data",
        "The data of each chapter",
        ["Chapter", "Embedded data", "Real data of its claims"],
        rows,
        noun="",
    )


def _corpus(name: str) -> str:
    try:
        row = corpus(name)
    except UnknownCorpusError:
        return f"<code>{escape(name)}</code>"
    place = f"datasets.html#data-{name.replace('_', '-')}"
    return f'<a href="{place}">{escape(row.title)}</a>: {escape(row.content)}'
