"""Where executions are done: this machine here; a cluster is another such place."""

import os
import queue
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Protocol

from support.course.kernel.execution import Outcome
from support.course.kernel.executors import default_jobs, local_executor
from support.course.project.errors import CourseError
from support.course.project.project import Project
from support.course.run.parcels import Parcel, perform

__all__ = ["Here", "Place", "PlaceLostError", "visible_gpus"]

Reporter = Callable[[int, int], None]


class PlaceLostError(CourseError):
    """The place where the work was done cannot be reached any more."""

    def __init__(self) -> None:
        super().__init__(
            "The scheduler is lost, or gave the work up. What was finished is kept; "
            "run the same command again when it is back.",
            exit_code=1,
        )


class Place(Protocol):
    """Takes parcels and gives their outcomes."""

    def slots(self) -> int:
        """Say how many it bears at once, now."""

    def submit(self, parcel: Parcel, report: Reporter) -> Future[Outcome]:
        """Begin one; ``report`` is called at each cell where that is possible."""

    def close(self, *, now: bool) -> None:
        """End it: after those that are under way, or now."""


class Here:
    """This machine: threads, each of which waits for one kernel process.

    Args:
        project: whose notebooks are executed.
        jobs: kernels at once; None for one a core while memory lasts, or one a
            graphics card where the runs are for these.
        device: that the runs ask for; the book's own share what cards there are.
    """

    def __init__(
        self, project: Project, jobs: int | None = None, device: str = "cpu"
    ) -> None:
        gpus = _gpus(device)
        self.jobs = self.width(jobs, device)
        self._project = project
        self._pool = local_executor(self.jobs)
        # One kernel a card: a run takes a card from here, and puts it back.
        self._gpus: queue.SimpleQueue[str] | None = None
        if gpus:
            self._gpus = queue.SimpleQueue()
            for turn in range(self.jobs):
                self._gpus.put(gpus[turn % len(gpus)])

    @staticmethod
    def width(jobs: int | None, device: str) -> int:
        """Say how many runs go on at once; see the arguments of the class."""
        return jobs or len(_gpus(device)) or default_jobs()

    def slots(self) -> int:
        """As many as there are kernels at once."""
        return self.jobs

    def submit(self, parcel: Parcel, report: Reporter) -> Future[Outcome]:
        """Begin one in a thread."""
        parcel = replace(
            parcel,
            root=str(self._project.root),
            cwd=str(self._project.cwd),
            jobs=self.jobs,
        )
        return self._pool.submit(partial(self._perform, parcel, report))

    def close(self, *, now: bool) -> None:
        """End the threads; with ``now``, those that have not begun never do."""
        self._pool.shutdown(wait=True, cancel_futures=now)

    def _perform(self, parcel: Parcel, report: Reporter) -> Outcome:
        if self._gpus is None:
            return perform(parcel, report)
        gpu = self._gpus.get()
        try:
            return perform(parcel, report, gpu)
        finally:
            self._gpus.put(gpu)


def _gpus(device: str) -> list[str]:
    return visible_gpus() if device in ("auto", "cuda") else []


def visible_gpus() -> list[str]:
    """List the graphics cards that this process may use, without importing torch.

    Returns:
        Values for ``CUDA_VISIBLE_DEVICES``; none where there is no card.
    """
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        names = [name.strip() for name in named.split(",")]
        return [name for name in names if name not in ("", "-1")]
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    answer = subprocess.run(
        [program, "-L"], capture_output=True, text=True, check=False
    )
    count = sum(line.startswith("GPU ") for line in answer.stdout.splitlines())
    return [str(number) for number in range(count)]
