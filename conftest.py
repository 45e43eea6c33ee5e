"""How nbval compares a fresh execution with a committed reference.

A reference keeps standard output and plain text alone (``course reference``); the
other forms of the same output, and what libraries say on standard error, are not
compared.
"""

import pytest

_NOT_COMPARED = (
    "application/javascript",
    "application/vnd.course.record+json",
    "image/svg+xml",
    "stderr",
    "text/html",
    "text/latex",
    "text/markdown",
)


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Tell nbval's collector of a notebook which kinds of output to leave out."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += _NOT_COMPARED
