"""The HTML pages of a seminar: deck, handout, the teacher's plan, and what was run."""

import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from support.course.project.lesson_plan import Plan
from support.course.seminar.deck import Slide
from support.course.seminar.markup import markdown

__all__ = ["deck", "handout", "reading", "teacher_plan"]

_MATHJAX: dict[str, Any] = {
    "tex": {"inlineMath": [["$", "$"], ["\\(", "\\)"]], "processEscapes": True},
    "output": {"displayOverflow": "scale"},
    "options": {
        "enableMenu": False,  # it would fetch its own parts
        "enableExplorer": False,
        "enableEnrichment": False,
        "enableAssistiveMml": True,  # what a screen reader reads
    },
    "startup": {},
}
_REVEAL: dict[str, Any] = {
    "width": 1280,
    "height": 720,
    "margin": 0.02,
    "center": False,
    "hash": True,
    "controls": True,
    "progress": True,
    "slideNumber": "c/t",
    "transition": "none",
    "backgroundTransition": "none",
    "pdfSeparateFragments": False,
    "pdfMaxPagesPerSlide": 1,
}


def deck(
    slides: Sequence[Slide], *, title: str, subtitle: str, source: str, maths: bool
) -> str:
    """Write the deck for reveal.js.

    Args:
        slides: without the title slide.
        title: of the chapter.
        subtitle: one sentence.
        source: who wrote the paper, where and when.
        maths: whether MathJax lies in ``vendor``.

    Returns:
        A page that loads nothing but what lies beside it.
    """
    first = Slide(
        f"<h1>{escape(title)}</h1><p class='thesis'>{escape(subtitle)}</p>"
        f"<p class='source'>{escape(source)}</p>",
        notes="<p>Keys: arrows to move, S for this view, F for the whole screen, O for "
        "all slides, ? for the others.</p>",
    )
    sections = "\n".join(_section(slide) for slide in (first, *slides))
    config = json.dumps(_REVEAL)
    return _page(
        f"{title}: slides",
        f'<main class="reveal" aria-label="Slides"><div class="slides">\n'
        f"{sections}\n</div></main>",
        style=_style("deck.css"),
        links=("vendor/reveal/dist/reset.css", "vendor/reveal/dist/reveal.css"),
        scripts=(
            "vendor/reveal/dist/reveal.js",
            "vendor/reveal/plugin/notes/notes.js",
        ),
        script=f"Reveal.initialize({{...{config}, plugins: [RevealNotes]}});",
        maths="vendor/mathjax" if maths else "",
    )


def handout(
    *,
    title: str,
    thesis: str,
    source: str,
    idea: str,
    figure: str,
    points: Sequence[str],
    plan: Plan | None,
    maths: str,
    points_of_type: float,
) -> str:
    """Write the handout, made to fit one page of A4.

    Args:
        title: of the chapter.
        thesis: one sentence.
        source: the paper.
        idea: Markdown of the slide with the key equation.
        figure: HTML of the figure of the puzzle.
        points: what to take away, in Markdown.
        plan: of the exercises.
        maths: the folder of MathJax seen from the page; empty for none.
        points_of_type: the size of the type.
    """
    tasks = ""
    if plan is not None:
        rows = "".join(
            f"<li><strong>{_line(task.title)}</strong> <span>{task.minutes} min, "
            f"difficulty {task.difficulty}</span>: {_line(task.teaches)}.</li>"
            for task in plan.exercises
        )
        tasks = f"<section><h2>Exercises</h2><ol>{rows}</ol></section>"
    take = "".join(f"<li>{_line(point)}</li>" for point in points)
    body = (
        f"<main><h1>{escape(title)}</h1><p class='thesis'>{escape(thesis)}</p>"
        f"<p class='source'>{escape(source)}</p><div class='two'>"
        f"<section><h2>Look first</h2>{figure}</section>"
        "<section class='write'><h2>My guess, before the seminar</h2></section></div>"
        f"<section class='idea'>{markdown(idea)}</section>"
        f"<section><h2>To take away</h2><ol>{take}</ol></section>{tasks}"
        "<section class='write'><h2>What would change my mind about the weakest claim"
        "</h2></section>"
        "</main>"
    )
    style = f":root {{ --type: {points_of_type}pt; }}\n{_style('handout.css')}"
    return _page(f"{title}: handout", body, style=style, maths=maths)


