"""What a run costs beside its own work: tasks a second with an empty notebook."""

import time
from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

import nbformat

from support.course.bench.tasks import Parcel, perform
from support.course.errors import CourseError
from support.course.executors import local_executor
from support.course.staleness import code_digest

__all__ = ["empty_parcel", "measure", "report"]


def empty_parcel() -> Parcel:
    """Make a run that does nothing, for any machine with this package."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("pass")])
    root = Path(__file__).resolve().parents[3]
    return Parcel(
        name="empty",
        notebook=nbformat.writes(notebook),
        parameters={},
        files={},
        code=code_digest(notebook, root=root),
        timeout=120,
        threads=1,
    )


def measure(pool: Executor, tasks: int) -> float:
    """Run empty notebooks through an executor.

    Args:
        pool: where to run them.
        tasks: how many.

    Returns:
        Seconds from the first to the last.

    Raises:
        CourseError: one of them failed.
    """
    parcel = empty_parcel()
    begun = time.perf_counter()
    futures = [pool.submit(perform, parcel) for _ in range(tasks)]
    for future in futures:
        outcome = future.result()
        if outcome.state != "done":
            raise CourseError(f"An empty notebook failed: {outcome.reason}")
    return time.perf_counter() - begun


def report(counts: Sequence[int], tasks: int, scheduler: str | None) -> str:
    """Measure and write a table.

    Args:
        counts: kernels at once, for this machine.
        tasks: empty notebooks for each of them.
        scheduler: a Dask cluster that is measured instead.

    Returns:
        Lines of text: tasks a second, and the seconds that one task takes of one
        worker, which is all overhead since the notebook is empty.
    """
    lines = ["workers  tasks  tasks/s  s a task and worker"]

    def line(count: int, seconds: float) -> None:
        each = seconds * count / tasks
        lines.append(f"{count:7d}  {tasks:5d}  {tasks / seconds:7.2f}  {each:.3f}")

    if scheduler is not None:
        from support.course.bench.clusters import connect

        place = connect(scheduler, "cpu")
        try:
            line(max(1, place.slots() // 2), measure(place.executor, tasks))
        finally:
            place.close(now=True)
        return "\n".join(lines)
    with local_executor(1) as pool:  # the first imports what the others share
        measure(pool, 1)
    for count in counts:
        with local_executor(count) as pool:
            line(count, measure(pool, tasks))
    return "\n".join(lines)
