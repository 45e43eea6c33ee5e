"""Where executions are done: this machine here; a cluster is another such place."""

import math
import os
import queue
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from typing import Protocol

from support.course.kernel.execution import Outcome
from support.course.kernel.executors import default_jobs, local_executor
from support.course.project.errors import CourseError
from support.course.project.own_name import refuse_another_support
from support.course.project.project import Project
from support.course.run.parcels import Parcel, perform

__all__ = ["Cards", "Here", "Place", "PlaceLostError", "perform_there", "visible_gpus"]

Reporter = Callable[[int, int], None]
#: Devices that leave open which card it is.
_ANY_CARD = ("auto", "cuda")


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

    def waits(self) -> str:
        """Say what it waits for before anything can be done; empty where nothing.

        Raises:
            CourseError: it waits for what will never come.
        """

    @property
    def patience_s(self) -> float:
        """After how many seconds of waiting the run is given up."""

    def close(self, *, now: bool) -> None:
        """End it: after those that are under way, or now."""


class Cards:
    """Graphics cards, handed out one a run, so that each run sees a single one.

    Args:
        names: values for ``CUDA_VISIBLE_DEVICES``.
        turns: how many runs go on at once; more than there are cards share them.
    """

    def __init__(self, names: Sequence[str], turns: int) -> None:
        self._free: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._any = bool(names)
        for turn in range(turns if names else 0):
            self._free.put(names[turn % len(names)])

    @contextmanager
    def one(self) -> Iterator[str | None]:
        """Take a card, and put it back; None where there is none."""
        card = self._free.get() if self._any else None
        try:
            yield card
        finally:
            if card is not None:
                self._free.put(card)


class Here:
    """This machine: threads, each of which waits for one kernel process.

    Args:
        project: whose notebooks are executed.
        jobs: kernels at once; None for one a core while memory lasts, or one a
            graphics card where the runs are for these.
        device: that the runs ask for; the book's own share what cards there are.

    Raises:
        CourseError: its kernels would import another project's ``support``.
    """

    def __init__(
        self, project: Project, jobs: int | None = None, device: str = "cpu"
    ) -> None:
        refuse_another_support(project)
        self.jobs = self.width(jobs, device)
        self._project = project
        self._pool = local_executor(self.jobs)
        self._cards = Cards(_gpus(device), self.jobs)

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

    def waits(self) -> str:
        """For nothing: the processor is here."""
        return ""

    @property
    def patience_s(self) -> float:
        """Without an end."""
        return math.inf

    def _perform(self, parcel: Parcel, report: Reporter) -> Outcome:
        with self._cards.one() as card:
            return perform(parcel, report, card)


def perform_there(parcel: Parcel) -> Outcome:
    """Execute a parcel on a cluster's worker, which shares out its cards."""
    if str(parcel.parameters.get("device", "auto")) not in _ANY_CARD:
        return perform(parcel)
    with _cards_there().one() as card:
        return perform(parcel, gpu=card)


@cache
def _cards_there() -> Cards:
    """The cards of this worker, one for each of its threads."""
    try:
        from distributed import get_worker

        threads = int(get_worker().state.nthreads)
    except (ImportError, ValueError):  # no worker
        threads = 1
    names = visible_gpus()
    return Cards(names, max(threads, len(names)))


def _gpus(device: str) -> list[str]:
    return visible_gpus() if device in _ANY_CARD else []


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
