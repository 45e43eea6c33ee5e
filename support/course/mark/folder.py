"""A folder of notebooks in, a folder of marks out; each student costs one row."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.course.kernel.executors import local_executor
from support.course.kernel.interrupts import stop_on_sigterm
from support.course.kernel.kernels import RunInterruptedError, allow, kill_all
from support.course.mark.kernel import Limits, fenced
from support.course.mark.marking import PASSED, Marked, Task, mark, solutions
from support.course.mark.report import page, table
from support.course.mark.submissions import Submission, collect
from support.course.project.chapters import Chapter, read_notebook
from support.course.project.errors import CourseError
from support.course.project.files import write_atomic
from support.course.project.project import Project
from support.course.project.tasks import exercise_cells
from support.course.seminar.materials import beside, package

__all__ = ["mark_folder"]


def mark_folder(
    project: Project,
    chapter: Chapter,
    folder: Path,
    out: Path,
    *,
    seed: int,
    limits: Limits,
    jobs: int = 1,
    say: Callable[[str], Any] = print,
) -> None:
    """Mark every notebook of a folder.

    Args:
        project: of the chapter.
        chapter: whose exercises they are.
        folder: of the students' notebooks; it is only read.
        out: the folder to make, with ``marks.csv`` and a page a student.
        seed: of the data and of fresh inputs, the same for all.
        limits: of each kernel.
        jobs: how many students at once.
        say: called with each line of what was done.

    Raises:
        CourseError: there is nothing to mark, ``out`` exists, the chapter's own
            solutions do not pass with this seed and these limits, or the package
            changed while an answer ran.
    """
    if out.exists() or out.is_symlink():
        raise CourseError(
            f"--out: {str(out)!r} exists already; nothing was marked. Name another "
            "folder."
        )
    if "exercises" not in chapter.stems:
        raise CourseError(f"{chapter.slug} has no exercises to mark.")
    cells = exercise_cells(read_notebook(chapter.source("exercises")).cells)
    handed_in = collect(folder, cells)
    allow()
    with _package(project) as (sources, unchanged), stop_on_sigterm():
        say(_fence(fenced(sources)))
        task = Task(cells, sources, beside(chapter), seed, limits)
        _try_solutions(task, chapter)
        rows: dict[str, tuple[Submission, dict[int, Marked]]] = {}

        def one(submission: Submission) -> tuple[Submission, dict[int, Marked]]:
            if submission.chapter not in ("", chapter.slug) and not submission.problem:
                words = f"it is of the chapter {submission.chapter}"
                submission = Submission(submission.student, problem=words)
            try:
                return submission, mark(task, submission)
            except RunInterruptedError:
                raise
            except Exception as error:  # whatever a notebook does to us is its own row
                words = f"marking it failed: {type(error).__name__}: {error}"
                submission = Submission(submission.student, problem=words)
                return submission, mark(task, submission)

        with local_executor(jobs) as executor:
            try:
                waiting = [executor.submit(one, item) for item in handed_in]
                for done in as_completed(waiting):
                    submission, marked = row = done.result()
                    if not unchanged():
                        raise CourseError(
                            f"The package changed while {submission.student} or "
                            "another answer ran, so no mark after it can be trusted. "
                            f"Look at the answers; the marks before are in {out}.",
                            exit_code=1,
                        )
                    rows[submission.student] = row
                    ordered = [rows[i.student] for i in handed_in if i.student in rows]
                    write_atomic(
                        out / f"{submission.student}.html",
                        page(task, row, chapter.title),
                    )
                    write_atomic(out / "marks.csv", table(task, ordered, chapter.slug))
                    points = sum(item.state == PASSED for item in marked.values())
                    say(
                        f"{len(rows)}/{len(handed_in)} {submission.student}: {points} "
                        f"of {len(marked)}"
                    )
            except BaseException:
                executor.shutdown(wait=False, cancel_futures=True)
                kill_all()
                raise
    say(f"{out / 'marks.csv'}: seed {seed}")


@contextmanager
def _package(project: Project) -> Iterator[tuple[Path, Callable[[], bool]]]:
    """Lay out a copy that kernels import, and a way to see that nobody changed it.

    The chapters' texts, with their solutions, are not in it.
    """
    with tempfile.TemporaryDirectory(prefix="mark-package-") as folder:
        root = Path(folder)
        for name, data in package(project).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)

        def state() -> str:
            total = hashlib.sha256()
            for here, folders, names in os.walk(root):
                folders[:] = sorted(name for name in folders if name != "__pycache__")
                for name in sorted(names):
                    total.update(f"{here}/{name}\n".encode())
                    total.update((Path(here) / name).read_bytes())
            return total.hexdigest()

        before = state()
        yield root, lambda: state() == before


def _try_solutions(task: Task, chapter: Chapter) -> None:
    """A marking that its own book would fail is no marking."""
    failed = {
        number: item
        for number, item in mark(task, solutions(task.cells)).items()
        if item.state != PASSED
    }
    if failed:
        said = "\n".join(
            f"  exercise {n}: {i.state}: {i.words}" for n, i in failed.items()
        )
        raise CourseError(
            f"{chapter.slug}: the book's own solutions do not pass with seed "
            f"{task.seed} in {task.limits.seconds} s a cell and "
            f"{task.limits.memory / 2**30:g} GB; nothing was marked. Give another "
            f"--seed, or more of --timeout or --memory.\n{said}",
            exit_code=1,
        )


def _fence(held: dict[str, bool]) -> str:
    if all(held.values()):
        return "Each notebook runs in a kernel of its own, without network or files."
    open_ = [what for what, kept in held.items() if not kept]
    return (
        f"This system does not fence {' and '.join(open_)} off: an answer can reach "
        "what you can. Mark in a virtual machine or a container, or trust the students."
    )
