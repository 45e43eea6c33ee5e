"""What each chapter hands to a reader's method: types, shapes and ranges, by a probe.

``python tools/probe_methods.py [CHAPTER]...`` runs each lesson, quick and on embedded
data, with its own example as the reader's method and one epoch a training.  At its
first call the arguments and the answer are described, and the kernel ends there.  What
was found is written to ``book/method_arguments.json``, which the page on methods shows.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "book" / "method_arguments.json"
_PROBE = """\
import sys

sys.path.append({tools!r})
from chapters.{slug}.own_method import {name} as inner
from probe_methods import hurry, seen

if {hurried}:
    hurry()


def probe(*given):
    return seen(inner, given, {out!r})
"""


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
    return f"`{home}.{type(value).__name__}`"


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


def probe(slug: str, *, hurried: bool = True) -> dict[str, Any]:
    """Run a lesson up to the first call of a reader's method.

    A lesson that fails before, where its networks learned nothing, is run as it is.
    """
    code = (ROOT / "chapters" / slug / "own_method.py").read_text("utf-8")
    name = re.findall(r"^(?:def|class) (\w+)", code, re.MULTILINE)[-1]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "seen.json"
        text = _PROBE.format(
            tools=str(Path(__file__).parent),
            slug=slug,
            name=name,
            out=str(out),
            hurried=hurried,
        )
        (Path(folder) / "probing.py").write_text(text, "utf-8")
        words = [sys.executable, "-P", "-m", "support", "run", slug]
        ran = subprocess.run(
            [*words, "--method", "probing:probe", "--force"],
            cwd=folder,
            env={**os.environ, "COURSE_ROOT": str(ROOT), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        if not out.is_file() and hurried:
            return probe(slug, hurried=False)
        if not out.is_file():
            raise SystemExit(f"{slug}: never called.\n{ran.stdout}\n{ran.stderr}")
        found: dict[str, Any] = json.loads(out.read_text("utf-8"))
        return found


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
