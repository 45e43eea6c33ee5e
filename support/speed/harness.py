"""Run comparisons: results agree first, then the clock.

A case is a module of ``support/speed/cases`` with a list ``COMPARISONS``; it is found
by itself.  To add a kernel, add an entry there:

    COMPARISONS = [
        Comparison(
            name="AUC, two classes",
            kernel="support.metrics.auc.auc_binary",
            peer="sklearn.metrics.roc_auc_score",
            package="scikit-learn",
            make=lambda size, seed, device: (scores, labels),
            ours=auc_binary,
            theirs=lambda scores, labels: roc_auc_score(labels, scores),
            translate=to_numpy,
            sizes=(100, 10_000, 100_000),
            tolerance=1e-12,
        )
    ]
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from support.speed import cases
from support.speed.comparison import SIZES, Comparison, numbers, to_numpy
from support.speed.timing import in_turns, ratio_interval

__all__ = [
    "SIZES",
    "Comparison",
    "compare",
    "disagreement",
    "discover",
    "to_numpy",
]

_SEED = 0


def discover() -> list[Comparison]:
    """All comparisons, family by family in the order of their names.

    Raises:
        ValueError: a module has no ``COMPARISONS``, or two entries share their name
            and peer.
    """
    found: list[Comparison] = []
    for module in sorted(pkgutil.iter_modules(cases.__path__), key=lambda m: m.name):
        path = f"{cases.__name__}.{module.name}"
        entries = getattr(importlib.import_module(path), "COMPARISONS", None)
        if not entries:
            raise ValueError(f"{path}: give a list COMPARISONS, not empty")
        found += entries
    names = [(item.name, item.peer) for item in found]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"comparisons occur twice: {doubled}; rename one")
    return found


def compare(
    comparison: Comparison,
    *,
    device: str = "cpu",
    seconds: float = 1.0,
    rounds: int = 5,
    sizes: Sequence[str] = SIZES,
) -> Iterator[dict[str, Any]]:
    """Compare ours with theirs at each size: first the results, then the times.

    Args:
        comparison: what with what.
        device: of our inputs; the peer computes where its library can.
        seconds: about how long to measure each size.
        rounds: at least so many of each.
        sizes: which of small, typical and large.

    Yields:
        One plain row a size.  Its ``state`` is ``measured`` (then there are the
        times, their ratio and its interval), ``results disagree``, ``failed`` or
        ``peer not installed``, each with its ``reason``.
    """
    about = {
        "name": comparison.name,
        "kernel": comparison.kernel,
        "peer": comparison.peer,
        "package": comparison.package,
        "version": comparison.version,
        "unit": comparison.unit,
        "note": comparison.note,
    }
    for label, size in zip(SIZES, comparison.sizes, strict=True):
        if label in sizes:
            yield (
                about
                | {"size": label, "count": size}
                | _row(comparison, size, device, seconds, rounds)
            )


def disagreement(comparison: Comparison, size: int, device: str = "cpu") -> str:
    """Say how the two results differ; nothing where they agree.

    Args:
        comparison: what with what.
        size: given to its ``make``.
        device: of our inputs.
    """
    ours, theirs = _calls(comparison, size, device)
    return _difference(numbers(ours()), numbers(theirs()), comparison.tolerance)


def _row(
    comparison: Comparison, size: int, device: str, seconds: float, rounds: int
) -> dict[str, Any]:
    if comparison.version is None:
        return {
            "state": "peer not installed",
            "reason": f"{comparison.package} is not installed",
        }
    try:
        difference = disagreement(comparison, size, device)
        if difference:
            return {"state": "results disagree", "reason": difference}
        ours, theirs = _calls(comparison, size, device)
        times = in_turns(
            ours,
            theirs,
            seconds=seconds,
            rounds=rounds,
            synchronise=_synchroniser(device),
        )
    except Exception as error:  # a peer's failure is a line of the table
        return {"state": "failed", "reason": f"{type(error).__name__}: {error}"}
    low, high = ratio_interval(times)
    return {
        "state": "measured",
        "ours_s": float(np.median(times.ours)),
        "theirs_s": float(np.median(times.theirs)),
        "ratio": times.ratio,
        "low": low,
        "high": high,
        "rounds": len(times.ours),
    }


def _calls(
    comparison: Comparison, size: int, device: str
) -> tuple[Callable[[], Any], Callable[[], Any]]:
    inputs = comparison.make(size, _SEED, device)
    given = comparison.translate(*inputs) if comparison.translate else inputs
    return lambda: comparison.ours(*inputs), lambda: comparison.theirs(*given)


def _difference(ours: Any, theirs: Any, tolerance: float) -> str:
    if ours.shape != theirs.shape:
        return f"ours gives {len(ours)} numbers, theirs {len(theirs)}"
    if not np.isfinite(ours).all() or not np.isfinite(theirs).all():
        return "a result is not finite"
    gap = np.abs(ours - theirs) - tolerance * (1 + np.abs(theirs))
    if not len(gap) or gap.max() <= 0:
        return "" if len(gap) else "the results hold no number"
    worst = int(gap.argmax())
    return (
        f"number {worst} is {_plain(ours[worst])} in ours and {_plain(theirs[worst])} "
        f"in theirs; the tolerance is {tolerance:g}"
    )


def _plain(value: Any) -> str:
    return f"{value.real:.9g}" if not value.imag else f"{value:.9g}"


def _synchroniser(device: str) -> Callable[[], Any]:
    if torch.device(device).type == "cuda":
        return lambda: torch.cuda.synchronize(device)
    return lambda: None
