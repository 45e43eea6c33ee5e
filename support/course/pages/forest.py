"""A claim's interval as a drawing of one line: small, in the page, without a script.

The wanted side is shaded from the margin on; a thin line is "no effect", a bar with a
dot the interval and the mean, an open diamond the paper's own figure.
"""

import math
from collections.abc import Iterable
from html import escape

from support.claims import Claim
from support.judgements import Judgement

__all__ = ["Span", "forest", "span"]

_WIDTH, _HEIGHT = 160, 18
_ROOM = 0.06  # of the width, left free at either side

#: From the left end of a drawing to its right end, in the unit of the statistic.
Span = tuple[float, float]


def span(claim: Claim, judgements: Iterable[Judgement]) -> Span:
    """The scale that all drawings of a claim share.

    Args:
        claim: with a margin.
        judgements: of it, on several data sets.
    """
    marks = [claim.no_effect, *_margins(claim)]
    if claim.paper_value is not None:
        marks.append(claim.paper_value)
    for item in judgements:
        marks += [x for x in (item.low, item.mean, item.high) if not math.isnan(x)]
    low, high = min(marks), max(marks)
    room = _ROOM / (1 - 2 * _ROOM) * ((high - low) or 1.0)
    return low - room, high + room


def forest(item: Judgement, scale: Span) -> str:
    """Draw one judgement of a claim.

    Args:
        item: with an interval.
        scale: from `span`.

    Returns:
        An ``<svg>`` with its alternative text; nothing where there is no interval.
    """
    claim = item.claim
    if math.isnan(item.low):
        return ""

    def x(value: float) -> int:
        return round(_WIDTH * (value - scale[0]) / (scale[1] - scale[0]))

    middle = _HEIGHT // 2
    left, right = _wanted(claim, scale)
    parts = [
        f'<rect class="w" x="{x(left)}" width="{x(right) - x(left)}" '
        f'height="{_HEIGHT}"/>',
        f'<path class="n" d="M{x(claim.no_effect)} 0v{_HEIGHT}"/>',
        *(f'<path class="m" d="M{x(one)} 0v{_HEIGHT}"/>' for one in _margins(claim)),
        f'<path class="i" d="M{x(item.low)} {middle}H{x(item.high)}"/>',
        f'<circle cx="{x(item.mean)}" cy="{middle}" r="4"/>',
    ]
    if claim.paper_value is not None:
        place = x(claim.paper_value)
        parts.append(f'<path class="p" d="M{place} {middle - 6}l6 6-6 6-6-6z"/>')
    return (
        f'<svg class="forest" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(_words(item))}">{"".join(parts)}</svg>'
    )


def _margins(claim: Claim) -> tuple[float, ...]:
    within = claim.direction == "within"
    return (-claim.margin, claim.margin) if within else (claim.margin,)


def _wanted(claim: Claim, scale: Span) -> Span:
    if claim.direction == "within":
        return -claim.margin, claim.margin
    return (
        (claim.margin, scale[1])
        if claim.direction == "greater"
        else (scale[0], claim.margin)
    )


def _words(item: Judgement) -> str:
    """The numbers of the drawing; they stand in the text beside it, too."""
    claim = item.claim
    words = f"{item.ours}; wanted {claim.wanted}; no effect {claim.no_effect:g}"
    if claim.paper_value is not None:
        words += f"; the paper {claim.paper_value:g}"
    return words
