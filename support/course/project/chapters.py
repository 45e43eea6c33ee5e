"""Where the chapters are, what they declare, and their text as notebooks.

A chapter is a folder ``chapters/<slug>`` with a ``lesson.md``; most have an
``exercises.md`` beside it.  Both are jupytext MyST notebooks, whose header says
under ``course:`` what the chapter is called and which data sets it accepts.
"""

import copy
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from support.course.project.errors import CourseError, nearest

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = [
    "STEMS",
    "Chapter",
    "discover",
    "find_root",
    "front_matter",
    "read_notebook",
    "select",
    "survey",
    "tags",
    "toc_slugs",
]

STEMS = ("lesson", "exercises")
_MARKERS = ("_toc.yml", "_config.yml", "pyproject.toml")


@dataclass(frozen=True)
class Chapter:
    """One chapter: its folder and what its lesson's header declares.

    Attributes:
        slug: the folder's name, also the prefix of its claims.
        folder: where its files are.
        title: the short title for lists.
        minutes: reading time.
        datasets: accepted values of the parameter ``dataset``.
        method: the documented signature of a reader's own method.
    """

    slug: str
    folder: Path
    title: str
    minutes: int
    datasets: tuple[str, ...]
    method: str = ""

    def source(self, stem: str) -> Path:
        """Return the path of ``lesson.md`` or ``exercises.md``."""
        return self.folder / f"{stem}.md"

    @property
    def stems(self) -> tuple[str, ...]:
        """The notebooks that exist: ``lesson``, mostly ``exercises`` too."""
        return tuple(stem for stem in STEMS if self.source(stem).is_file())

    @property
    def claims(self) -> Path:
        """The file of the chapter's claims."""
        return self.folder / "claims.yml"

    @property
    def results(self) -> Path:
        """The record over many seeds, written by the runner alone."""
        return self.folder / "results.json"


def find_root(start: Path | None = None) -> Path:
    """Find the project: the nearest folder upwards that holds ``chapters/``.

    Args:
        start: where to look from; the current folder by default.

    Returns:
        ``COURSE_ROOT`` where that is set; otherwise the nearest parent with a
        ``chapters`` folder and a settings file; otherwise the checkout that this
        package was installed from.

    Raises:
        CourseError: there is no such folder.
    """
    named = os.environ.get("COURSE_ROOT")
    if named:
        root = Path(named).expanduser().resolve()
        if (root / "chapters").is_dir():
            return root
        raise CourseError(
            f"COURSE_ROOT is {named!r}, but there is no folder 'chapters' in it. "
            "Set it to the folder that holds the chapters, or unset it."
        )
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[3]):
        marked = any((folder / name).is_file() for name in _MARKERS)
        if marked and (folder / "chapters").is_dir():
            return folder
    raise CourseError(
        f"No course project at {here} or above it: expected a folder with "
        "'chapters/' and '_toc.yml'. Change into the project, or set COURSE_ROOT."
    )


def front_matter(path: Path) -> dict[str, Any]:
    """Read the YAML header of a MyST notebook, without reading its cells.

    Args:
        path: a ``lesson.md`` or ``exercises.md``.

    Returns:
        The header as a mapping.

    Raises:
        CourseError: the header is missing or is not YAML.
    """
    lines = _read_text(path).splitlines()
    if not lines or lines[0].strip() != "---" or "---" not in lines[1:]:
        raise CourseError(
            f"{_short(path)} has no header: its first line must be '---', followed "
            "by the jupytext, kernelspec and course keys and a closing '---'."
        )
    try:
        header = yaml.safe_load("\n".join(lines[1 : lines.index("---", 1)]))
    except yaml.YAMLError as error:
        raise CourseError(f"{_short(path)}: the header is not YAML: {error}") from error
    if not isinstance(header, dict):
        raise CourseError(f"{_short(path)}: the header must be a mapping of keys.")
    return header


def discover(root: Path) -> list[Chapter]:
    """List the chapters in the book's order (``_toc.yml``), then by name.

    Args:
        root: the project's folder.

    Returns:
        One entry for each ``chapters/*/lesson.md``.

    Raises:
        CourseError: a header is unreadable or lacks a key.
    """
    found, broken = survey(root)
    for why in broken.values():
        raise CourseError(why)
    return found


def survey(root: Path) -> tuple[list[Chapter], dict[str, str]]:
    """List the chapters as `discover`, and apart those with a broken header.

    Args:
        root: the project's folder.

    Returns:
        The good ones; slugs of the others, and what is wrong, in one paragraph each.
    """
    folders = sorted(path.parent for path in (root / "chapters").glob("*/lesson.md"))
    order = {slug: place for place, slug in enumerate(toc_slugs(root))}
    folders.sort(key=lambda folder: (order.get(folder.name, len(order)), folder.name))
    found: list[Chapter] = []
    broken: dict[str, str] = {}
    for folder in folders:
        try:
            found.append(_chapter(folder))
        except CourseError as error:
            broken[folder.name] = str(error)
    return found, broken


