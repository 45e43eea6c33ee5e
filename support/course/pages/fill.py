"""The parts of the book's pages that are made from records, not written.

A page asks for one with a line ``% insert: <name>``, a comment in MyST.
"""

import re
from collections.abc import Callable
from pathlib import PurePosixPath

from support.course.pages.api import api, public
from support.course.pages.full_profile import full_profile
from support.course.pages.held import corpora_table, verdict_table
from support.course.pages.ledger import headline, ledger
from support.course.pages.measures import measures
from support.course.pages.methods import methods
from support.course.pages.paper_map import chapter_graph, paper_map, paths
from support.course.pages.semester import semester
from support.course.pages.speed import speed
from support.course.pages.threads import thread_makers
from support.course.pages.uses import uses
from support.course.pages.verdict_drawings import both_data, one_seed, picture
from support.course.project.errors import CourseError
from support.course.project.project import Project

__all__ = ["fill"]

_INSERT = re.compile(r"^% insert: (?P<name>[a-z_]+)$", re.MULTILINE)


def fill(text: str, page: str, project: Project) -> str:
    """Put the made parts into a page.

    Args:
        text: the page, in MyST.
        page: its path, named in errors.
        project: whose papers, chapters and records.

    Returns:
        The page with every ``% insert:`` line replaced.

    Raises:
        CourseError: the page asks for a part that nothing makes.
    """
    makers: dict[str, Callable[[], str]] = {
        "map": lambda: paper_map(project),
        "graph": lambda: chapter_graph(project),
        "paths": lambda: paths(project),
        "headline": lambda: headline(project),
        "ledger": lambda: ledger(project),
        "bibliography": lambda: _bibliography(project),
        "datasets": _datasets,
        "speed": lambda: speed(project),
        "methods": lambda: methods(project),
        "full_profile": lambda: full_profile(project),
        "measures": lambda: measures(project),
        "own_data": lambda: _own_data(project),
        "counts": lambda: _counts(project),
        "semester": lambda: semester(project),
        "held_picture": lambda: picture(project),
        "held_table": lambda: verdict_table(project),
        "held_corpora": lambda: corpora_table(project),
        "one_seed": lambda: one_seed(project),
        "both_data": lambda: both_data(project),
        **thread_makers(project),
        "api": lambda: api(PurePosixPath(page).stem, uses(project, public())),
    }

    def made(match: re.Match[str]) -> str:
        name = match.group("name")
        if name not in makers:
            raise CourseError(
                f"{page}: '% insert: {name}' is unknown; there are {sorted(makers)}."
            )
        return makers[name]().strip()

    return _INSERT.sub(made, text)


def _counts(project: Project) -> str:
    written = {chapter.slug for chapter in project.chapters}
    count = sum(paper["slug"] in written for paper in project.papers)
    if count == len(project.papers):
        return f"All {count} papers have their chapter."
    return (
        f"Of the {len(project.papers)} papers, {count} have their chapter; "
        "the others are marked as not yet written."
    )


def _bibliography(project: Project) -> str:
    """The nineteen papers, then all other works: two lists without overlap.

    The first page cites the papers in the book's order, which is kept: so a paper has
    its chapter's number.
    """
    keys = "|".join(paper["slug"] for paper in project.papers)
    lists = (
        ("The papers of the chapters", "unsrt", "", f'key % "^({keys})$"'),
        ("Other works", "plain", "W", f'not key % "^({keys})$"'),
    )
    return "\n".join(
        f"## {title}\n\n```{{bibliography}}\n:style: {style}\n"
        f":labelprefix: {prefix}\n:filter: {condition}\n```\n"
        for title, style, prefix, condition in lists
    )


def _own_data(project: Project) -> str:
    from support.course.pages import own_data  # it opens pandas

    return own_data.own_data(project.chapters)


def _datasets() -> str:
    from support.course.pages import datasets  # it opens the registry of corpora

    return datasets.render()
