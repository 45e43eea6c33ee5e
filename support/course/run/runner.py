"""Execute jobs: in parallel, visibly, and so that an interruption costs little.

There is this one loop, for the book's own executions and for the seeds of a benchmark;
what differs is who keeps what comes of a job.  Each outcome is kept the moment it is
there.  Ctrl-C, SIGTERM or an error ends the kernels at once; the next run finds what
was finished and executes the rest.
"""

import contextlib
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Generic, Protocol, TypeVar

from support.course.kernel.execution import Outcome
from support.course.kernel.interrupts import stop_on_sigterm, unstoppable
from support.course.kernel.kernels import allow, kill_all
from support.course.project.corpora import bring
from support.course.project.errors import CourseError
from support.course.project.project import Project
from support.course.run.parcels import Parcel
from support.course.run.places import Here, Place, PlaceLostError
from support.course.run.planning import Execution, Plan
from support.course.run.progress import Display, Shown
from support.course.run.store import Store
from support.course.run.waiting import Waiting

__all__ = ["Job", "Keeper", "Report", "Turn", "run", "run_jobs"]

_PAUSE_S = 0.2


class Job(Shown, Protocol):
    """One execution that is wanted."""

    @property
    def parcel(self) -> Parcel:
        """What is to be executed."""


AnyJob = TypeVar("AnyJob", bound=Job)
_Contra = TypeVar("_Contra", bound=Job, contravariant=True)


class Turn(Enum):
    """Whose a job is, where several processes share the work."""

    OURS = "ours"
    THEIRS = "theirs"
    DONE = "done by another"


class Keeper(Protocol[_Contra]):
    """Hands out jobs, and keeps what comes of them."""

    def take(self, job: _Contra) -> Turn:
        """Take a job for this process, where no other is at it or has done it."""

    def keep(self, job: _Contra, outcome: Outcome) -> Outcome:
        """Keep an outcome; returns it as it counts.

        Raises:
            CourseError: nothing can be kept any more.
        """

    def touch(self) -> None:
        """Show the others that this process lives."""

    def release(self) -> None:
        """Give back the jobs that are still held."""


@dataclass
class Report(Generic[AnyJob]):
    """What a run did.

    Attributes:
        outcomes: how each executed job ended, by name; without its notebook.
        reused: how many were good already, or were done by another meanwhile.
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    reused: int = 0

    @property
    def failed(self) -> list[str]:
        """Names of the jobs that did not end in ``done``."""
        return [name for name, o in self.outcomes.items() if o.state != "done"]


def run_jobs(
    jobs: Sequence[AnyJob],
    keeper: Keeper[AnyJob],
    place: Place,
    *,
    quiet: bool = False,
) -> Report[AnyJob]:
    """Execute jobs in their order.

    Args:
        jobs: what is wanted.
        keeper: keeps the outcomes.
        place: where the work is done; it is closed at the end.
        quiet: print nothing but failures.

    Returns:
        The report; failures are in it, they do not raise.

    Raises:
        CourseError: outcomes cannot be kept, or the place is lost.
        KeyboardInterrupt: Ctrl-C or SIGTERM; no kernel is left here.
    """
    waiting, report = deque(jobs), Report[AnyJob]()
    futures: dict[Future[Outcome], AnyJob] = {}
    allow()
    with stop_on_sigterm(), Display(len(waiting), quiet=quiet) as display:
        patience = Waiting(place, display.say)
        try:
            while waiting or futures:
                patience.look()
                _submit(waiting, futures, keeper, place, display, report)
                _collect(futures, keeper, display, report)
                keeper.touch()
        except BaseException:
            with unstoppable():
                kill_all()
                place.close(now=True)
                _keep_finished(futures, keeper)
            raise
        finally:
            keeper.release()
        place.close(now=False)
    return report


def _submit(
    waiting: deque[AnyJob],
    futures: dict[Future[Outcome], AnyJob],
    keeper: Keeper[AnyJob],
    place: Place,
    display: Display,
    report: Report[AnyJob],
) -> None:
    """Hand over as many jobs as the place bears; put back what another is at."""
    for _ in range(len(waiting)):
        if len(futures) >= place.slots():
            return
        job = waiting.popleft()
        turn = keeper.take(job)
        if turn is Turn.THEIRS:
            waiting.append(job)
        elif turn is Turn.DONE:
            report.reused += 1
            display.skip()
        else:
            future = place.submit(job.parcel, display.cell_reporter(job))
            futures[future] = job


def _collect(
    futures: dict[Future[Outcome], AnyJob],
    keeper: Keeper[AnyJob],
    display: Display,
    report: Report[AnyJob],
) -> None:
    if not futures:  # all that is left is in other hands
        time.sleep(_PAUSE_S)
        return
    ended, _ = wait(futures, timeout=_PAUSE_S, return_when=FIRST_COMPLETED)
    display.tick()
    for future in ended:
        job = futures[future]
        outcome = keeper.keep(job, _outcome(future))
        del futures[future]
        display.end(job, outcome)
        report.outcomes[job.name] = replace(outcome, notebook="")


def _outcome(future: Future[Outcome]) -> Outcome:
    """Take the outcome; what a cluster did to the task is one as well."""
    try:
        return future.result()
    except CancelledError as error:
        raise PlaceLostError from error
    except Exception as error:  # above all: the worker died, again and again
        words = " ".join(str(error).split())
        return Outcome("failed", f"{type(error).__name__}: {words}")


def _keep_finished(
    futures: dict[Future[Outcome], AnyJob], keeper: Keeper[AnyJob]
) -> None:
    """After an interruption: keep what had just ended well."""
    for future, job in futures.items():
        if not future.done() or future.cancelled() or future.exception() is not None:
            continue
        if future.result().state == "done":
            with contextlib.suppress(CourseError):  # that ended the run, perhaps
                keeper.keep(job, future.result())


class _Book:
    """Keeps the book's own executions, and those with a reader's parameters."""

    def __init__(self, project: Project) -> None:
        self._project, self._store = project, Store(project)
        self._store.prepare()

    def take(self, job: Execution) -> Turn:
        return Turn.OURS

    def keep(self, job: Execution, outcome: Outcome) -> Outcome:
        """Store an outcome; one that cannot be stored has failed, and that alone."""
        status = job.status(outcome, self._project)
        try:
            self._store.write(job.place, status, outcome.notebook)
        except CourseError as error:
            reason = str(error) if outcome.state == "done" else outcome.reason
            return replace(outcome, state="failed", reason=reason, notebook="")
        return outcome

    def touch(self) -> None:
        pass

    def release(self) -> None:
        pass


def run(
    project: Project,
    plan: Plan,
    *,
    jobs: int | None = None,
    quiet: bool = False,
    place: Place | None = None,
) -> Report[Execution]:
    """Execute what is stale in a plan.

    Args:
        project: it was made for.
        plan: made by :func:`support.course.run.planning.make_plan`.
        jobs: how many kernels at once; as many as the machine bears by default.
        quiet: print nothing but failures.
        place: where the work is done; this machine by default.

    Returns:
        The report; failures are in it, they do not raise.

    Raises:
        CourseError: ``_build`` cannot be written.
        KeyboardInterrupt: Ctrl-C or SIGTERM; no kernel is left.
    """
    stale = plan.stale
    report: Report[Execution] = Report()
    if stale:
        bring(job.source.dataset for job in stale)
        report = run_jobs(
            stale, _Book(project), place or Here(project, jobs), quiet=quiet
        )
    report.reused += len(plan.jobs) - len(stale)
    return report
