"""A chapter's verdicts in one mark: a shape for each claim of its paper."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from support.claims import Claim
from support.course.project.chapters import Chapter
from support.course.results.reading import judged_everywhere
from support.judgements import Judgement
from support.verdicts import VERDICTS

__all__ = ["bearing", "counted", "figure", "marks", "papers_claims"]


def papers_claims(chapter: Chapter, *, real: bool) -> list[Judgement]:
    """The judged claims of a chapter's paper, in the quick profile.

    Args:
        chapter: whose claims and records.
        real: on recorded, photographed or drawn corpora; else on the embedded data.
            A claim that reads two of them is there twice.

    Returns:
        Those that are tested; none for a chapter without claims.

    Raises:
        CourseError: claims or records cannot be read.
    """
    if not chapter.claims.is_file():
        return []
    return [
        item
        for setting, items in judged_everywhere(chapter, profile="quick").items()
        if (setting.dataset != "embedded") == real
        for item in items
        if item.claim.kind == "paper" and not item.claim.not_testable
    ]


def bearing(claim: Claim) -> str:
    """What finding a question of ours would mean; nothing of other claims."""
    if not claim.bears:
        return ""
    if claim.bears == "neither":
        return "bears neither for nor against the thesis"
    return f"bears {claim.bears} the thesis"


def counted(items: Sequence[Judgement]) -> str:
    """How many there are of each verdict, in words.

    >>> counted([])
    'none tested'
    """
    counts = Counter(item.verdict for item in items)
    several = {"holds": "hold", "fails": "fail"}
    words = [
        f"{counts[one]} {several.get(one, one) if counts[one] > 1 else one}"
        for one in VERDICTS
        if one in counts
    ]
    return ", ".join(words) or "none tested"


def marks(items: Sequence[Judgement], what: str) -> str:
    """Show verdicts as a row of shapes, the same shapes together.

    Args:
        items: one a shape.
        what: of which data they tell, for those who hear the page.

    Returns:
        HTML; the shapes are hidden from a screen reader, which says the counts.
    """
    counts = Counter(item.verdict for item in items)
    shapes = "".join(
        f'<i class="mark-{one.replace(" ", "-")}">{shape * counts[one]}</i>'
        for one, shape in VERDICTS.items()
        if one in counts
    )
    words = escape(f"{what}: {counted(items)}")
    return f'<span class="marks" role="img" aria-label="{words}">{shapes or "–"}</span>'


def figure(content: str, size: tuple[int, int], words: str, caption: str) -> str:
    """Put a drawing of many verdicts into the page, with its words.

    Args:
        content: the SVG's elements.
        size: their width and height, in pixels.
        words: what the drawing shows, for those who hear the page.
        caption: under it, in plain text.
    """
    return (
        '<div class="verdict-figure"><svg class="verdict-picture" '
        f'viewBox="0 0 {size[0]} {size[1]}" role="img" aria-label="{escape(words)}">'
        f"{content}</svg><p>{escape(caption)}</p></div>"
    )
