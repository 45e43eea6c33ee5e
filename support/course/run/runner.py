"""Execute a plan: in parallel, visibly, and so that an interruption costs little.

Each result is kept the moment it is there.  Ctrl-C, SIGTERM or an error ends the
kernels at once; the next run finds what was finished and executes the rest.
"""

from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import nbformat

from support.course.kernel.execution import Outcome, Task, execute, kernel_environment
from support.course.kernel.executors import (
    default_jobs,
    local_executor,
    threads_per_kernel,
)
from support.course.kernel.interrupts import stop_on_sigterm, unstoppable
from support.course.kernel.kernels import allow, kill_all
from support.course.project.errors import CourseError
from support.course.run.planning import Job, Plan
from support.course.run.progress import Display
from support.course.run.staleness import changed_modules
from support.course.run.store import Status, Store

__all__ = ["Report", "run"]

_QUICK_TIMEOUT_S = 1800.0


@dataclass
class Report:
    """What a run did.

    Attributes:
        outcomes: how each executed job ended, by name.
        reused: how many stored executions were still good.
    """

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    reused: int = 0

    @property
    def failed(self) -> list[str]:
        """Names of the jobs that did not end in ``done``."""
        return [name for name, o in self.outcomes.items() if o.state != "done"]


def run(
    plan: Plan,
    *,
    root: Path,
    cwd: Path,
    jobs: int | None = None,
    timeout: float | None = None,
    quiet: bool = False,
    executor: Executor | None = None,
) -> Report:
    """Execute what is stale in a plan.

    Args:
        plan: made by :func:`support.course.run.planning.make_plan`.
        root: the project's folder.
        cwd: the folder the command was given in.
        jobs: how many kernels at once; as many as the machine bears by default.
        timeout: seconds allowed for each execution; half an hour by default in the
            quick profile, no limit in the full one.
        quiet: print nothing but failures.
        executor: where to run the tasks; threads of this process by default.

    Returns:
        The report; failures are in it, they do not raise.

    Raises:
        CourseError: results cannot be kept.
        KeyboardInterrupt: Ctrl-C or SIGTERM; no kernel is left.
    """
    stale = plan.stale
    report = Report(reused=len(plan.jobs) - len(stale))
    if not stale:
        return report
    store = Store(root)
    store.prepare()
    jobs = jobs or default_jobs()
    # Quick sizes gain nothing from a second thread, and threads that wait for each
    # other crawl on a busy machine; so a seed gives one result whatever the jobs.
    full = any(job.parameters.get("profile") == "full" for job in stale)
    threads = threads_per_kernel(jobs) if full else 1
    environment = kernel_environment(root, cwd, threads)
    local = executor is None
    pool = local_executor(jobs) if executor is None else executor
    allow()
    with stop_on_sigterm(), Display(len(stale), quiet=quiet) as display:
        futures: dict[Future[Outcome], Job] = {}
        try:
            for job in stale:
                task = _task(job, environment, timeout)
                call = execute
                if local:  # only threads can report to the display
                    call = partial(execute, on_cell=display.cell_reporter(job))
                futures[pool.submit(call, task)] = job
            waiting = set(futures)
            while waiting:
                ended, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
                display.tick()
                for future in ended:
                    job, outcome = futures[future], future.result()
                    outcome = _keep(store, root, job, outcome)
                    report.outcomes[job.name] = outcome
                    display.end(job, outcome)
        except BaseException:
            with unstoppable():
                kill_all()
                pool.shutdown(wait=True, cancel_futures=True)
                _keep_finished(store, root, futures, report)
            raise
        finally:
            if local:
                pool.shutdown(wait=True, cancel_futures=True)
    return report


def _task(job: Job, environment: Mapping[str, str], timeout: float | None) -> Task:
    return Task(
        name=job.name,
        notebook=nbformat.writes(job.notebook),
        parameters=job.changed,
        folder=str(job.chapter.folder),
        environment=environment,
        timeout=timeout or (_QUICK_TIMEOUT_S if job.profile == "quick" else None),
    )


def _keep(store: Store, root: Path, job: Job, outcome: Outcome) -> Outcome:
    """Store an outcome; one that cannot be stored has failed."""
    status = _status(job, outcome)
    if outcome.state == "done":
        changed = changed_modules(job.parts, root)
        if changed:  # nobody knows which text was imported: never reuse it
            status.key = ""
            status.reason = f"{', '.join(changed)} changed while it ran"
    try:
        store.write(job.place, status, outcome.notebook)
    except CourseError as error:
        reason = str(error) if outcome.state == "done" else outcome.reason
        return Outcome(
            "failed",
            reason,
            failure=outcome.failure,
            wall_s=outcome.wall_s,
            peak_rss_bytes=outcome.peak_rss_bytes,
        )
    return outcome


def _keep_finished(
    store: Store, root: Path, futures: Mapping[Future[Outcome], Job], report: Report
) -> None:
    """After an interruption: keep what had just ended well."""
    for future, job in futures.items():
        if job.name in report.outcomes or future.cancelled() or not future.done():
            continue
        if future.exception() is None and future.result().state == "done":
            report.outcomes[job.name] = _keep(store, root, job, future.result())


def _status(job: Job, outcome: Outcome) -> Status:
    return Status(
        state=outcome.state,
        reason=outcome.reason,
        key=job.key,
        wall_s=round(outcome.wall_s, 3),
        cpu_s=round(outcome.cpu_s, 3),
        peak_rss_bytes=outcome.peak_rss_bytes,
        peak_gpu_bytes=outcome.peak_gpu_bytes,
        device=outcome.device,
        parameters=job.parameters,
        profile=job.profile,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        parts=job.parts,
    )
