"""What a teacher gets of a marking: one table, and a page for each student."""

import csv
import io
from collections.abc import Mapping, Sequence
from html import escape

from support.course.mark.marking import PASSED, Marked, Task
from support.course.mark.submissions import Submission

__all__ = ["page", "table"]

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 46rem;
  padding: 0 1rem; }
pre { border: 1px solid; overflow-x: auto; padding: .6rem; white-space: pre-wrap; }
strong.passed::before { content: "✓ "; }
strong:not(.passed)::before { content: "✗ "; }
"""
#: A spreadsheet takes a text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Row = tuple[Submission, Mapping[int, Marked]]


def table(task: Task, rows: Sequence[Row], chapter: str) -> str:
    """Write the table of all students as CSV.

    Args:
        task: that they were held to.
        rows: the students, in order.
        chapter: its slug.

    Returns:
        A line a student: points, one column an exercise, and what to look at.
    """
    file = io.StringIO()
    out = csv.writer(file, lineterminator="\n")
    numbers = list(task.exercises)
    columns = [f"exercise {number}" for number in numbers]
    out.writerow(
        ["student", "points", "of", *columns, "look at", "chapter", "seed"],
    )
    for submission, marked in rows:
        points = sum(item.state == PASSED for item in marked.values())
        states = [marked[number].state for number in numbers]
        look = "; ".join(_look_at(submission, marked))
        row = [submission.student, points, len(numbers), *states, look, chapter]
        out.writerow([_cell(value) for value in [*row, task.seed]])
    return file.getvalue()


def page(task: Task, row: Row, title: str) -> str:
    """Write a student's page: each answer, what its check said, what to look at.

    Args:
        task: that the student was held to.
        row: the student.
        title: of the chapter.

    Returns:
        HTML in itself, without scripts; nothing of the student's is markup in it.
    """
    submission, marked = row
    points = sum(item.state == PASSED for item in marked.values())
    parts = [
        f"<h1>{escape(submission.student)}</h1>",
        f"<p>{escape(title)}: {points} of {len(marked)} exercises passed, with seed "
        f"{task.seed}.</p>",
    ]
    if submission.problem:
        parts.append(f"<p>Nothing was marked: {escape(submission.problem)}.</p>")
    if submission.added:
        parts.append(
            f"<p>{submission.added} code cells that the student added were not read; "
            "what an answer needs must stand in its own cell.</p>"
        )
    parts += [
        f"<p>{escape(name)} is there twice; the last was read.</p>"
        for name in submission.doubled
    ]
    for number, item in marked.items():
        kind = ' class="passed"' if item.state == PASSED else ""
        parts.append(
            f"<h2>{number}. {escape(task.exercises[number])}</h2>"
            f"<p><strong{kind}>{escape(item.state)}</strong></p>"
        )
        if item.remarks:
            said = ", ".join(map(escape, item.remarks))
            parts.append(f"<p>Look at this answer: it {said}.</p>")
        for heading, text in (
            ("The check said", item.words),
            ("The answer", item.answer),
        ):
            if text.strip():
                parts.append(f"<h3>{heading}</h3><pre>{escape(text.strip())}</pre>")
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(submission.student)}</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        "</body>\n</html>\n"
    )


def _look_at(submission: Submission, marked: Mapping[int, Marked]) -> list[str]:
    found = [submission.problem] if submission.problem else []
    if submission.added:
        found.append(f"{submission.added} cells added")
    found += [f"{name} is there twice" for name in submission.doubled]
    for number, item in marked.items():
        if item.remarks:
            found.append(f"{number} {', '.join(item.remarks)}")
    return found


def _cell(value: object) -> object:
    """A name of a file is no formula."""
    text = isinstance(value, str) and value.startswith(_FORMULA)
    return f"'{value}" if text else value
