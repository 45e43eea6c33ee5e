"""How a claim may turn out, by its kind, and how that looks.

A verdict is a word and a shape, never a colour alone.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Literal

__all__ = ["KINDS", "VERDICTS", "Kind", "Verdict", "badge", "tally"]

Kind = Literal["paper", "theorem", "ours"]
Verdict = Literal[
    "reproduced",
    "direction only",
    "inconclusive",
    "contradicted",
    "not testable here",
    "holds",
    "fails",
    "found",
    "undecided",
    "not found",
    "too few seeds",
    "no record yet",
]
#: The kinds of claims, and what one and several of them are called.
KINDS: dict[Kind, tuple[str, str]] = {
    "paper": ("claim of a paper", "claims of the papers"),
    "theorem": ("theorem or identity", "theorems and identities"),
    "ours": ("question of our own", "questions of our own"),
}
#: The shape of each verdict, in the order in which they are listed.
VERDICTS: dict[Verdict, str] = {
    "reproduced": "●",
    "direction only": "◐",
    "inconclusive": "○",
    "contradicted": "✕",
    "not testable here": "–",
    "holds": "■",
    "fails": "□",
    "found": "▲",
    "undecided": "△",
    "not found": "▽",
    "too few seeds": "…",
    "no record yet": "·",
}


def badge(verdict: Verdict) -> str:
    """Show a verdict as HTML: a shape, its word, and a colour on top."""
    name = verdict.replace(" ", "-")
    return (
        f'<span class="verdict verdict-{name}"><span aria-hidden="true">'
        f"{VERDICTS[verdict]}</span> {verdict}</span>"
    )


def tally(outcomes: Iterable[tuple[Kind, Verdict]]) -> list[str]:
    """Count verdicts by kind, a line a kind: what the papers say is never added up.

    >>> tally([("paper", "reproduced"), ("ours", "found"), ("paper", "reproduced")])
    ['2 claims of the papers: 2 reproduced', '1 question of our own: 1 found']
    """
    found = Counter(outcomes)
    lines = []
    for kind, names in KINDS.items():
        counts = {
            verdict: found[kind, verdict]
            for verdict in VERDICTS
            if (kind, verdict) in found
        }
        if total := sum(counts.values()):
            words = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
            lines.append(f"{total} {names[total > 1]}: {words}")
    return lines
