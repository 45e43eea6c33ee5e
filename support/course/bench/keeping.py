"""Share a benchmark's runs with other processes, and keep what comes of each.

The work is shared run by run with every other process on the same folder.  Whatever
ends this process, what was finished is kept, and the same command goes on.
"""

from dataclasses import replace
from datetime import UTC, datetime

from support.course.bench.folder import DamagedRecordError, Entry, Folder
from support.course.bench.plan import Run
from support.course.kernel.execution import Outcome
from support.course.project.errors import CourseError
from support.course.results.recording import complete
from support.course.run.runner import Turn

__all__ = ["Records"]


class Records:
    """Keeps the records of runs in a folder that several processes may share.

    Args:
        folder: is prepared.

    Raises:
        CourseError: the folder cannot be written.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        folder.prepare()

    def take(self, run: Run) -> Turn:
        """Take a run, unless another process is at it or has done it by now."""
        if not self._folder.sharing.take(run.key):
            return Turn.THEIRS
        if self._was_done(run):
            self._folder.sharing.release(run.key)
            return Turn.DONE
        return Turn.OURS

    def keep(self, run: Run, outcome: Outcome) -> Outcome:
        """Keep how a run ended; one without a good record has failed."""
        entry, outcome = _entry(run, outcome)
        left = "" if outcome.state == "done" else outcome.notebook
        self._folder.write(entry, left)
        self._folder.sharing.release(run.key)
        return outcome

    def touch(self) -> None:
        """Show the others that this process lives."""
        self._folder.sharing.touch()

    def release(self) -> None:
        """Give back the runs that are still held."""
        self._folder.sharing.release_all()

    def _was_done(self, run: Run) -> bool:
        """Whether another process has replaced the record since the plan was made."""
        try:
            entry = self._folder.read(run.key)
        except DamagedRecordError:
            return False
        return (
            entry is not None
            and entry.stamp != run.stamp
            and entry.code_digest == run.series.code
        )


def _entry(run: Run, outcome: Outcome) -> tuple[Entry, Outcome]:
    finished = datetime.now(UTC).isoformat(timespec="seconds")
    wall_s, record = round(outcome.wall_s, 3), None
    # A measurement that was finished counts, also where a later cell failed.
    if outcome.record is not None:
        try:
            record = complete(
                outcome.record,
                run.parameters,
                run.name,
                code=run.series.code,
                data=run.series.data,
                wall_s=wall_s,
                peak_rss_bytes=outcome.peak_rss_bytes,
                recorded=finished,
            ).content
        except CourseError as error:
            if outcome.state == "done":
                outcome = replace(outcome, state="failed", reason=str(error))
    elif outcome.state == "done":
        reason = "the lesson left no record: it shows no ledger"
        outcome = replace(outcome, state="failed", reason=reason)
    entry = Entry(
        run.configuration,
        outcome.state if record is None else "done",
        outcome.reason,
        run.series.code,
        run.series.data,
        wall_s=wall_s,
        peak_rss_bytes=outcome.peak_rss_bytes,
        finished=finished,
        record=record,
    )
    return entry, outcome
