"""Which measure for which question: from ``book/measures.yml`` to a page."""

from collections.abc import Mapping
from typing import Any

import yaml

from support.course.pages.api import Entry, entries
from support.course.pages.markdown import lesson_link
from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError
from support.course.project.project import Project

__all__ = ["measures"]

_ROOMS = ("metrics", "rules")
_PAGES = {"claims_explained": "How claims are judged"}


def measures(project: Project) -> str:
    """Write the questions with the functions that answer them.

    Args:
        project: whose ``book/measures.yml`` is read; only chapters that are written
            are linked.

    Returns:
        MyST text.

    Raises:
        CourseError: a question names a function that there is not.
    """
    groups = yaml.safe_load((project.root / "book" / "measures.yml").read_text("utf-8"))
    known = {
        f"{one.module.removeprefix('support.')}.{one.name}": one
        for room in _ROOMS
        for one in entries(room)
    }
    chapters = {chapter.slug: chapter for chapter in project.chapters}
    parts = []
    for group in groups:
        parts.append(f"## {group['about']}")
        parts += [_question(one, known, chapters) for one in group["questions"]]
    return "\n\n".join(parts)


def _question(
    asked: Mapping[str, Any],
    known: Mapping[str, Entry],
    chapters: Mapping[str, Chapter],
) -> str:
    links = []
    for name in asked["by"]:
        if name not in known:
            raise CourseError(
                f"book/measures.yml: {asked['ask']!r} names support.{name}, and there "
                "is no such public function. Mend the name."
            )
        links.append(
            f"- [{known[name].name}](#{known[name].target}): {_first(known[name])}"
        )
    shown = [
        lesson_link(chapters[slug])
        for slug in asked.get("shown", ())
        if slug in chapters
    ]
    if page := asked.get("page"):
        shown.append(f"[{_PAGES[page]}]({page}.md)")
    parts = [
        f"### {asked['ask']}",
        "\n".join(links),
        f"*It does not see:* {asked['blind']}",
    ]
    if shown:
        parts.append(f"*Shown in:* {', '.join(shown)}.")
    return "\n\n".join(parts)


def _first(entry: Entry) -> str:
    """What the function's docstring says of it first."""
    return " ".join(entry.words.split("\n\n")[0].split())
