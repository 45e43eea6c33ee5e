"""The one picture that no other chapter draws: GULA in the lattice of all bodies."""

import itertools
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection

from support import plots
from support.rules.gula import gula
from support.rules.rulesets import VOID
from support.rules.states import StateTable

__all__ = ["draw_lattice", "lattice_state"]

_LOOKS: dict[str, dict[str, Any]] = {
    "minimal": {"color": plots.PAPER, "weight": "bold"},
    "allowed": {"color": plots.INK},
    "refuted": {"color": plots.NEUTRAL},
}


def lattice_state(table: StateTable, head: int, count: int) -> dict[tuple, str]:
    """What each possible body is after some negatives have been read.

    Args:
        table: a small system.
        head: the label.
        count: negatives read.

    Returns:
        Body, -1 for no condition, to ``minimal``, ``allowed`` or ``refuted``.
    """
    read = table.negatives(head)[:count]
    # Labels 0 for the negatives and head 1, which nothing was seen with.
    so_far = StateTable(read, np.zeros(count, int), table.domains, heads=2)
    minimal = gula(so_far, 1)
    found = {}
    for body in itertools.product(*(range(VOID, size) for size in table.domains)):
        row = np.array(body)
        matches = ((row == VOID) | (row == read)).all(1).any()
        word = "minimal" if body in minimal else "allowed"
        found[body] = "refuted" if matches else word
    return found


def draw_lattice(table: StateTable, head: int, count: int) -> plots.Drawing:
    """All bodies by length, lines from each to those with one condition more.

    Args:
        table: a small system.
        head: the label.
        count: negatives read.
    """
    state = lattice_state(table, head, count)
    levels: dict[int, list[tuple]] = {}
    for body in state:
        levels.setdefault(sum(value != VOID for value in body), []).append(body)
    place = {
        body: ((index + 0.5) / len(bodies), -level)
        for level, bodies in levels.items()
        for index, body in enumerate(bodies)
    }
    read = table.negatives(head)[:count]
    last = _atoms(table, read[-1]) if count else ["none"]
    title = f"{count} negatives read, the last one: {' '.join(last)}"
    figure, axis = plots.start((5.2, 3.8), title)
    longer = [
        (place[body], place[other])
        for body, other in itertools.product(place, place)
        if _extends(body, other)
    ]
    lines = LineCollection(longer, colors=plots.FAINT, linewidths=0.6, zorder=0)
    axis.add_collection(lines)
    fills = {
        "minimal": plots.colour_of("method"),
        "allowed": plots.FAINT,
        "refuted": plots.PAPER,
    }
    for body, (x, y) in place.items():
        word = state[body]
        box = {
            "boxstyle": "round,pad=.25",
            "facecolor": fills[word],
            "edgecolor": plots.NEUTRAL,
            "linestyle": ":" if word == "refuted" else "-",
        }
        atoms = "\n".join(_atoms(table, body)) or "∅"
        look = _LOOKS[word]
        axis.text(x, y, atoms, ha="center", va="center", bbox=box, **look)
    axis.set(xlim=(0, 1), ylim=(-max(levels) - 0.5, 0.4))
    axis.axis("off")
    words = list(state.values())
    told = [
        " ".join(_atoms(table, body)) or "the rule without conditions"
        for body, word in state.items()
        if word == "minimal"
    ]
    alt = (
        f"The {len(state)} possible bodies in {len(levels)} rows by length. After "
        f"{count} negatives {words.count('refuted')} are refuted; minimal: "
        f"{', '.join(told) or 'none'}."
    )
    return plots.Drawing(figure, alt)


def _atoms(table: StateTable, body: Any) -> list[str]:
    return [
        f"{name}{value}"
        for name, value in zip(table.names, body, strict=True)
        if value != VOID
    ]


def _extends(body: tuple, other: tuple) -> bool:
    """Whether the other body has one condition more, and the same ones else."""
    apart = [one != two for one, two in zip(body, other, strict=True)]
    return sum(apart) == 1 and body[apart.index(True)] == VOID
