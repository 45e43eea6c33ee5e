"""Checks for exercises that answer in words.

A check calls the reader's function on fresh inputs, compares it with a tested
function of the package, and says what was tried, what came out, what was expected
and what was not checked.  It never raises and never shows a solution, so a notebook
with unfinished exercises still runs from top to bottom.
"""

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence, Sized
from typing import Any

import numpy as np

__all__ = ["check", "expect", "judged"]

_FEW = 6  # numbers that are shown one by one
_LETTERS = 60  # of what is shown as Python writes it
_RAISED = (Exception, SystemExit)  # an interrupt is the reader's own


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
        function: the reader's; it gets inputs of its own, so that it may change
            them.
        against: gives the right value for the same inputs.
        inputs: draws the arguments of one call from a NumPy generator, and from
            nothing else.
        what: names the exercise in the answer.
        tries: how many fresh inputs.
        seed: of the inputs.
        tolerance: the largest absolute difference that counts as equal.
        not_checked: what a passing answer still may get wrong, in words; that
            other inputs, speed and memory were not looked at is said always.

    Returns:
        Whether all tries agreed; the words are printed.
    """
    rng = np.random.default_rng(seed)
    seen: list[Sequence[Any]] = []
    for number in range(1, tries + 1):
        theirs = inputs(copy.deepcopy(rng))
        arguments = inputs(rng)
        seen.append(arguments)
        wanted = against(*arguments)
        try:
            given = function(*theirs)
        except _RAISED as error:  # whatever the reader's code raises is an answer
            reason = f"it raised {type(error).__name__}: {error}"
        else:
            reason = _difference(given, wanted, tolerance)
        if reason:
            names = _names(function, len(arguments))
            shown = ", ".join(
                f"{name} = {_short(value)}"
                for name, value in zip(names, arguments, strict=True)
            )
            left = tries - number
            beyond = f"the {left} inputs after this one" if left else ""
            tried = f"input {number} of {tries}: {shown}"
            return _say(False, what, f"{reason}.", tried, beyond)
    names = _names(function, len(seen[0])) if seen else []
    covered = "; ".join(
        f"{name}: {_span(values)}"
        for name, values in zip(names, zip(*seen, strict=True), strict=True)
    )
    beyond = "inputs unlike these, speed, memory"
    beyond = f"{not_checked}; {beyond}" if not_checked else beyond
    words = f"{tries} fresh inputs agree to within {tolerance:g}."
    return _say(True, what, words, covered, beyond)


def expect(
    passed: bool,
    message_if_not: str,
    *,
    what: str,
    tried: str = "",
    not_checked: str = "",
) -> bool:
    """Say whether a condition holds; for checks that compare no function.

    Args:
        passed: the condition.
        message_if_not: what came out and what was expected, in words.
        what: names the exercise in the answer.
        tried: what the condition was asked of, in words.
        not_checked: what it does not ask, in words.
    """
    words = "this holds." if passed else message_if_not
    return _say(bool(passed), what, words, tried, not_checked)


def judged(judge: Callable[[], bool], what: str) -> bool:
    """Run a check of several steps; what the reader's code raises is an answer too.

    Args:
        judge: runs the reader's code and returns whether it holds.
        what: is judged, for the sentence where it raises.

    Returns:
        What ``judge`` returns; False, said in words, where it raises.
    """
    try:
        return judge()
    except _RAISED as error:
        words = f"it could not be judged: {type(error).__name__}: {error}"
        return expect(False, words, what=what)


def _say(passed: bool, what: str, words: str, tried: str, beyond: str) -> bool:
    print(f"{'✓ passed' if passed else '✗ not yet'} · {what}: {words}")
    for title, text in (("Tried", tried), ("Not checked", beyond)):
        if text:
            print(f"  {title}: {text}.")
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
        return "it returned a value that is not finite; expected finite numbers"
    off = np.abs(value - target) > tolerance
    if off.any() and value.ndim <= 1 and value.size <= _FEW:
        return f"it returned {_short(given)}; expected {_short(wanted)}"
    if off.any():
        place = tuple(int(side) for side in np.argwhere(off)[0])
        return (
            f"of the {value.size} numbers it returned {off.sum()} are off; the first, "
            f"at {list(place)}, is {_short(value[place])}; expected "
            f"{_short(target[place])}"
        )
    return ""


def _names(function: Callable[..., Any], count: int) -> list[str]:
    """Name the arguments as the reader did, or by their places."""
    places = [f"argument {place}" for place in range(1, count + 1)]
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return places
    names = [
        parameter.name
        for parameter in parameters
        if parameter.kind
        in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    return names[:count] if len(names) >= count else places


def _span(values: Sequence[Any]) -> str:
    """Say what all values of one argument had: shapes, and the range of numbers."""
    try:
        arrays = [_array(value) for value in values]
    except (TypeError, ValueError):
        return _short(values[0])
    if len({array.ndim for array in arrays}) > 1:
        return "numbers of several shapes"
    shapes = list(zip(*(array.shape for array in arrays), strict=True))
    sizes = [_range(min(sides), max(sides)) for sides in shapes]
    numbers = np.concatenate([array.ravel() for array in arrays])
    if not numbers.size:
        return "no numbers"
    span = _range(numbers.min(), numbers.max())
    if not sizes:
        return span
    return f"shape ({', '.join(sizes)}{',' if len(sizes) == 1 else ''}), {span}"


def _range(low: Any, high: Any) -> str:
    if low == high:
        return _short(low)
    return f"{_short(low)} to {_short(high)}"


def _array(value: Any) -> np.ndarray:
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return np.asarray(value, dtype=np.float64)


def _short(value: Any, parts: bool = True) -> str:
    """A value in few characters; measured decimals carry the sign ``≈``."""
    if callable(value):
        return getattr(value, "__name__", type(value).__name__)
    try:
        array = _array(value)
    except (TypeError, ValueError):
        few = parts and isinstance(value, Sized) and len(value) <= _FEW
        if few and isinstance(value, Mapping):
            named = (f"{name}: {_short(part, False)}" for name, part in value.items())
            return f"({', '.join(named)})"
        if few and isinstance(value, tuple | list):
            return f"({', '.join(_short(part, False) for part in value)})"
        words = " ".join(repr(value).split())
        return words if len(words) <= _LETTERS else f"a {type(value).__name__}"
    if array.ndim == 0:
        number = float(array)
        return f"{number:.0f}" if number.is_integer() else f"≈ {number:.4g}"
    if array.ndim == 1 and len(array) <= _FEW:
        return "[" + ", ".join(_short(number) for number in array) + "]"
    return f"numbers of shape {array.shape}"