def select(
    chapters: Sequence[Chapter],
    names: Iterable[str],
    broken: Mapping[str, str] = MappingProxyType({}),
) -> list[Chapter]:
    """Pick chapters by slug; all of them where no name is given.

    Args:
        chapters: what there is.
        names: slugs, or paths such as ``chapters/concepts/``.
        broken: slugs of those whose header is no good, and why.

    Returns:
        The chosen chapters in the book's order, each once.

    Raises:
        CourseError: an unknown name; the message lists the right ones.  Or a broken
            one; the message says what is wrong with it.
    """
    known = {chapter.slug: chapter for chapter in chapters}
    chosen = set()
    for name in names:
        slug = Path(name.rstrip("/\\")).name
        if slug in broken:
            raise CourseError(broken[slug])
        if slug not in known:
            raise CourseError(
                f"There is no chapter {name!r}.{nearest(slug, known)} "
                f"The chapters are: {', '.join(known) or 'none yet'}."
            )
        chosen.add(slug)
    return [chapter for chapter in chapters if not chosen or chapter.slug in chosen]


def read_notebook(path: Path) -> "NotebookNode":
    """Turn a MyST source into a notebook whose cell ids depend on text alone.

    Args:
        path: a ``lesson.md`` or ``exercises.md``.

    Returns:
        An nbformat 4.5 notebook without outputs, for the kernel ``python3``.

    Raises:
        CourseError: the file is missing or is not a MyST notebook.
    """
    text = _read_text(path)
    front_matter(path)
    try:
        return copy.deepcopy(_notebook(text))
    except Exception as error:
        raise CourseError(
            f"{_short(path)} is not a MyST notebook that jupytext can read: {error}"
        ) from error


@lru_cache(maxsize=128)
def _notebook(text: str) -> "NotebookNode":
    """Parse a source; a build asks for each of them several times."""
    import jupytext

    notebook = jupytext.reads(text, fmt="md:myst")
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        text = f"{cell.cell_type}\n{cell.source}"
        name = hashlib.sha256(text.encode()).hexdigest()[:12]
        seen[name] = seen.get(name, 0) + 1
        cell["id"] = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return notebook


def tags(cell: Any) -> list[str]:
    """Return the tags of a cell, an empty list where it has none."""
    return list(cell.get("metadata", {}).get("tags", []))


def _chapter(folder: Path) -> Chapter:
    path = folder / "lesson.md"
    course = front_matter(path).get("course")
    if not isinstance(course, dict):
        raise CourseError(
            f"{_short(path)}: the header has no 'course:' block with slug, title, "
            "minutes, datasets and method."
        )
    slug, title = course.get("slug"), course.get("title")
    datasets = course.get("datasets", ["embedded"])
    minutes = course.get("minutes", 0)
    if slug != folder.name:
        raise CourseError(
            f"{_short(path)}: course.slug is {slug!r}, but the folder is "
            f"{folder.name!r}. They must be the same."
        )
    if not isinstance(title, str) or not title:
        raise CourseError(f"{_short(path)}: course.title must be a short text.")
    if not isinstance(minutes, int) or isinstance(minutes, bool):
        raise CourseError(f"{_short(path)}: course.minutes must be a whole number.")
    if not isinstance(datasets, list) or not datasets:
        raise CourseError(
            f"{_short(path)}: course.datasets must be a list such as [embedded]."
        )
    return Chapter(
        slug=slug,
        folder=folder,
        title=title,
        minutes=minutes,
        datasets=tuple(str(name) for name in datasets),
        method=str(course.get("method", "")),
    )


def toc_slugs(root: Path) -> list[str]:
    """List the chapters that ``_toc.yml`` names, in its order.

    Args:
        root: the project's folder.

    Returns:
        The slugs of the entries ``chapters/<slug>/lesson``; empty without a file.
    """
    path = root / "_toc.yml"
    if not path.is_file():
        return []
    try:
        toc = yaml.safe_load(_read_text(path))
    except yaml.YAMLError as error:
        raise CourseError(f"_toc.yml is not YAML: {error}") from error
    found: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            name = str(node.get("file", ""))
            parts = Path(name).parts
            if len(parts) == 3 and parts[0] == "chapters" and parts[2] == "lesson":
                found.append(parts[1])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(toc)
    return found


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors put a mark first
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{_short(path)} cannot be read: {error}") from error


def _short(path: Path) -> str:
    return "/".join(path.parts[-3:])
