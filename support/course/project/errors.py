"""The one kind of error that a person at the command line is meant to read."""

import difflib
from collections.abc import Iterable

__all__ = ["CourseError", "nearest"]


class CourseError(Exception):
    """A mistake with one clear paragraph: what was given, expected, to do.

    Args:
        message: the paragraph; it is printed as it stands, without a traceback.
        exit_code: 2 for bad input (the default), 1 for a failure of the work.

    >>> CourseError("seed: got 'abc'; give an integer").exit_code
    2
    """

    def __init__(self, message: str, *, exit_code: int = 2) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"``, or nothing when no name is near.

    Args:
        name: what was given.
        known: what would have been right.

    Returns:
        A sentence that starts with a space, or the empty string.

    >>> nearest("concept", ["concepts", "lfit"])
    " Did you mean 'concepts'?"
    >>> nearest("zebra", ["concepts", "lfit"])
    ''
    """
    lowered = {item.lower(): item for item in known}
    matches = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return f" Did you mean {lowered[matches[0]]!r}?" if matches else ""
