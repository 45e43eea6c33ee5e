"""What each chapter hands to a reader's method: types, shapes and ranges, by a probe.

``python tools/probe_methods.py [CHAPTER]...`` runs those cells of each lesson that its
first call of a reader's method needs, quick and on embedded data: the chapter's own
example is the method, no rival stands beside it, and a training has one epoch.  At the
call the arguments and the answer are described, and the process ends there.  What was
found is written to ``book/method_arguments.json``, which the page on methods shows.
"""

import contextlib
import dataclasses
import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "book" / "method_arguments.json"
_TRIES = (
    {"hurried": True, "whole": False},
    {"hurried": False, "whole": False},  # where one epoch teaches too little
    {"hurried": False, "whole": True},
)


def described(value: Any) -> str:
    """Say what a value is: type, shape, range.

    >>> described(torch.tensor([[0.0, 1.0]]))
    'float32 tensor (1, 2), 0 to 1'
    >>> described(np.array([3, 4]))
    'int64 NumPy array (2,), 3 to 4'
    >>> described((2, 5)), described(7)
    ('tuple of 2 int, 2 to 5', 'int, 7')
    """
    if isinstance(value, torch.Tensor):
        kind = str(value.dtype).removeprefix("torch.")
        words = f"{kind} tensor {_shape(value.shape)}{_range(value.detach().cpu())}"
        return words + ("; gradients pass through it" if value.requires_grad else "")
    if isinstance(value, np.ndarray):
        shape = _shape(value.shape)
        return f"{value.dtype} NumPy array {shape}{_range(torch.from_numpy(value))}"
    if isinstance(value, float):
        return f"float, {value:.3g}"
    if isinstance(value, bool | int | str | torch.device):
        return f"{type(value).__name__}, {value}"
    if isinstance(value, torch.nn.Module):
        return f"torch module, {type(value).__name__}"
    if isinstance(value, Sequence) and value:
        kind = type(value[0]).__name__
        plain = isinstance(value[0], int | float)
        span = f", {min(value):g} to {max(value):g}" if plain else ""
        return f"{type(value).__name__} of {len(value)} {kind}{span}"
    if isinstance(value, Mapping):
        return f"mapping of {len(value)}: {', '.join(map(str, value))}"
    if callable(value):
        return "function"
    home = type(value).__module__
    if home in ("types", "builtins"):
        return f"object with {', '.join(vars(value))}"
    name = f"`{home}.{type(value).__name__}`"
    if not dataclasses.is_dataclass(value):
        return name
    return f"{name} with {', '.join(one.name for one in dataclasses.fields(value))}"


def seen(inner: Any, given: Sequence[Any], out: str) -> Any:
    """Describe a call and its answer in a file, and end the process.

    A call with a tensor of one value alone is a chapter's trial, and is let pass.
    """
    answer = inner(*given)
    if any(_constant(value) for value in given):
        return answer
    found = {"arguments": list(map(described, given)), "answer": described(answer)}
    Path(out).write_text(json.dumps(found), "utf-8")
    os._exit(0)


def _constant(value: Any) -> bool:
    real = isinstance(value, torch.Tensor) and value.is_floating_point()
    return real and value.numel() > 1 and bool(value.min() == value.max())


def hurry() -> None:
    """Let each training have one epoch; what a method is called with stays the same."""
    import support.training
    from support.training import loop, recipe

    whole = loop.fit

    def short(*given: Any, **named: Any) -> Any:
        return whole(*given, **{**named, "epochs": 1})

    for module in (support.training, loop, recipe):
        vars(module)["fit"] = short


class Alone(dict[str, Any]):
    """A reader's method, without the rivals that a lesson puts before it.

    >>> {"rival": 1} | Alone(own=2)
    {'own': 2}
    """

    def __ror__(self, rivals: object) -> "Alone":
        return self


def leading(cells: Sequence[tuple[list[str], str]]) -> list[str]:
    """Pick the cells of a lesson that its first call of a reader's method needs.

    >>> cells = ["a = 1", "b = 2", "own = lesson.entry()"]
    >>> cells += ["with lesson.guard(''):\\n    own(a)", "c = own"]
    >>> leading([([], cell) for cell in cells])[:-1]
    ['a = 1', 'own = lesson.entry()']
    """
    from support.course.run.cells import measuring

    texts = [text for _, text in cells]
    entry = next(i for i, text in enumerate(texts) if "lesson.entry(" in text)
    last = next(i for i, text in enumerate(texts[entry:], entry) if "guard(" in text)
    # Of cells that draw, those count from which a later one takes a name.
    return measuring(
        [(["figure"], text) for text in texts[:last]] + [([], texts[last])]
    )


def follow(slug: str, out: str, *, hurried: bool, whole: bool) -> None:
    """Run a lesson in this process, up to the first call of a reader's method.

    Args:
        slug: of the chapter.
        out: the file in which the call is described.
        hurried: let each training have one epoch.
        whole: run all cells, with the rivals.
    """
    from support.course.project.chapters import read_notebook
    from support.course.run.cells import code_cells
    from support.lesson import Lesson

    folder = ROOT / "chapters" / slug
    code = (folder / "own_method.py").read_text("utf-8")
    name = re.findall(r"^(?:def|class) (\w+)", code, re.MULTILINE)[-1]
    inner = getattr(importlib.import_module(f"chapters.{slug}.own_method"), name)
    probing = ModuleType("probing")
    vars(probing)["probe"] = lambda *given: seen(inner, given, out)
    sys.modules["probing"] = probing
    cells = code_cells(read_notebook(folder / "lesson.md"))
    texts = [text for _, text in cells] if whole else leading(cells)
    if not whole:
        entry = Lesson.entry
        Lesson.entry = lambda *of, **to: Alone(entry(*of, **to))
    Lesson.guard = lambda *of: contextlib.nullcontext()  # what fails is to be seen
    if hurried:
        hurry()
    os.chdir(folder)
    names: dict[str, Any] = {}
    for text in texts:
        exec(text, names)
        if 'method = ""' in text:
            names["method"] = "probing:probe"


def probe(slug: str) -> dict[str, Any]:
    """Describe a chapter's first call of a reader's method, in a process of its own."""
    said = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "seen.json"
        for options in _TRIES:
            call = f"follow({slug!r}, {str(out)!r}, **{options})"
            ran = subprocess.run(
                [sys.executable, "-c", f"from tools.probe_methods import *; {call}"],
                cwd=ROOT,
                env={**os.environ, "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"},
                capture_output=True,
                text=True,
                check=False,
            )
            if out.is_file():
                found: dict[str, Any] = json.loads(out.read_text("utf-8"))
                return found
            said.append(f"{options}: {ran.stderr.strip()[-2000:]}")
    raise SystemExit("\n".join([f"{slug}: never called.", *said]))


def _shape(shape: Sequence[int]) -> str:
    return str(tuple(shape))


def _range(values: torch.Tensor) -> str:
    if not values.numel() or values.dtype == torch.bool or values.is_complex():
        return ""
    low, high = float(values.min()), float(values.max())
    return f", {low:.3g}" if values.numel() == 1 else f", {low:.3g} to {high:.3g}"


def main(slugs: Sequence[str]) -> None:
    """Probe some chapters, all with an example where none is named."""
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    there = sorted(path.parent.name for path in ROOT.glob("chapters/*/own_method.py"))
    for slug in slugs or there:
        kept[slug] = probe(slug)
        print(
            slug,
            *kept[slug]["arguments"],
            kept[slug]["answer"],
            sep="\n    ",
            flush=True,
        )
        KEPT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
