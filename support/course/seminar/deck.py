"""A chapter's slides: the cells marked for them, in the order of the lesson."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from support.course.project.chapters import Chapter, read_notebook, tags
from support.course.project.lesson_rules import SHOWING
from support.course.seminar.markup import (
    Picture,
    code,
    headings,
    markdown,
    outputs,
)
from support.course.seminar.plain import Words, directives, plain
from support.judgements import Judgement, tally

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["FIGURES", "Slide", "faults", "make_slides", "verdict_slide"]

#: The folder of the figures, seen from the deck.
FIGURES = "figures"
_OWN = (8, 13)  # the build adds the title and the verdicts
_WORDS = 60
_LINES = 12
_SHORT = 90  # letters of a statement on the slide of verdicts
_DOUBTS = ("contradicted", "inconclusive", "direction only", "not testable here")
_STARTS = ("slide", "subslide")
_JOINS = ("fragment", "-")
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
_WORD = re.compile(r"[\w'’-]+")
_MATHS = re.compile(r"\$\$.*?\$\$|\$[^$]*\$", re.DOTALL)


@dataclass
class Slide:
    """One slide.

    Attributes:
        body: HTML.
        notes: HTML for the speaker.
        figures: files that it shows.
        source: the Markdown it was made of, where it was made of some.
    """

    body: str
    notes: str = ""
    figures: list[Picture] = field(default_factory=list)
    source: str = ""


def faults(chapter: Chapter) -> list[str]:
    """Check what can be known of a chapter's slides without its execution.

    Args:
        chapter: whose lesson.

    Returns:
        The faults in words; none where all is well.
    """
    cells = read_notebook(chapter.source("lesson")).cells
    found = []
    for place, cell in enumerate(cells):
        where = f"lesson.md, cell {place}"
        kind = _kind(cell)
        if "slide-only" in tags(cell) and cell.cell_type == "code":
            found.append(f"{where}: 'slide-only' is for Markdown; code cells all run")
        if "slide-only" in tags(cell) and kind not in (*_STARTS, *_JOINS):
            found.append(f"{where}: 'slide-only' without a slide_type is shown nowhere")
        if kind not in (*_STARTS, *_JOINS):
            continue
        if cell.cell_type == "code":
            lines = len(cell.source.splitlines())
            if lines > _LINES and not _calls(cell.source):
                found.append(f"{where}: {lines} lines on a slide; at most {_LINES}")
            continue
        if used := directives(cell.source):
            found.append(
                f"{where}: a slide holds plain Markdown, but this one uses "
                f"{{{used[0]}}}; write a cell tagged 'slide-only'"
            )
        count = len(_WORD.findall(_MATHS.sub(" ", cell.source)))
        if count > _WORDS:
            found.append(f"{where}: {count} words on a slide; at most {_WORDS}")
    count = sum(_kind(cell) in _STARTS for cell in cells)
    if not _OWN[0] <= count <= _OWN[1]:
        found.append(
            f"lesson.md: {count} cells begin a slide; mark {_OWN[0]} to {_OWN[1]} with "
            "slide_type slide or subslide (CONTRIBUTING.md shows how)"
        )
    return found


def make_slides(notebook: "NotebookNode", words: Words) -> list[Slide]:
    """Make the slides of a lesson, without the title slide.

    Args:
        notebook: the lesson with the outputs of its execution.
        words: what the text refers to.

    Returns:
        The slides in their order; each has one heading of level 2.
    """
    slides: list[Slide] = []
    heading = ""
    for cell in notebook.cells:
        prose = cell.source if cell.cell_type == "markdown" else ""
        kind = _kind(cell)
        if "teacher" in tags(cell) or kind == "notes":
            if slides:
                slides[-1].notes += markdown(headings(plain(prose, words), 3))
            continue
        for title in _HEADING.findall(prose):
            heading = plain(title, words)
        if kind not in (*_STARTS, *_JOINS):
            continue
        first = kind in _STARTS or not slides
        body, files = _body(cell, words, first)
        if first:
            if "<h2" not in body:
                body = markdown(f"## {heading}") + body
            slides.append(Slide(body, figures=files, source=prose))
        else:
            step = ' class="fragment"' if kind == "fragment" else ""
            slides[-1].body += f"<div{step}>{body}</div>"
            slides[-1].figures += files
            slides[-1].source += f"\n\n{prose}"
    return slides


def verdict_slide(judgements: Sequence[Judgement]) -> Slide:
    """Say how the chapter's claims fared over the recorded seeds.

    Args:
        judgements: of all its claims, on all its data sets.

    Returns:
        A slide: how the paper's claims fared and two of them to discuss; the notes
        have all of these, and how the other kinds fared.
    """
    papers = [item for item in judgements if item.claim.kind == "paper"]
    others = [item for item in judgements if item.claim.kind != "paper"]
    counts = "".join(f"<p>{escape(line)}.</p>" for line in tally(papers))
    rest = "".join(f"<p>{escape(line)}.</p>" for line in tally(others))
    ordered = sorted(
        (item for item in papers if item.verdict in _DOUBTS),
        key=lambda item: _DOUBTS.index(item.verdict),
    )
    doubts = list({item.claim.id: item for item in reversed(ordered)}.values())[::-1]
    said = "".join(f"<li>{_doubt(item, _SHORT)}</li>" for item in doubts[:2])
    whole = "".join(f"<li>{_doubt(item)}</li>" for item in doubts)
    talk = f"<p>To discuss:</p><ul>{said}</ul>" if said else ""
    return Slide(
        f"<h2>What the seeds say</h2>{counts}{talk}",
        notes="<p>Each verdict was decided by a margin fixed before the run. Ask what "
        f"would change it: more seeds, more data, another measure?</p>{rest}"
        + (f"<p>Open to discussion:</p><ul>{whole}</ul>" if whole else ""),
    )


def _doubt(item: Judgement, length: int = 10_000) -> str:
    """A claim whose verdict is worth a discussion; the notes hold it whole."""
    number = escape(item.claim.id.rpartition(".")[2])
    text = escape(shorten(item.claim.statement, length, placeholder=" …"))
    where = f" on {escape(item.dataset)} data" if item.seeds else ""
    return f"{number}: {text} <strong>{escape(item.verdict)}</strong>{where}"


def _body(cell: Any, words: Words, first: bool) -> tuple[str, list[Picture]]:
    if cell.cell_type == "code":
        made, files = outputs(cell, FIGURES)
        return (made, files) if made else (code(cell.source), [])
    text = plain(cell.source, words)
    return markdown(headings(text, 2 if first else 3)), []


def _kind(cell: Any) -> str:
    slideshow = cell.get("metadata", {}).get("slideshow") or {}
    return str(slideshow.get("slide_type", ""))


def _calls(source: str) -> bool:
    """Whether a cell shows something, so that its code is not on the slide."""
    try:
        tree = ast.parse(source.rstrip().rstrip(";"))
    except SyntaxError:
        return False
    shown = SHOWING | {"show_frames", "source"}
    return any(
        isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in shown
        for node in ast.walk(tree)
    )
