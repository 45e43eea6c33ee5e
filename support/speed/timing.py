"""Two functions timed in turns, and the ratio of their times with its interval.

A machine warms up, throttles, and is interrupted.  In turns, A B B A A B ..., both
meet the same weather; medians forget the interruptions; and resampling whole rounds
says how far the ratio may be trusted.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Times", "in_turns", "ratio_interval"]

_SHORTEST_S = 1e-3  # of one measurement: far above the clock's own cost
_LONG_S = 0.5  # one warm-up is enough for a call that takes so long
_MOST_CALLS = 10_000
_MOST_ROUNDS = 60


@dataclass(frozen=True)
class Times:
    """Seconds a call of ours and theirs, one of each a round."""

    ours: NDArray[np.float64]
    theirs: NDArray[np.float64]

    @property
    def ratio(self) -> float:
        """How many times faster ours is: the ratio of the medians."""
        return float(np.median(self.theirs) / np.median(self.ours))


def in_turns(
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    *,
    seconds: float,
    rounds: int = 5,
    synchronise: Callable[[], Any] = lambda: None,
) -> Times:
    """Time two functions in turns after a warm-up.

    A call shorter than a millisecond is repeated within one measurement.  The
    garbage collector waits meanwhile.

    Args:
        ours: one call of ours.
        theirs: one call of theirs.
        seconds: about how long to measure.
        rounds: at least so many, however long they take.
        synchronise: waits until the device has finished.

    Raises:
        ValueError: seconds or rounds are not above 0.

    >>> len(in_turns(lambda: 0, lambda: 0, seconds=0.02).ours) >= 5
    True
    """
    if not seconds > 0 or rounds < 1:
        raise ValueError(f"seconds, rounds: got {seconds}, {rounds}; give both above 0")

    def measure(call: Callable[[], Any], calls: int) -> float:
        synchronise()
        start = time.perf_counter()
        for _ in range(calls):
            call()
        synchronise()
        return (time.perf_counter() - start) / calls

    sides = (ours, theirs)
    calls = []
    for side in sides:  # the first call loads, allocates and compiles
        once = measure(side, 1)
        if once < _LONG_S:
            once = min(measure(side, 1), measure(side, 1))
        calls.append(
            int(np.clip(np.ceil(_SHORTEST_S / max(once, 1e-9)), 1, _MOST_CALLS))
        )
    found: tuple[list[float], list[float]] = ([], [])
    collecting = gc.isenabled()
    gc.disable()
    try:
        end = time.perf_counter() + seconds
        while len(found[0]) < rounds or (
            time.perf_counter() < end and len(found[0]) < _MOST_ROUNDS
        ):
            order = (0, 1) if len(found[0]) % 2 == 0 else (1, 0)
            measured = {turn: measure(sides[turn], calls[turn]) for turn in order}
            for turn, value in measured.items():
                found[turn].append(value)
    finally:
        if collecting:
            gc.enable()
    return Times(np.array(found[0]), np.array(found[1]))


def ratio_interval(
    times: Times, *, level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Percentile bootstrap interval of the ratio of medians, over whole rounds.

    Args:
        times: of :func:`in_turns`.
        level: the coverage wanted, in (0, 1).
        resamples: how many.
        seed: of the resampling.

    >>> ratio_interval(Times(np.ones(9), 2 * np.ones(9)))
    (2.0, 2.0)
    """
    rounds = len(times.ours)
    index = np.random.default_rng(seed).integers(rounds, size=(resamples, rounds))
    ratios = np.median(times.theirs[index], 1) / np.median(times.ours[index], 1)
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
