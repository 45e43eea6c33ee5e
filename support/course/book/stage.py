"""Lay out the book's sources: pages, and chapters with what their runs gave.

The stage is a pure function of the project's files.  A chapter's words are the
current ones; its outputs are those of its last execution, joined by the order
of the code cells, so that correcting a sentence executes nothing.
"""

import copy
import json
import re
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from support.claims import RECORD_MIME
from support.course.book.figures import split_figures, weigh_frames
from support.course.pages.benchmark import benchmark_page, with_pages
from support.course.pages.fill import fill
from support.course.project.chapters import Chapter, read_notebook, tags
from support.course.project.errors import CourseError
from support.course.project.project import Project

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = [
    "EDITIONS",
    "check_edition",
    "facts",
    "join",
    "link",
    "progress",
    "stage",
    "strip_solutions",
]

EDITIONS = ("public", "student", "teacher")
_SKIPPED = {"__pycache__", ".ipynb_checkpoints"}
_PARAMETERS = "injected-parameters"
_FOLDS = {
    "parameters": ("hide-input", "the parameters of this run"),
    "setup": ("hide-input", "the set-up"),
    "solution": ("hide-cell", "a solution"),
    "figure": ("hide-input", "the code of this figure"),
}
_LINK = re.compile(
    r"\[(?P<text>[^\]]*)\]\((?P<way>(?:\.\./|/chapters/)[\w./]*?)?"
    r"(?P<slug>\w+)/(?P<stem>lesson|exercises)\.(?:md|ipynb)(?P<place>#[\w-]+)?\)"
)
_SOLUTION = re.compile(r"^(?P<fence>:{3,}|`{3,})\{solution\}.*$", re.MULTILINE)


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
            content = _read(path)
            if path.suffix == ".md":
                page = path.relative_to(root).as_posix()
                text = fill(content.decode("utf-8"), page, project)
                content = link(text, planned).encode("utf-8")
            files[path.relative_to(root).as_posix()] = content
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


def join(
    current: "NotebookNode", executed: "NotebookNode", where: str
) -> "NotebookNode":
    """Put the outputs of an execution into the current notebook.

    Args:
        current: words and code as they are now; it is not changed.
        executed: the last execution, with papermill's cell of parameters.
        where: named in errors, such as ``concepts/lesson``.

    Returns:
        A notebook with the current words and the outputs.

    Raises:
        CourseError: the code has changed since the execution, or a cell raised.
    """
    current = copy.deepcopy(current)
    ran = [
        cell
        for cell in executed.cells
        if cell.cell_type == "code" and _PARAMETERS not in tags(cell)
    ]
    now = [cell for cell in current.cells if cell.cell_type == "code"]
    if [cell.source.strip() for cell in ran] != [cell.source.strip() for cell in now]:
        raise CourseError(
            f"{where}: its code has changed since it was executed. "
            f"Run: course run {where.split('/')[0]}",
            exit_code=1,
        )
    for cell, source in zip(now, ran, strict=True):
        for output in source.outputs:
            if output.output_type == "error":
                raise CourseError(
                    f"{where}: a cell raised {output.ename}: {output.evalue}",
                    exit_code=1,
                )
        cell["outputs"] = [
            copy.deepcopy(output) for output in source.outputs if not progress(output)
        ]
        for output in cell["outputs"]:
            output.get("data", {}).pop(RECORD_MIME, None)  # for machines
        cell["execution_count"] = None
    return current


def strip_solutions(notebook: "NotebookNode") -> "NotebookNode":
    """Remove every solution: the cells tagged so, and ``{solution}`` blocks.

    Args:
        notebook: any notebook; it is not changed.

    Returns:
        A notebook in which the solutions do not exist.
    """
    kept = copy.deepcopy(notebook)
    kept.cells = [cell for cell in kept.cells if "solution" not in tags(cell)]
    for cell in kept.cells:
        if cell.cell_type == "markdown":
            cell["source"] = _without_blocks(cell.source)
    return kept


def link(text: str, planned: set[str]) -> str:
    """Lead links between chapters to their pages, or say that there is none yet.

    Args:
        text: MyST, in which chapters are named by their source,
            ``../alignment/lesson.md``, so that the link works on GitHub too.
        planned: slugs of chapters that are not yet written.

    Returns:
        The text; a link to a planned chapter becomes words.

    >>> link("See [this](../alignment/lesson.md).", {"alignment"})
    'See this (not yet written).'
    """

    def lead(match: re.Match[str]) -> str:
        if match["slug"] in planned:
            return f"{match['text']} (not yet written)"
        way = f"{match['way'] or ''}{match['slug']}/{match['stem']}.ipynb"
        return f"[{match['text']}]({way}{match['place'] or ''})"

    return _LINK.sub(lead, text)


