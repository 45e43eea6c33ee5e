"""How a claim may turn out, by its kind, and how that looks.

A verdict is a word and a shape, never a colour alone.
"""

from typing import Literal

__all__ = ["KINDS", "VERDICTS", "Kind", "Verdict", "badge"]

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
