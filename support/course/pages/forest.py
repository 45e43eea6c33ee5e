"""A claim's interval as a drawing of one line: small, in the page, without a script.

The wanted side is shaded from the margin on; a thin line is "no effect", a bar with a
dot the interval and the mean, an open diamond the paper's own figure.  What lies beyond
the ends of a drawing is an arrow there.
"""

import math
from collections.abc import Iterable
from html import escape

from support.claims import Claim
from support.judgements import Judgement

__all__ = ["Span", "common", "forest", "span", "strokes"]

_WIDTH, _HEIGHT = 160, 18
_ROOM = 0.06  # of the width, left free at either side

#: From the left end of a drawing to its right end, in the unit of the statistic; the
#: left end is the larger one where less is wanted, so that the wanted side is right.
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


def common(claim: Claim) -> Span:
    """The scale on which claims of any unit can stand below one another.

    No effect and the margin have the same places in all drawings, and the wanted side
    is the right one; of a claim to be within its margin it is the middle.

    Args:
        claim: with a margin.
    """
    if claim.direction == "within":
        width = 2.5 * (claim.margin or 1.0)
        return -width, width
    step = claim.margin - claim.no_effect
    return claim.no_effect - 1.5 * step, claim.margin + 2.5 * step


def forest(item: Judgement, scale: Span) -> str:
    """Draw one judgement of a claim.

    Args:
        item: with an interval.
        scale: from `span` or `common`.

    Returns:
        An ``<svg>`` with its alternative text; nothing where there is no interval.
    """
    if not (drawn := strokes(item, scale)):
        return ""
    return (
        f'<svg class="forest" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(_words(item))}">{drawn}</svg>'
    )


def strokes(item: Judgement, scale: Span) -> str:
    """What stands in such a drawing, for a larger one: 160 pixels wide, 18 high."""
    claim = item.claim
    if math.isnan(item.low):
        return ""

    def share(value: float) -> float:
        return (value - scale[0]) / (scale[1] - scale[0])

    def x(value: float) -> int:
        return round(_WIDTH * min(max(share(value), 0.0), 1.0))

    middle = _HEIGHT // 2
    left, right = sorted(map(x, _wanted(claim, scale)))
    mean = f'<circle cx="{x(item.mean)}" cy="{middle}" r="4"/>'
    if not 0 <= share(item.mean) <= 1:
        way = 9 if share(item.mean) < 0 else -9
        mean = f'<path class="b" d="M{x(item.mean)} {middle}l{way} -5v10z"/>'
    parts = [
        f'<rect class="w" x="{left}" width="{right - left}" height="{_HEIGHT}"/>',
        f'<path class="n" d="M{x(claim.no_effect)} 0v{_HEIGHT}"/>',
        *(f'<path class="m" d="M{x(one)} 0v{_HEIGHT}"/>' for one in _margins(claim)),
        f'<path class="i" d="M{x(item.low)} {middle}H{x(item.high)}"/>',
        mean,
    ]
    if claim.paper_value is not None and 0 <= share(claim.paper_value) <= 1:
        place = x(claim.paper_value)
        parts.append(f'<path class="p" d="M{place} {middle - 6}l6 6-6 6-6-6z"/>')
    return "".join(parts)


def _margins(claim: Claim) -> tuple[float, ...]:
    within = claim.direction == "within"
    return (-claim.margin, claim.margin) if within else (claim.margin,)


def _wanted(claim: Claim, scale: Span) -> Span:
    if claim.direction == "within":
        return -claim.margin, claim.margin
    end = max(scale) if claim.direction == "greater" else min(scale)
    return claim.margin, end


def _words(item: Judgement) -> str:
    """The numbers of the drawing; they stand in the text beside it, too."""
    claim = item.claim
    words = f"{item.ours}; wanted {claim.wanted}; no effect {claim.no_effect:g}"
    if claim.paper_value is not None:
        words += f"; the paper {claim.paper_value:g}"
    return words