def facts(status: dict[str, Any], minutes: int, edition: str = "public") -> str:
    """The line under a chapter's title: what reading and running it takes.

    Args:
        status: what the runner wrote beside the executed notebook.
        minutes: time for reading, from the chapter's header; 0 hides it.
        edition: named where it is not the public one.

    Returns:
        An HTML list.
    """
    rows = []
    if minutes:
        rows.append(("to read", f"{minutes} min"))
    rows.append(("to run", _duration(float(status["wall_s"]))))
    if status.get("peak_rss_bytes"):
        rows.append(("peak memory", _memory(float(status["peak_rss_bytes"]))))
    if status.get("peak_gpu_bytes"):
        rows.append(("on the GPU", _memory(float(status["peak_gpu_bytes"]))))
    parameters = status.get("parameters") or {}
    rows.append(("device", str(status.get("device") or "cpu")))
    rows.append(("profile", str(status.get("profile") or "quick")))
    if "dataset" in parameters:
        rows.append(("data", str(parameters["dataset"])))
    rows.append(("seed", str(parameters.get("seed", 0))))
    rows.append(("executed on", _date(status["finished"])))
    if edition != "public":
        rows.append(("edition", edition))
    items = "".join(
        f"<li><span>{escape(label)}</span> <strong>{escape(value)}</strong></li>"
        for label, value in rows
    )
    return f'<ul class="facts" aria-label="Facts of this run">{items}</ul>'


def progress(output: Any) -> bool:
    """Whether an output is a progress bar or a note of a tool, not a warning."""
    if output.output_type != "stream" or output.name != "stderr":
        return False
    kinds = set(re.findall(r"\b(\w+Warning)\b", output.text))
    return not kinds - {"TqdmWarning"}


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


def _notebook(
    project: Project, chapter: Chapter, stem: str, edition: str, planned: set[str]
) -> bytes:
    import nbformat

    where = f"{chapter.slug}/{stem}"
    folder = project.build / "executed" / chapter.slug
    current = read_notebook(chapter.source(stem))
    minutes = (current.metadata.get("course") or {}).get("minutes", 0)
    try:
        status = json.loads((folder / f"{stem}.json").read_text("utf-8"))
        executed = nbformat.read(folder / f"{stem}.ipynb", as_version=4)
    except FileNotFoundError as error:
        raise CourseError(
            f"{where} has not been executed. Run: course run {chapter.slug}",
            exit_code=1,
        ) from error
    if status.get("state") != "done":
        raise CourseError(
            f"{where}: its last run ended as {status.get('state')!r}"
            f" ({status.get('reason') or 'no reason given'}). "
            f"Run: course run {chapter.slug}",
            exit_code=1,
        )
    notebook = join(current, executed, where)
    weigh_frames(notebook, where)
    if edition == "student":
        notebook = strip_solutions(notebook)
    left_out = {"slide-only"} | (set() if edition == "teacher" else {"teacher"})
    notebook.cells = [cell for cell in notebook.cells if not left_out & set(tags(cell))]
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cells += split_figures(_folded(cell), where)
        else:
            cell["source"] = link(cell.source, planned)
            cells.append(_marked(cell))
    line = facts(status, minutes if stem == "lesson" else 0, edition)
    cells[0]["source"] = _under_title(cells[0].source, line, where)
    notebook.cells = cells
    kernel = notebook.metadata["kernelspec"]
    notebook["metadata"] = {"kernelspec": kernel, "language_info": {"name": "python"}}
    nbformat.validate(notebook)
    return nbformat.writes(notebook).encode("utf-8")


def _folded(cell: Any) -> Any:
    """Fold what a page need not show open; a reader opens it with one click."""
    found = tags(cell)
    for tag, (fold, what) in _FOLDS.items():
        if tag in found:
            found = [name for name in found if name not in ("hide-input", "hide-cell")]
            found.append(fold)
            cell["metadata"]["mystnb"] = {
                "code_prompt_show": f"Show {what}",
                "code_prompt_hide": f"Fold {what}",
            }
            break
    cell["metadata"]["tags"] = found
    return cell


def _marked(cell: Any) -> Any:
    """Fold solutions in words, and mark the notes for teachers."""
    if cell.cell_type != "markdown":
        return cell

    def fold(match: re.Match[str]) -> str:
        return f"{match.group(0)}\n:class: dropdown"

    if ":class: dropdown" not in cell.source:
        cell["source"] = _SOLUTION.sub(fold, cell.source)
    if "teacher" in tags(cell):
        cell["source"] = f"::::::{{admonition}} For teachers\n{cell.source}\n::::::"
    return cell


def _without_blocks(text: str) -> str:
    lines, kept, fence = text.splitlines(), [], ""
    for line in lines:
        opening = _SOLUTION.match(line)
        if not fence and opening:
            fence = opening.group("fence")
        elif fence and line.strip() == fence:
            fence = ""
        elif not fence:
            kept.append(line)
    return "\n".join(kept)


def _under_title(text: str, line: str, where: str) -> str:
    lines = text.splitlines()
    for number, row in enumerate(lines):
        if row.startswith("# "):
            return "\n".join([*lines[: number + 1], "", line, "", *lines[number + 1 :]])
    raise CourseError(
        f"{where}: its first cell has no title line '# ...'.", exit_code=1
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min"


def _memory(size: float) -> str:
    if size < 1e9:
        return f"{size / 1e6:.0f} MB"
    return f"{size / 1e9:.1f} GB"


def _date(finished: Any) -> str:
    if isinstance(finished, int | float):
        moment = datetime.fromtimestamp(finished, tz=UTC)
    else:
        moment = datetime.fromisoformat(str(finished))
    return f"{moment.day} {moment:%B %Y}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path.name} cannot be read: {error}") from error
