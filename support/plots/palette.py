"""One idea of colour: named roles, told apart by every kind of colour vision.

Each colour has a shade for light pages and one for dark ones.  On its ground
each has a contrast of at least 4.5 to 1, so that words may be written in it, and
any two series differ by at least 0.08 in OKLab also as a protanope, a
deuteranope or a tritanope sees them; the tests hold both.
"""

from typing import Any

__all__ = [
    "COLOURS",
    "DARK",
    "FAINT",
    "FILLS",
    "INK",
    "LINES",
    "MARKERS",
    "NEUTRAL",
    "PAPER",
    "SHADES",
    "colour_of",
    "look",
    "themed",
]

SHADES = {
    "blue": ("#0068c0", "#62b0ff"),
    "vermilion": ("#c04000", "#ff8a4c"),
    "green": ("#256656", "#9bf9cc"),
    "magenta": ("#740056", "#ab789d"),
    "olive": ("#493d04", "#fced36"),
    "indigo": ("#37269e", "#7c75fb"),
    "neutral": ("#66717b", "#9aa7b2"),
    "faint": ("#d3d9de", "#3b4a55"),
    "paper": ("#fefefe", "#182127"),
}
"""Name to the shade on a light page and on a dark one."""

INK = "#1d2731"  # on a page: the colour of its text
NEUTRAL, FAINT, PAPER = (SHADES[name][0] for name in ("neutral", "faint", "paper"))
COLOURS = [light for light, _ in list(SHADES.values())[:6]] + [INK]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
LINES: list[Any] = [
    "-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)),
]  # fmt: skip
# The same in both themes: areas that tell classes (Okabe and Ito's), and words on
# them; black itself counts as ink, since an SVG leaves it out.
DARK = "#111111"
FILLS = ["#56b4e9", "#e69f00", "#e6e6e6", "#009e73", "#cc79a7", "#f0e442", "#d55e00"]

ROLES = {
    "method": COLOURS[0],
    "baseline": COLOURS[1],
    "third": COLOURS[2],
    "fourth": COLOURS[3],
    "fifth": COLOURS[4],
    "sixth": COLOURS[5],
    "highlight": COLOURS[1],
    "neutral": NEUTRAL,
    "reference": INK,
}


def colour_of(role: str | int) -> str:
    """The colour of a role, or of a series by its place.

    Args:
        role: ``method``, ``baseline``, ``third`` to ``sixth``, ``highlight``,
            ``neutral`` or ``reference``, or a place from 0; places repeat.

    Raises:
        ValueError: there is no such role.

    >>> colour_of("method") == colour_of(0)
    True
    """
    if isinstance(role, int):
        return COLOURS[role % len(COLOURS)]
    if role not in ROLES:
        raise ValueError(f"role: got {role!r}; give a place or one of {sorted(ROLES)}")
    return ROLES[role]


def look(place: int, role: str | int | None = None) -> dict[str, Any]:
    """Colour, marker and line of a series, for matplotlib's ``plot``."""
    return {
        "color": colour_of(place if role is None else role),
        "marker": MARKERS[place % len(MARKERS)],
        "linestyle": LINES[place % len(LINES)],
    }


def themed(svg: str) -> str:
    """Let the page decide the shades: ink is its text, a colour has a name there.

    The page's style sheet sets ``--plot-blue`` and so on where it is dark.
    """
    svg = svg.replace(INK, "currentColor").replace("#000000", "currentColor")
    for name, (light, _) in SHADES.items():
        svg = svg.replace(light, f"var(--plot-{name}, {light})")
    return svg
