"""The package's plain name, ``support``: is it ours that a kernel would import?"""

import os
from collections.abc import Iterable
from pathlib import Path

from support.course.project.errors import CourseError
from support.course.project.project import Project

__all__ = ["another_support", "refuse_another_support"]

_OURS = Path(__file__).resolve().parents[2]


def another_support(folders: Iterable[Path]) -> Path | None:
    """Find a package of another project's that hides ours.

    Args:
        folders: that a kernel looks for modules in, before all others.

    Returns:
        The foreign ``support``; None where ours comes first.
    """
    for folder in folders:
        for place in (folder / "support" / "__init__.py", folder / "support.py"):
            if place.is_file():
                ours = place.parent.resolve() == _OURS
                return None if ours else place
    return None


def refuse_another_support(project: Project) -> None:
    """Refuse to start kernels that would import another project's ``support``.

    A project's own, beside its chapters, comes first and is meant.

    Raises:
        CourseError: the current folder or PYTHONPATH holds such a package.
    """
    if (project.root / "support").is_dir():
        return
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    folders = [project.cwd, *(Path(entry) for entry in entries if entry)]
    foreign = another_support(folders)
    if foreign is not None:
        raise CourseError(
            f"{foreign} hides this project's package, which is also called 'support'. "
            "Give the command in another folder, leave that one out of PYTHONPATH, or "
            "rename it."
        )
