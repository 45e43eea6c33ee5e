"""Checks for exercises that answer in words.

A check calls the reader's function on fresh inputs, compares it with a tested
function of the package, and says what was tried, what came out and what was
expected.  It never raises and never shows a solution, so a notebook with
unfinished exercises still runs from top to bottom.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["check", "expect"]


def check(
    function: Callable[..., Any],
    *,
    against: Callable[..., Any],
    inputs: Callable[[np.random.Generator], Sequence[Any]],
    what: str,
    tries: int = 20,
    seed: int = 0,
    tolerance: float = 1e-6,
    not_checked: str = "",
) -> bool:
    """Compare the reader's function with a tested one on fresh inputs.

    Args:
        function: the reader's.
        against: gives the right value for the same inputs.
        inputs: draws the arguments of one call from a NumPy generator.
        what: names the exercise in the answer.
        tries: how many fresh inputs.
        seed: of the inputs.
        tolerance: the largest absolute difference that counts as equal.
        not_checked: what a passing answer still may get wrong, in words.

    Returns:
        Whether all tries agreed; the words are printed.
    """
    rng = np.random.default_rng(seed)
    for number in range(1, tries + 1):
        arguments = inputs(rng)
        wanted = against(*arguments)
        try:
            given = function(*arguments)
        except Exception as error:  # whatever the reader's code raises is an answer
            reason = f"it raised {type(error).__name__}: {error}"
        else:
            reason = _difference(given, wanted, tolerance)
        if reason:
            tried = ", ".join(_short(argument) for argument in arguments)
            return _say(False, what, f"{reason} (input {number}: {tried})")
    beyond = f" Not checked: {not_checked}." if not_checked else ""
    return _say(
        True, what, f"{tries} fresh inputs agree to within {tolerance:g}.{beyond}"
    )


def expect(passed: bool, message_if_not: str, *, what: str) -> bool:
    """Say whether a condition holds; for checks that compare no function.

    Args:
        passed: the condition.
        message_if_not: what came out and what was expected, in words.
        what: names the exercise in the answer.
    """
    return _say(bool(passed), what, "this holds." if passed else message_if_not)


def _say(passed: bool, what: str, words: str) -> bool:
    print(f"{'✓ passed' if passed else '✗ not yet'} · {what}: {words}")
    return passed


def _difference(given: Any, wanted: Any, tolerance: float) -> str:
    """Say in words how an answer differs, or nothing when it does not."""
    if given is None:
        return f"it returned nothing; expected {_short(wanted)}"
    if isinstance(wanted, tuple | list):
        if not isinstance(given, tuple | list) or len(given) != len(wanted):
            return f"it returned {_short(given)}; expected {len(wanted)} values"
        parts = zip(given, wanted, strict=True)
        found = (_difference(one, other, tolerance) for one, other in parts)
        return next((f"of its values, {words}" for words in found if words), "")
    target = _array(wanted)
    try:
        value = _array(given)
    except (TypeError, ValueError):
        return f"it returned {_short(given)}; expected {_short(wanted)}"
    if value.shape != target.shape:
        return f"it returned shape {value.shape}; expected shape {target.shape}"
    if not np.isfinite(value).all():
        return "it returned a value that is not finite"
    if value.size and np.abs(value - target).max() > tolerance:
        return f"it returned {_short(given)}; expected {_short(wanted)}"
    return ""


def _array(value: Any) -> np.ndarray:
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return np.asarray(value, dtype=np.float64)


def _short(value: Any) -> str:
    """A value in few characters; measured decimals carry the sign ``≈``."""
    if callable(value):
        return getattr(value, "__name__", type(value).__name__)
    try:
        array = _array(value)
    except (TypeError, ValueError):
        return repr(value)[:60]
    if array.ndim == 0:
        number = float(array)
        return f"{number:.0f}" if number.is_integer() else f"≈ {number:.4g}"
    if array.ndim == 1 and len(array) <= 6:
        return "[" + ", ".join(_short(number) for number in array) + "]"
    return f"numbers of shape {array.shape}"
