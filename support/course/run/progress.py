"""What a person sees while notebooks execute: which, since when, how long still."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from support.course.kernel.execution import Outcome, plain
from support.course.project.words import duration, memory

__all__ = ["Display", "Shown"]

_COLOURS = {"done": "green", "failed": "red", "timed out": "red"}


class Shown(Protocol):
    """What the display needs to know of an execution."""

    @property
    def name(self) -> str:
        """Tells it from the others."""

    @property
    def notebook_name(self) -> str:
        """The notebook, whatever the parameters."""

    @property
    def left_at(self) -> Path:
        """Where a notebook that failed is kept, as far as it got."""

    @property
    def expected_s(self) -> float:
        """The time it will probably take, as far as the bar goes."""

    @property
    def expected(self) -> str:
        """The same in words, or that nobody knows it."""


class _Expected(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"({task.fields['expected']})", style="dim")


class Display:
    """One line for each running notebook; a plain line at its start and its end.

    On a terminal the running lines move; in a file only the plain ones appear.

    Args:
        total: how many notebooks there are.
        quiet: print nothing but failures.
    """

    def __init__(self, total: int, *, quiet: bool = False) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self._total, self._ended, self._quiet = total, 0, quiet
        self._lines: dict[str, Any] = {}
        self._begun: dict[str, float] = {}
        self._told: set[tuple[str, str]] = set()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            _Expected(),
            TextColumn("{task.fields[cell]}", style="dim"),
            console=self.console,
            transient=True,
            disable=quiet or not self.console.is_terminal,
        )

    def __enter__(self) -> "Display":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def cell_reporter(self, job: Shown) -> Callable[[int, int], None]:
        """Return a function that notes which cell of a job is at work.

        Its first call, which comes from the job's own thread, also notes the start.
        """

        def report(cell: int, cells: int) -> None:
            if job.name not in self._lines:
                self._start(job)
            line = self._lines[job.name]
            self._progress.update(line, cell=f"cell {cell + 1} of {cells}")

        return report

    def tick(self) -> None:
        """Move the bars on: elapsed against expected time."""
        for name, begun in list(self._begun.items()):
            self._progress.update(self._lines[name], completed=time.monotonic() - begun)

    def end(self, job: Shown, outcome: Outcome) -> None:
        """Take a job's line away and print how it ended."""
        self._ended += 1
        self._begun.pop(job.name, None)
        line = self._lines.pop(job.name, None)
        if line is not None:
            self._progress.remove_task(line)
        good = outcome.state == "done"
        if self._quiet and good and not outcome.failures:
            return
        cost = f"{duration(outcome.wall_s)}, {memory(outcome.peak_rss_bytes)}"
        text = Text(f"[{self._ended}/{self._total}] {job.name}: ")
        text.append(outcome.state, style=_COLOURS[outcome.state])
        text.append(f" ({cost})" if good else f": {outcome.reason}")
        self.console.print(text)
        # ten seeds that fail alike are told once
        told = (job.notebook_name, outcome.reason)
        if outcome.failure and told not in self._told:
            self._told.add(told)
            self.console.print(Text.from_ansi(_shown(outcome.failure)))
        if not good and outcome.notebook:
            self.console.print(f"As far as it got: {job.left_at}")
        for method, reason in outcome.failures.items():
            self.console.print(Text(f"{method} did not finish. {reason}"))

    def say(self, text: str) -> None:
        """Print a line above those that move, also where little is printed."""
        self.console.print(Text(text))

    def skip(self) -> None:
        """Count one that another process has done."""
        self._ended += 1

    def _start(self, job: Shown) -> None:
        self._lines[job.name] = self._progress.add_task(
            job.name, total=job.expected_s, expected=job.expected, cell=""
        )
        # last: whoever finds a beginning (tick, in another thread) finds a line too
        self._begun[job.name] = time.monotonic()
        if not self.console.is_terminal and not self._quiet:
            self.console.print(f"      {job.name}: started ({job.expected})")


def _shown(text: str) -> str:
    """Keep a traceback's colours for a terminal, drop them for a file."""
    return text if sys.stdout.isatty() else plain(text)
