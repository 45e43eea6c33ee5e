"""Do what a benchmark's plan leaves to do, and keep each result the moment it is there.

The work is shared run by run with every other process on the same folder.  Whatever
ends this process, what was finished is kept, and the same command goes on.
"""

import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime

from support.course.bench.folder import DamagedRecordError, Entry, Folder
from support.course.bench.places import Place, PlaceLostError
from support.course.bench.plan import BenchPlan, Run
from support.course.kernel.execution import Outcome
from support.course.kernel.interrupts import stop_on_sigterm, unstoppable
from support.course.kernel.kernels import allow, kill_all
from support.course.project.errors import CourseError
from support.course.results.recording import complete, extract_text
from support.course.run.progress import Display

__all__ = ["BenchReport", "run_plan"]

_PAUSE_S = 0.2


@dataclass
class BenchReport:
    """What this process did.

    Attributes:
        done: how many runs it finished well.
        shared: how many another process did meanwhile.
        failed: runs that did not end well, with the reason.
        methods: runs in which the reader's method alone failed, with the reason.
    """

    done: int = 0
    shared: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    methods: dict[str, str] = field(default_factory=dict)


def run_plan(
    plan: BenchPlan, folder: Folder, place: Place, *, quiet: bool = False
) -> BenchReport:
    """Run what is left to do in a plan.

    Args:
        plan: made by :func:`support.course.bench.plan.make_plan`.
        folder: takes the records; prepared.
        place: where the runs are done.
        quiet: print nothing but failures.

    Returns:
        The report; failures are in it, they do not raise.

    Raises:
        CourseError: records cannot be kept, or the cluster is lost.
        KeyboardInterrupt: Ctrl-C or SIGTERM; no kernel is left here.
    """
    waiting = deque(plan.waiting)
    report = BenchReport()
    if not waiting:
        place.close(now=False)
        return report
    allow()
    futures: dict[Future[Outcome], Run] = {}
    with stop_on_sigterm(), Display(len(waiting), quiet=quiet) as display:
        try:
            while waiting or futures:
                _submit(waiting, futures, folder, place, display, report)
                _collect(futures, folder, display, report)
                folder.sharing.touch()
        except BaseException:
            with unstoppable():
                kill_all()
                place.close(now=True)
                _keep_finished(futures, folder)
            raise
        finally:
            folder.sharing.release_all()
        place.close(now=False)
    return report


def _submit(
    waiting: deque[Run],
    futures: dict[Future[Outcome], Run],
    folder: Folder,
    place: Place,
    display: Display,
    report: BenchReport,
) -> None:
    """Hand over as many runs as the place bears; put back what another is at."""
    for _ in range(len(waiting)):
        if len(futures) >= place.slots():
            return
        run = waiting.popleft()
        if not folder.sharing.take(run.key):
            waiting.append(run)
            continue
        if _was_done(run, folder):
            folder.sharing.release(run.key)
            report.shared += 1
            display.skip()
            continue
        futures[place.submit(run, display.cell_reporter(run))] = run


def _was_done(run: Run, folder: Folder) -> bool:
    """Whether another process has replaced the record since the plan was made."""
    try:
        entry = folder.read(run.key)
    except DamagedRecordError:
        return False
    return (
        entry is not None
        and entry.stamp != run.stamp
        and entry.code_digest == run.series.code
    )


def _collect(
    futures: dict[Future[Outcome], Run],
    folder: Folder,
    display: Display,
    report: BenchReport,
) -> None:
    if not futures:  # all that is left is in other hands
        time.sleep(_PAUSE_S)
        return
    ended, _ = wait(futures, timeout=_PAUSE_S, return_when=FIRST_COMPLETED)
    display.tick()
    for future in ended:
        run, outcome = futures[future], _outcome(future)
        entry = _entry(run, outcome)
        folder.write(entry, outcome.notebook if entry.state != "done" else "")
        del futures[future]
        folder.sharing.release(run.key)
        outcome.state, outcome.reason = entry.state, entry.reason
        display.end(run, outcome)
        for method, reason in entry.failures.items():
            report.methods[run.name] = f"{method}: {reason}"
            display.note(f"{method} did not finish. {reason}")
        if entry.state == "done":
            report.done += 1
        else:
            report.failed[run.name] = entry.reason


def _outcome(future: Future[Outcome]) -> Outcome:
    """Take the outcome; what a cluster did to the task is one as well."""
    try:
        return future.result()
    except CancelledError as error:
        raise PlaceLostError from error
    except Exception as error:  # above all: the worker died, again and again
        words = " ".join(str(error).split())
        return Outcome("failed", f"{type(error).__name__}: {words}")


def _entry(run: Run, outcome: Outcome) -> Entry:
    finished = datetime.now(UTC).isoformat(timespec="seconds")
    state, reason, record = outcome.state, outcome.reason, None
    if state == "done":
        found = extract_text(outcome.notebook)
        try:
            if found is None:
                raise CourseError("the lesson left no record: it shows no ledger")
            record = complete(
                found,
                run.parameters,
                run.name,
                code=run.series.code,
                data=run.series.data,
                wall_s=round(outcome.wall_s, 3),
                peak_rss_bytes=outcome.peak_rss_bytes,
                recorded=finished,
            ).content
        except CourseError as error:
            state, reason = "failed", str(error)
    return Entry(
        run.configuration,
        state,
        reason,
        run.series.code,
        run.series.data,
        wall_s=round(outcome.wall_s, 3),
        peak_rss_bytes=outcome.peak_rss_bytes,
        finished=finished,
        record=record,
    )


def _keep_finished(futures: dict[Future[Outcome], Run], folder: Folder) -> None:
    """After an interruption: keep what had just ended well."""
    for future, run in futures.items():
        if not future.done() or future.cancelled() or future.exception() is not None:
            continue
        entry = _entry(run, future.result())
        if entry.state == "done":
            try:
                folder.write(entry)
            except CourseError:  # the reason of the interruption, perhaps
                return
