"""The pictures with which pages of numbers begin: ratios as dots, methods as a forest.

Both are SVG in the page, without a script; the tables below say the same in numbers.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from support.course.pages.html_tables import number
from support.course.pages.marks import figure

__all__ = ["Interval", "methods_forest", "ratio_dots"]

#: A mean with the two ends of its interval; these are nan where there is none.
Interval = tuple[float, float, float]

_WIDTH, _LEFT, _DOT = 380, 8, 7  # of a drawing, in pixels


def ratio_dots(ratios: Mapping[str, Sequence[float]]) -> str:
    """Draw ratios on one logarithmic scale: a row a group, a dot a ratio, piled up.

    Args:
        ratios: positive, by the name of their group; above 1 is good.

    Returns:
        A figure in HTML; nothing where there is no ratio.
    """
    every = [math.log10(one) for row in ratios.values() for one in row]
    if not every:
        return ""
    low, high = min(0.0, *every), max(0.0, *every)
    scale = (_WIDTH - 2 * _LEFT - _DOT) / ((high - low) or 1.0)

    def x(value: float) -> float:
        return _LEFT + _DOT * round((value - low) * scale / _DOT) + _DOT / 2

    parts, said, top = [], [], 0
    for group, row in ratios.items():
        piles = Counter(x(math.log10(one)) for one in row)
        base = top + 24 + _DOT * max(piles.values(), default=1)
        under = sum(one < 1 for one in row)
        said.append(f"{group}: {len(row)} ratios, {under} of them below 1")
        parts.append(f'<text x="0" y="{top + 14}">{escape(group)}</text>')
        parts.append(f'<path class="line" d="M0 {base}H{_WIDTH}"/>')
        for place, count in piles.items():
            kind = "under" if place < x(0) else "over"
            parts += [
                f'<circle class="{kind}" cx="{place:g}" cy="{base - _DOT * (n + 0.5)}" '
                'r="3"/>'
                for n in range(count)
            ]
        top = base + 6
    for power in range(math.ceil(low), math.floor(high) + 1):
        place = x(power)
        if power == 0:
            parts.append(f'<path class="line" d="M{place:g} 0V{top}"/>')
        parts.append(
            f'<text class="small middle" x="{place:g}" y="{top + 12}">{10.0**power:g}'
            "</text>"
        )
    return figure(
        "".join(parts),
        (_WIDTH, top + 18),
        f"Ratios as dots on a logarithmic scale, by size. {'; '.join(said)}.",
        "One dot a kernel: the time of its fastest peer over ours; right of the "
        "upright line, at 1, ours is faster.",
    )


def methods_forest(
    metrics: Mapping[str, Mapping[str, Interval]], ways: Mapping[str, str], what: str
) -> str:
    """Draw the methods of some metrics: a mean and its interval a line.

    Args:
        metrics: means with intervals by metric and method.
        ways: ``higher`` or ``lower`` by metric, where one is better.
        what: on which data, named in the caption.

    Returns:
        A figure in HTML; nothing where there is no metric.
    """
    parts, said, y = [], [], 0
    for metric, measured in metrics.items():
        methods = {k: one for k, one in measured.items() if not math.isnan(one[0])}
        if not methods:
            continue
        better = {"higher": " ↑", "lower": " ↓"}.get(ways.get(metric, ""), "")
        ends = [end for one in methods.values() for end in one if not math.isnan(end)]
        low, high = min(ends), max(ends)
        parts.append(
            f'<text class="head" x="0" y="{y + 14}">{escape(metric)}{better}</text>'
            f'<text class="small middle" x="220" y="{y + 14}">{number(low)}</text>'
            f'<text class="small middle" x="350" y="{y + 14}">{number(high)}</text>'
        )
        y += 18
        for name, (mean, left, right) in methods.items():

            def x(value: float, low: float = low, high: float = high) -> float:
                return round(205 + 160 * (value - low) / ((high - low) or 1.0), 1)

            shown = name if len(name) <= 28 else f"{name[:27]}…"
            parts.append(
                f'<text class="small" x="0" y="{y + 13}">{escape(shown)}</text>'
            )
            if not math.isnan(left):
                parts.append(f'<path class="bar" d="M{x(left)} {y + 9}H{x(right)}"/>')
            parts.append(f'<circle class="dot" cx="{x(mean)}" cy="{y + 9}" r="4"/>')
            said.append(f"{metric}, {name} {number(mean)}")
            y += 17
        y += 8
    if not parts:
        return ""
    return figure(
        "".join(parts),
        (_WIDTH, y),
        f"Means and intervals of the methods. {'; '.join(said)}.",
        f"{what}: the mean over seeds and its 95 % interval, each metric on its own "
        "scale, whose ends stand above it; of ↑ more is better, of ↓ less.",
    )
