"""Lay out the book's sources: pages, and chapters with what their runs gave.

The stage is a pure function of the project's files.  A chapter's words are the
current ones; its outputs are those of its last execution, joined by the order
of the code cells, so that correcting a sentence executes nothing.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from support.course.book.notebooks import facts, join, link, page
from support.course.pages.benchmark import benchmark_page, with_pages
from support.course.pages.fill import fill
from support.course.project.chapters import Chapter, read_notebook
from support.course.project.errors import CourseError
from support.course.project.project import Project

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["EDITIONS", "check_edition", "joined", "stage"]

EDITIONS = ("public", "student", "teacher")
_SKIPPED = {"__pycache__", ".ipynb_checkpoints"}


def stage(project: Project, *, edition: str = "public") -> dict[str, bytes]:
    """Make the book's source tree in memory.

    Args:
        project: whose pages, chapters and executions.
        edition: ``public`` folds the solutions, ``student`` has none, and
            ``teacher`` has them and the notes for teachers too.

    Returns:
        The contents of every file by its path in the staged tree.

    Raises:
        CourseError: an unknown edition, a chapter that was not executed, whose
            run failed, or whose code has changed since.
    """
    check_edition(edition)
    root = project.root
    written = {chapter.slug for chapter in project.chapters}
    planned = {str(paper["slug"]) for paper in project.papers} - written
    files = {
        "_config.yml": _settings(project, edition),
        "_toc.yml": _read(root / "_toc.yml"),
    }
    for path in sorted((root / "book").rglob("*")):
        if path.is_file() and not _SKIPPED & set(path.parts):
            name, content = path.relative_to(root).as_posix(), _read(path)
            if path.suffix == ".md":
                text = fill(content.decode("utf-8"), name, project)
                content = link(text, planned).encode("utf-8")
            files[name] = content
    benchmarks = []
    for chapter in project.chapters:
        folder = f"chapters/{chapter.slug}"
        for stem in chapter.stems:
            notebook = _notebook(project, chapter, stem, edition, planned)
            files[f"{folder}/{stem}.ipynb"] = notebook
        if text := benchmark_page(chapter):
            benchmarks.append(chapter.slug)
            files[f"{folder}/benchmark.md"] = text.encode("utf-8")
            files[f"{folder}/results.json"] = _read(chapter.results)
    for path in sorted((root / "chapters").glob("*/references.bib")):
        files[path.relative_to(root).as_posix()] = _read(path)
    files["_toc.yml"] = with_pages(files["_toc.yml"], benchmarks)
    return files


def check_edition(edition: str) -> None:
    """Refuse an edition that there is not.

    Args:
        edition: what was asked for.

    Raises:
        CourseError: it is none of :data:`EDITIONS`.
    """
    if edition not in EDITIONS:
        raise CourseError(
            f"edition: got {edition!r}; give one of {', '.join(EDITIONS)}."
        )


def _settings(project: Project, edition: str) -> bytes:
    root = project.root
    text = _read(root / "_config.yml").decode("utf-8")
    settings = yaml.safe_load(text)
    own = sorted((root / "chapters").glob("*/references.bib"))
    bibliographies = [*sorted((root / "book").glob("references.bib")), *own]
    settings["bibtex_bibfiles"] = [
        path.relative_to(root).as_posix() for path in bibliographies
    ]
    if edition != "public":
        options = settings["sphinx"]["config"]["html_theme_options"]
        options["announcement"] = f"This is the {edition} edition."
    return yaml.safe_dump(settings, sort_keys=False, allow_unicode=True).encode()


def joined(
    project: Project, chapter: Chapter, stem: str
) -> tuple["NotebookNode", dict[str, Any]]:
    """Put the outputs of the last execution into a notebook of today.

    Args:
        project: of the chapter.
        chapter: whose notebook.
        stem: ``lesson`` or ``exercises``.

    Returns:
        The notebook, and the status of that execution.

    Raises:
        CourseError: it was not executed, its run failed, or its code has changed
            since.
    """
    import nbformat

    where = f"{chapter.slug}/{stem}"
    folder = project.build / "executed" / chapter.slug
    try:
        status = json.loads((folder / f"{stem}.json").read_text("utf-8"))
        executed = nbformat.read(folder / f"{stem}.ipynb", as_version=4)
    except FileNotFoundError as error:
        raise CourseError(
            f"{where} has not been executed. Run: course run {chapter.slug}",
            exit_code=1,
        ) from error
    except (OSError, ValueError) as error:  # NotJSONError is a ValueError
        raise CourseError(
            f"{where}: its stored execution is damaged. Run: course run {chapter.slug}",
            exit_code=1,
        ) from error
    if status.get("state") != "done":
        raise CourseError(
            f"{where}: its last run ended as {status.get('state')!r}"
            f" ({status.get('reason') or 'no reason given'}). "
            f"Run: course run {chapter.slug}",
            exit_code=1,
        )
    return join(read_notebook(chapter.source(stem)), executed, where), status


def _notebook(
    project: Project, chapter: Chapter, stem: str, edition: str, planned: set[str]
) -> bytes:
    import nbformat

    where = f"{chapter.slug}/{stem}"
    current, status = joined(project, chapter, stem)
    minutes = (current.metadata.get("course") or {}).get("minutes", 0)
    line = facts(status, minutes if stem == "lesson" else 0, edition)
    notebook = page(current, line, where, edition=edition, planned=planned)
    nbformat.validate(notebook)
    return nbformat.writes(notebook).encode("utf-8")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path.name} cannot be read: {error}") from error