def teacher_plan(
    *,
    title: str,
    plan: Plan,
    slides: int,
    minutes: int,
    notes: Sequence[str],
    maths: str,
) -> str:
    """Write the teacher's plan: times, cuts, wrong answers, notes.

    Args:
        title: of the chapter.
        plan: of its exercises.
        slides: how many the deck has.
        minutes: to read the lesson.
        notes: the lesson's and the exercises' notes for teachers, in Markdown.
        maths: the folder of MathJax seen from the page; empty for none.
    """
    rows = "".join(
        f'<tr><td>{number}</td><th scope="row">{_line(task.title)}</th>'
        f"<td>{task.minutes}</td><td>{task.difficulty}</td>"
        f"<td>{_line(task.teaches)}</td></tr>"
        for number, task in enumerate(plan.exercises, 1)
    )
    cuts = "".join(
        f"<h3>{length} minutes</h3>{markdown(text)}"
        for length, text in plan.cuts.items()
    )
    mistakes = "".join(
        f"<dt>{_line(item.answer)}</dt><dd>{_line(item.reveals)}</dd>"
        for item in plan.mistakes
    )
    said = "".join(f"<div class='note'>{markdown(note)}</div>" for note in notes)
    body = (
        f"<main><h1>{escape(title)}: the teacher’s plan</h1>"
        f"<p>{minutes} minutes to read the lesson, {plan.minutes} minutes for all "
        f"{len(plan.exercises)} exercises, {slides} slides with notes for the speaker "
        "(key S).</p>"
        "<h2>The exercises</h2><table><caption>Minutes and purpose</caption><thead><tr>"
        '<th scope="col">No.</th><th scope="col">exercise</th>'
        '<th scope="col">minutes</th><th scope="col">difficulty</th>'
        f'<th scope="col">teaches</th></tr></thead><tbody>{rows}</tbody><tfoot><tr>'
        f'<td></td><th scope="row">all</th><td>{plan.minutes}</td><td></td><td></td>'
        "</tr></tfoot></table>"
        f"<h2>What to cut</h2>{cuts}"
        f"<h2>Common wrong answers, and what they reveal</h2><dl>{mistakes}</dl>"
        f"<h2>Notes for the room</h2>{said}</main>"
    )
    return _page(f"{title}: plan", body, style=_style("plan.css"), maths=maths)


def reading(title: str, body: str, *, maths: str) -> str:
    """Write a page to be read from top to bottom.

    Args:
        title: of the window.
        body: HTML.
        maths: the folder of MathJax seen from the page; empty for none.
    """
    main = f"<main>{body}</main>"
    return _page(title, main, style=_style("reading.css"), maths=maths)


def _section(slide: Slide) -> str:
    notes = f'<aside class="notes">{slide.notes}</aside>' if slide.notes else ""
    return f'<section><div class="body">{slide.body}</div>{notes}</section>'


def _line(text: str) -> str:
    """One line of Markdown, without the paragraph around it."""
    made = markdown(text).strip()
    return made.removeprefix("<p>").removesuffix("</p>")


def _style(name: str) -> str:
    return (files("support.course.seminar") / name).read_text(encoding="utf-8")


def _page(
    title: str,
    body: str,
    *,
    style: str,
    links: Sequence[str] = (),
    scripts: Sequence[str] = (),
    script: str = "",
    maths: str = "",
) -> str:
    head = "".join(f'<link rel="stylesheet" href="{link}">\n' for link in links)
    tail = ""
    if maths:
        config = json.dumps(_MATHJAX)
        tail += f"<script>window.MathJax = {config};</script>\n"
        tail += f'<script src="{maths}/tex-svg.js"></script>\n'
    tail += "".join(f'<script src="{source}"></script>\n' for source in scripts)
    tail += f"<script>{script}</script>\n" if script else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{head}<style>\n{style}</style>\n</head>\n<body>\n{body}\n{tail}"
        "</body>\n</html>\n"
    )
