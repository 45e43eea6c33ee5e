"""One execution as one HTML page, to be opened where no notebook can be."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from support.course.book.notebooks import cells_of, join
from support.course.project.files import write_atomic
from support.course.project.project import Project
from support.course.run.planning import Execution
from support.course.seminar.markup import address, code, markdown, outputs
from support.course.seminar.pages import reading
from support.course.seminar.plain import Words, citations, labels, plain
from support.course.seminar.vendor import mathjax

__all__ = ["write_page"]


def write_page(project: Project, job: Execution) -> Path:
    """Write an execution's page beside its notebook.

    Text, folded code and outputs, figures in the page itself.  Formulas are set by
    MathJax, which is laid once into ``_build``.

    Args:
        project: it belongs to.
        job: that was executed.

    Returns:
        The page.

    Raises:
        CourseError: the execution is not one of today's code.
    """
    import nbformat

    ran = nbformat.read(job.place.notebook, as_version=4)
    notebook = join(job.source.notebook, ran, job.name)
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    words = Words(citations(project), labels(texts))
    body = f"<p>Executed as {escape(job.name)}.</p>" + "".join(
        _cell(cell, words) for cell in cells_of(notebook, "student")
    )
    page = job.place.notebook.with_suffix(".html")
    maths = _maths(project, page.parent)
    write_atomic(page, reading(job.name, body, maths=maths))
    return page


def _cell(cell: Any, words: Words) -> str:
    if cell.cell_type == "markdown":
        return markdown(plain(cell.source, words))
    if cell.cell_type != "code":
        return ""
    shown, pictures = outputs(cell, "", slide=False)
    for file in pictures:
        shown = shown.replace(f'src="/{file[0]}"', f'src="{address(file)}"')
    return f"<details><summary>code</summary>{code(cell.source)}</details>{shown}"


def _maths(project: Project, folder: Path) -> str:
    """Lay MathJax into ``_build``; the way to it from a folder below."""
    files: Mapping[str, bytes] = mathjax()
    home = project.build / "mathjax"
    for name, content in files.items():
        path = home / name
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    if not files:
        return ""
    up = len(folder.resolve().relative_to(project.build.resolve()).parts)
    return "../" * up + "mathjax"
