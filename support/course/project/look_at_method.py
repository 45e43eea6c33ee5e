"""Look at a reader's method, in a process of its own: what it is, and what it loads.

Run as a script, so that nothing of this package is loaded beside the method:
``python -P look_at_method.py MODULE NAME FOLDER...``.  The last line that is printed
is the answer, as JSON.
"""

import functools
import hashlib
import importlib
import inspect
import io
import json
import pickle
import sys
import sysconfig
from pathlib import Path
from types import ModuleType
from typing import Any

#: The name under which a method's module lists files that belong to it.
DECLARED = "METHOD_FILES"
_INSTALLED = [sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")]


def look(module: str, name: str) -> dict[str, Any]:
    """Import a callable and describe it; the keys are those of ``methods.Method``."""
    home = importlib.import_module(module)
    value = getattr(home, name)
    if not callable(value):
        return {"problem": f"it is of type {type(value).__name__}, not callable"}
    held, unknown = _held(value)
    return {
        "file": _file(value),
        "parameters": _parameters(value),
        "loaded": _loaded(module),
        "declared": _declared(home),
        "held": held,
        "unknown": unknown,
    }


def _file(value: Any) -> str | None:
    """The source of a callable; of an object that can be called, of its class."""
    while isinstance(value, functools.partial):
        value = value.func
    for one in (value, type(value)):
        try:
            return inspect.getsourcefile(inspect.unwrap(one))
        except TypeError:
            continue
    return None


def _parameters(value: Any) -> list[tuple[str, int, bool]] | None:
    try:
        found = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return None
    return [(one.name, int(one.kind), one.default is not one.empty) for one in found]


def _held(value: Any) -> tuple[str, str]:
    """The digest of what an object holds, or why nobody knows it."""
    if inspect.isbuiltin(value):
        return "", "it is made in C, so that a change of it is not noticed"
    if inspect.ismethod(value):
        value = value.__self__
    if inspect.isfunction(value) or inspect.isclass(value):
        return "", ""  # its source says it all
    content = io.BytesIO()
    try:
        _Pickler(content, protocol=4).dump(value)
        return hashlib.sha256(content.getvalue()).hexdigest(), ""
    except Exception as error:  # whatever an object's own code raises
        why = type(error).__name__
        return "", f"what it holds cannot be read ({why}), so only its code is watched"


class _Pickler(pickle.Pickler):
    """Writes a tensor by its values; torch would write addresses in memory too."""

    def reducer_override(self, one: Any) -> Any:
        torch = sys.modules.get("torch")
        if torch is None or not isinstance(one, torch.Tensor):
            return NotImplemented
        values = one.detach().cpu().contiguous().flatten().view(torch.uint8)
        return tuple, ((str(one.dtype), tuple(one.shape), values.numpy().tobytes()),)


def _loaded(module: str) -> dict[str, tuple[str, bool]]:
    """Modules with a source that are neither Python's nor another package's.

    Each with its file, and whether it is installed; of what is installed, only the
    modules of the method's own package.
    """
    own = module.partition(".")[0]
    found = {}
    for name, one in list(sys.modules.items()):
        file = getattr(one, "__file__", None)
        here = one is sys.modules["__main__"]  # under two names, where torch is loaded
        if here or not file or not file.endswith(".py"):
            continue
        path = Path(file)
        if not path.is_absolute() or not path.is_file():  # what is not from a file
            continue
        path = path.resolve()
        installed = "site-packages" in path.parts or any(
            path.is_relative_to(Path(folder).resolve()) for folder in _INSTALLED
        )
        if not installed or name.partition(".")[0] == own:
            found[name] = (str(path), installed)
    return found


def _declared(module: ModuleType) -> list[str]:
    names = getattr(module, DECLARED, ())
    if isinstance(names, str):
        names = [names]
    return [str(name) for name in names]


if __name__ == "__main__":
    sys.path[:0] = sys.argv[3:]
    try:
        answer = look(*sys.argv[1:3])
    except BaseException as error:
        answer = {"problem": f"{type(error).__name__}: {error}"}
    print("\n" + json.dumps(answer))
