"""Where the runs of a benchmark are done: this machine, or a cluster."""

import os
import queue
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Protocol

from support.course.bench.plan import Run
from support.course.bench.tasks import Parcel, perform
from support.course.kernel.execution import Outcome
from support.course.kernel.executors import (
    default_jobs,
    local_executor,
    threads_per_kernel,
)
from support.course.project.errors import CourseError

__all__ = ["Here", "Place", "PlaceLostError", "visible_gpus"]

Reporter = Callable[[int, int], None]


class PlaceLostError(CourseError):
    """The place where the runs were done cannot be reached any more."""

    def __init__(self) -> None:
        super().__init__(
            "The scheduler is lost, or gave the work up. What was finished is kept; "
            "run the same command again when it is back.",
            exit_code=1,
        )


class Place(Protocol):
    """Takes runs and gives their outcomes."""

    def slots(self) -> int:
        """Say how many runs it bears at once, now."""

    def submit(self, run: Run, report: Reporter) -> Future[Outcome]:
        """Begin a run; ``report`` is called at each cell where that is possible."""

    def close(self, *, now: bool) -> None:
        """End it: after the runs that are under way, or now."""


class Here:
    """This machine: threads, each of which waits for one kernel process.

    Args:
        root: the project's folder.
        cwd: the folder the command was given in.
        jobs: kernels at once; None for one a core while memory lasts, or one a
            graphics card where the runs are for these.
        device: that the runs ask for.
    """

    def __init__(self, root: Path, cwd: Path, jobs: int | None, device: str) -> None:
        gpus = _gpus(device)
        self.jobs = self.width(jobs, device)
        self._root, self._cwd = str(root), str(cwd)
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

    def submit(self, run: Run, report: Reporter) -> Future[Outcome]:
        """Begin a run in a thread."""
        parcel = run.parcel(
            threads=threads_per_kernel(self.jobs), root=self._root, folders=[self._cwd]
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
