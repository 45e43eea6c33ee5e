"""Waiting is said: for what, after ten seconds, and given up after a limit."""

import time
from collections.abc import Callable

from support.course.project.errors import CourseError
from support.course.project.words import duration
from support.course.run.places import Place

__all__ = ["Waiting"]

_LOOK_EVERY_S = 2.0
_FIRST_WORD_S = 10.0
_NEXT_WORD_S = 60.0


class Waiting:
    """Watches a place that can do nothing yet.

    Args:
        place: where the work is to be done.
        say: prints a line.
        clock: seconds that only go forward.
    """

    def __init__(
        self,
        place: Place,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place, self._say, self._clock = place, say, clock
        self._look_at = clock()
        self._since: float | None = None
        self._word_at = 0.0

    def look(self) -> None:
        """Ask the place, now and then, what it waits for, and say it.

        Raises:
            CourseError: it has waited too long, or for what will never come.
        """
        now = self._clock()
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_EVERY_S
        words = self._place.waits()
        if not words:
            self._since = None
            return
        if self._since is None:
            self._since, self._word_at = now, now + _FIRST_WORD_S
        waited = now - self._since
        if waited >= self._place.patience_s:
            raise CourseError(
                f"Given up after {duration(waited)} of waiting: {words}. What was "
                "finished is kept; --wait with more seconds waits longer.",
                exit_code=1,
            )
        if now >= self._word_at:
            self._word_at = now + _NEXT_WORD_S
            self._say(f"waiting for {duration(waited)}: {words}")
