"""Drawings of the chapter on learned rules; each returns a figure to be shown."""

import itertools
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from chapters.lfit.experiments import Search
from support.plots import COLOURS, LINES, MARKERS
from support.rules.gula import gula
from support.rules.rulesets import VOID
from support.rules.states import StateTable

__all__ = [
    "draw_agreement",
    "draw_growth",
    "draw_hitting_set",
    "draw_lattice",
    "draw_networks",
    "draw_observed",
    "draw_orders",
    "draw_shares",
    "lattice_state",
]

_HATCHES = ("", "//", "..")


def draw_orders(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Figure:
    """Shares of the protected attributes under each order, a panel a data set.

    Args:
        found: data set, order, attribute to share.
    """
    figure, axes = plt.subplots(1, len(found), figsize=(7.4, 3.0), sharey=True)
    for axis, (title, by_order) in zip(np.atleast_1d(axes), found.items(), strict=True):
        _bars(axis, by_order)
        axis.set(title=title)
    np.atleast_1d(axes)[0].set(ylabel="share of the rules")
    np.atleast_1d(axes)[0].legend(fontsize=8)
    return figure


def _bars(axis: plt.Axes, groups: Mapping[str, Mapping[str, float]]) -> None:
    names = list(next(iter(groups.values())))
    places = np.arange(len(groups))
    width = 0.8 / len(names)
    for index, name in enumerate(names):
        bars = axis.bar(
            places + width * (index - (len(names) - 1) / 2),
            [row[name] for row in groups.values()],
            0.92 * width,
            color=COLOURS[index],
            hatch=_HATCHES[index],
            edgecolor="white",
            label=name,
        )
        axis.bar_label(bars, fmt="%.2f", fontsize=8)
    axis.set_xticks(places, list(groups), fontsize=8)
    axis.set_ylim(0, 1.05)
    axis.grid(False, axis="x")


def draw_shares(
    measured: Mapping[str, float], nulls: Mapping[str, np.ndarray], attribute: str
) -> Figure:
    """A share for each scorer beside what shuffled columns give.

    Args:
        measured: scorer to the share.
        nulls: scorer to (rounds,) shares after shuffling.
        attribute: what was shuffled.
    """
    figure, axis = plt.subplots(figsize=(6.4, 2.9))
    for place, (name, value) in enumerate(measured.items()):
        low, high = np.quantile(nulls[name], (0.025, 0.975))
        axis.plot(
            [low, high],
            [place, place],
            color="0.45",
            linewidth=7,
            solid_capstyle="butt",
            label="shuffled, middle 95 %" if not place else None,
        )
        axis.plot(
            value,
            place,
            MARKERS[3],
            color=COLOURS[1],
            markersize=9,
            label="measured" if not place else None,
        )
        axis.annotate(
            f"{value:.2f}",
            (value, place),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )
    axis.set_yticks(range(len(measured)), list(measured))
    axis.set(xlabel=f"share of the rules that ask for {attribute}", xlim=(0, 1))
    axis.set_ylim(len(measured) - 0.4, -0.6)
    axis.legend(fontsize=8, loc="lower right")
    return figure


def draw_hitting_set(search: Search, names: Sequence[str], most: int = 40) -> Figure:
    """The matrix D of a seed, its chosen columns numbered and framed.

    Args:
        search: of `chapters.lfit.experiments.hitting_set`.
        names: of the variables.
        most: negatives shown.
    """
    shown = search.differs[:most].T
    figure, axis = plt.subplots(figsize=(7.4, 2.9))
    axis.imshow(shown, cmap="Blues", vmin=0, vmax=1.6, aspect="auto")
    axis.set_yticks(range(len(names)), list(names), fontsize=8)
    axis.set(xlabel="negatives, in the order of the table", xticks=[])
    axis.grid(False)
    for step, variable in enumerate(search.chosen, 1):
        kept = variable in search.kept
        box = Rectangle(
            (-0.5, variable - 0.47),
            shown.shape[1],
            0.94,
            fill=False,
            edgecolor=COLOURS[1] if kept else "0.35",
            linewidth=2.2,
            linestyle="-" if kept else ":",
        )
        axis.add_patch(box)
        axis.text(
            shown.shape[1] + 0.2,
            variable,
            f"{step}. {'kept' if kept else 'dropped again'}",
            va="center",
            fontsize=8,
        )
    return figure


def draw_observed(fractions: Sequence[float], found: Mapping[str, list]) -> Figure:
    """Shares against how much of the grid was observed."""
    figure, axis = plt.subplots(figsize=(6.4, 3.1))
    for index, (name, values) in enumerate(found.items()):
        style = {"marker": MARKERS[index], "linestyle": LINES[index]}
        axis.plot(fractions, values, color=COLOURS[index], label=name, **style)
    axis.set_xscale("log")
    axis.set_xticks(fractions, [f"{fraction:g}" for fraction in fractions])
    axis.minorticks_off()
    axis.set(xlabel="observed fraction of all states", ylabel="share of the rules")
    axis.set_ylim(0, 1)
    axis.legend(fontsize=8)
    return figure


def draw_growth(
    variables: Sequence[int], found: Mapping[str, Sequence[tuple[int, float]]]
) -> Figure:
    """Rules and seconds of each learner against the number of variables."""
    figure, axes = plt.subplots(1, 2, figsize=(7.4, 3.0))
    for part, (axis, title) in enumerate(
        zip(axes, ("rules", "milliseconds"), strict=True)
    ):
        for index, (name, rows) in enumerate(found.items()):
            values = [row[part] * (1, 1000)[part] for row in rows]
            style = {"marker": MARKERS[index], "linestyle": LINES[index]}
            axis.plot(variables, values, color=COLOURS[index], label=name, **style)
        axis.set(xlabel="ternary variables", title=title, yscale="log")
        axis.set_xticks(list(variables))
    axes[0].legend(fontsize=8)
    return figure


def draw_networks(found: Mapping[str, Mapping[str, float]]) -> Figure:
    """For each network the share of gender and how often it turns a decision."""
    figure, axis = plt.subplots(figsize=(7.4, 3.1))
    _bars(axis, {name.replace(", ", ",\n"): row for name, row in found.items()})
    axis.set(ylabel="share")
    axis.legend(fontsize=8)
    return figure


def draw_agreement(sizes: Sequence[int], found: Mapping[str, list]) -> Figure:
    """Agreement with the black box on unseen states, by training size."""
    figure, axis = plt.subplots(figsize=(6.4, 3.1))
    for index, (name, values) in enumerate(found.items()):
        look = index % len(MARKERS)
        style = {"marker": MARKERS[look], "linestyle": LINES[look]}
        axis.plot(sizes, values, color=COLOURS[look], label=name, **style)
    axis.set_xscale("log")
    axis.set_xticks(list(sizes), [f"{size:,}" for size in sizes])
    axis.minorticks_off()
    axis.set(xlabel="applications learned from", ylabel="agreement on unseen ones")
    axis.legend(fontsize=8)
    return figure


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


def draw_lattice(table: StateTable, head: int, count: int) -> Figure:
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
    figure, axis = plt.subplots(figsize=(7.6, 3.9))
    for body, other in itertools.product(place, place):
        apart = [one != two for one, two in zip(body, other, strict=True)]
        longer = sum(apart) == 1 and body[apart.index(True)] == VOID
        if longer:
            (x, y), (u, v) = place[body], place[other]
            axis.plot([x, u], [y, v], color="0.85", linewidth=0.6, zorder=0)
    looks = {
        "minimal": ("white", COLOURS[0], "bold"),
        "allowed": ("black", "#cfe3f1", "normal"),
        "refuted": ("0.4", "white", "normal"),
    }
    for body, (x, y) in place.items():
        ink, paper, weight = looks[state[body]]
        atoms = [
            f"{name}{value}"
            for name, value in zip(table.names, body, strict=True)
            if value != VOID
        ]
        text = axis.text(
            x,
            y,
            " ".join(atoms) or "∅",
            ha="center",
            va="center",
            fontsize=8,
            color=ink,
            weight=weight,
            bbox={"boxstyle": "round,pad=.3", "facecolor": paper, "edgecolor": "0.5"},
        )
        if state[body] == "refuted":
            text.set_bbox(
                {"boxstyle": "round,pad=.3", "facecolor": paper, "edgecolor": "0.8",
                 "linestyle": ":"}
            )  # fmt: skip
    read = table.negatives(head)[:count]
    last = " ".join(f"{n}{v}" for n, v in zip(table.names, read[-1], strict=True)) if (
        count
    ) else "none"  # fmt: skip
    axis.set(title=f"negatives read: {count}, the last one: {last}", xlim=(0, 1))
    axis.set_ylim(-max(levels) - 0.5, 0.5)
    axis.axis("off")
    return figure
