"""One project: made once by the command line and handed down from there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.course.project.chapters import Chapter, discover, find_root, select
from support.course.project.papers import load_papers

__all__ = ["Project"]


@dataclass(frozen=True)
class Project:
    """What every command works on, as it stood when the command began.

    Attributes:
        root: the folder that holds ``chapters`` and ``book``.
        cwd: the folder the command was given in; a reader's methods are found
            from there, and paths are shown relative to it.
        chapters: those that are written, in the book's order.
        papers: all nineteen, as ``book/papers.yml`` lists them.
    """

    root: Path
    cwd: Path
    chapters: tuple[Chapter, ...]
    papers: tuple[Mapping[str, Any], ...]

    @classmethod
    def at(cls, root: Path, cwd: Path | None = None) -> "Project":
        """Read the project in a folder.

        Args:
            root: the project's folder.
            cwd: the folder the command was given in; that of this process by
                default.

        Raises:
            CourseError: a chapter's header or the list of papers is unreadable.
        """
        root = root.resolve()
        papers = tuple(load_papers(root))
        return cls(root, cwd or Path.cwd(), tuple(discover(root)), papers)

    @classmethod
    def here(cls) -> "Project":
        """Find the project from the current folder; see :func:`find_root`."""
        return cls.at(find_root())

    @property
    def build(self) -> Path:
        """Everything generated; never committed."""
        return self.root / "_build"

    def select(self, names: Iterable[str]) -> list[Chapter]:
        """Pick chapters by slug; all of them where no name is given."""
        return select(self.chapters, names)

    def shown(self, path: Path) -> Path:
        """Shorten a path for the person who gave the command, where it is below."""
        return path.relative_to(self.cwd) if path.is_relative_to(self.cwd) else path
