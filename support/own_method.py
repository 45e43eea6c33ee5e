"""A reader's own method: found by its name, and its errors told in words."""

import importlib
import inspect
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["in_words", "load_method"]


def load_method(spec: str) -> Callable[..., Any] | None:
    """Import the reader's own method, ``package.module:callable``.

    Raises:
        ValueError: the text has another form, the module does not import, or it
            has no such callable.
    """
    if not spec:
        return None
    module_name, _, name = str(spec).partition(":")
    if not module_name or not name:
        raise ValueError(f"method: got {spec!r}; give 'package.module:callable'")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ValueError(
            f"method: got {spec!r}, but {module_name} does not import ({error}); "
            "run from its folder, or install it"
        ) from error
    found = getattr(module, name, None)
    if not callable(found):
        raise ValueError(
            f"method: got {spec!r}, but {module_name} has no callable {name!r}"
        )
    return found


def in_words(error: BaseException, method: Callable[..., Any]) -> str:
    """Say what an error is, and at which line of the reader's file it arose."""
    name, text = type(error).__name__, " ".join(str(error).split())
    try:
        file = inspect.getsourcefile(inspect.unwrap(method))
    except TypeError:  # a method made in C has no file
        file = None
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == file
    ]
    at = f" (line {lines[-1]} of {Path(file).name})" if file and lines else ""
    return f"{name}: {text}{at}" if text else f"{name}{at}"
