"""Times, sizes and days in words."""

import pytest

from support.course.project.words import date, duration, memory


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (25_163_420, "25.2 MB"),
        (500_000_000, "500 MB"),
        (1_200_000_000, "1.2 GB"),
    ],
)
def test_sizes(count: int, words: str) -> None:
    assert memory(count) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.04, "0.0 s"), (59.4, "59 s"), (3600, "1 h 00 min")]
)
def test_times(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_days() -> None:
    assert date("2026-03-01T23:59:59+00:00") == "1 March 2026"
