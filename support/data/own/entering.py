"""Put a reader's data behind the one door by which a chapter's lesson asks for data."""

import importlib
from collections.abc import Callable, Iterable, MutableMapping
from pathlib import Path
from types import ModuleType
from typing import Any

from support.data.own.reading import read

__all__ = ["enter", "same"]


def enter(adapter: ModuleType, name: str, path: str) -> None:
    """Let a chapter's ``load`` give a reader's data under a name.

    The runner calls it in a cell of its own, before the lesson's first.

    Args:
        adapter: the chapter's module ``own_data``: what it needs (``KIND``,
            ``COLUMNS``, where it has one ``RATE``), its ``load(given, profile, seed,
            device)`` and, where the lesson has settings by data set, its
            ``settings(name)``.
        name: the value of the parameter ``dataset``.
        path: of the data.

    Raises:
        GivenDataError: they cannot be used.
    """
    options = {"rate": adapter.RATE} if hasattr(adapter, "RATE") else {}
    given = read(Path(path), adapter.KIND, adapter.COLUMNS, **options)
    door = importlib.import_module(f"{adapter.__package__}.data")
    others: Callable[..., Any] = door.load

    def load(
        dataset: str, profile: str, seed: int, device: Any = "cpu", **more: Any
    ) -> Any:
        if dataset == name:
            return adapter.load(given, profile, seed, device, **more)
        return others(dataset, profile, seed, device, **more)

    door.load = load  # type: ignore[attr-defined]
    if hasattr(adapter, "settings"):
        adapter.settings(name)
    print(f"Your data: {given}.")


def same(tables: Iterable[MutableMapping[Any, Any]], name: str, like: str) -> None:
    """Give a data set the settings that another has.

    Args:
        tables: settings by data set, or by a tuple that begins with one.
        name: the new data set.
        like: the one whose settings it takes.
    """
    for table in tables:
        for key in list(table):
            if key == like:
                table[name] = table[key]
            elif isinstance(key, tuple) and key[0] == like:
                table[name, *key[1:]] = table[key]
