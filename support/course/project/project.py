"""One project: made once by the command line and handed down from there."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.course.project.chapters import Chapter, find_root, select, survey
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
        broken: chapters whose header is no good, and what is wrong with it.
    """

    root: Path
    cwd: Path
    chapters: tuple[Chapter, ...]
    papers: tuple[Mapping[str, Any], ...]
    broken: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, root: Path, cwd: Path | None = None) -> "Project":
        """Read the project in a folder.

        Args:
            root: the project's folder.
            cwd: the folder the command was given in; that of this process by
                default.

        Raises:
            CourseError: the contents or the list of papers is unreadable.
        """
        root = root.resolve()
        papers = tuple(load_papers(root))
        chapters, broken = survey(root)
        return cls(root, cwd or Path.cwd(), tuple(chapters), papers, broken)

    @classmethod
    def here(cls) -> "Project":
        """Find the project from the current folder, where a command begins.

        Chapters that it must do without are told on the standard error.
        """
        found = cls.at(find_root())
        for slug, why in found.broken.items():
            print(f"{slug} is left out: {why}", file=sys.stderr)
        return found

    @property
    def build(self) -> Path:
        """Everything generated; never committed."""
        return self.root / "_build"

    def select(self, names: Iterable[str]) -> list[Chapter]:
        """Pick chapters by slug; all of them where no name is given."""
        return select(self.chapters, names, self.broken)

    def shown(self, path: Path) -> Path:
        """Shorten a path for the person who gave the command, where it is below."""
        return path.relative_to(self.cwd) if path.is_relative_to(self.cwd) else path
