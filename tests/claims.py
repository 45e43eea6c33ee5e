"""A claim that is complete, for tests to change one thing at a time."""

from typing import Any

from support.claims import Claim

PAPER: dict[str, Any] = {
    "id": "x.1",
    "kind": "paper",
    "statement": "A beats B.",
    "where": "Table 1",
    "paper": "3 %",
    "origin": "printed",
}
MEASURE: dict[str, Any] = {
    "statistic": "A minus B",
    "margin": 0.1,
    "margin_from": "a third of the paper's own effect",
    "reads": ["embedded"],
}
_KINDS: dict[str, dict[str, Any]] = {
    "paper": {},
    "ours": {"kind": "ours", "bears": "for", "paper": "", "origin": None},
    "theorem": {
        "kind": "theorem",
        "direction": "within",
        "paper": "",
        "origin": None,
    },
}


def a_claim(**changes: Any) -> Claim:
    """A measured claim of a kind, the paper's by default."""
    kind = _KINDS.get(changes.get("kind", ""), {})
    return Claim(**{**PAPER, **MEASURE, **kind, **changes})


def untested(**changes: Any) -> Claim:
    """A claim of a paper that cannot be tested here."""
    return Claim(**{**PAPER, "not_testable": "closed data", **changes})
