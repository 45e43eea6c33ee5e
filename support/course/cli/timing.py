"""Run ``support.speed`` in a process of its own and keep its record."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from support.course.project.errors import CourseError
from support.course.project.files import write_atomic
from support.course.project.project import Project

__all__ = ["record_path", "run_speed"]


def record_path(project: Project, device: str) -> Path:
    """The committed record of one kind of device, beside the page that shows it."""
    return project.root / "book" / "speed" / f"{device.partition(':')[0]}.json"


def run_speed(
    project: Project, *, only: Sequence[str], device: str, quick: bool, record: bool
) -> int:
    """Time the comparisons; the process prints its own lines.

    Args:
        project: whose book.
        only: parts of names; all where there is none.
        device: of our inputs.
        quick: fewer rounds.
        record: keep the record in the book.

    Returns:
        0; 1 where results disagree or a side failed, and then nothing is recorded.

    Raises:
        CourseError: an option is wrong; the process has said how.
    """
    command = [sys.executable, "-m", "support.speed", "--device", device]
    command += [word for name in only for word in ("--only", name)]
    command += ["--quick"] if quick else []
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "record.json"
        done = subprocess.run(
            [*command, "--output", str(output)], cwd=project.root, check=False
        )
        if done.returncode == 2:
            raise CourseError("Nothing was timed.")
        if done.returncode == 0 and record:
            path = record_path(project, device)
            write_atomic(path, output.read_text(encoding="utf-8"))
            print(f"wrote {path.relative_to(project.root)}; build the book to see it")
        elif record:
            print("Not recorded: first mend what is in capitals above.")
    return done.returncode
