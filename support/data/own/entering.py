"""Put a reader's data behind the one door by which a chapter's lesson asks for data."""

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from support.data.own.reading import read

__all__ = ["enter"]


def enter(adapter: ModuleType, name: str, path: str, profile: str, seed: int) -> None:
    """Let a chapter's ``load`` give a reader's data under a name.

    The runner calls it in a cell of its own, before the lesson's first.  They are
    loaded once for a trial, so that no lesson begins with data that it cannot take.

    Args:
        adapter: the chapter's module ``own_data``: what it needs (``KIND``,
            ``COLUMNS``, of recordings ``RATE``), and its ``load(given, profile, seed,
            device)``.
        name: the value of the parameter ``dataset``.
        path: of the data.
        profile: of the run.
        seed: of the run.

    Raises:
        GivenDataError: they cannot be used.
    """
    options = {"rate": adapter.RATE} if hasattr(adapter, "RATE") else {}
    given = read(Path(path), adapter.KIND, adapter.COLUMNS, **options)
    adapter.load(given, profile, seed)
    door = importlib.import_module(f"{adapter.__package__}.data")
    others: Callable[..., Any] = door.load

    def load(
        dataset: str, profile: str, seed: int, device: Any = "cpu", **more: Any
    ) -> Any:
        if dataset == name:
            return adapter.load(given, profile, seed, device, **more)
        return others(dataset, profile, seed, device, **more)

    vars(door)["load"] = load
    print(f"Your data: {given}.")
