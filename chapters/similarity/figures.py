"""The chapter's record over seeds."""

from collections.abc import Sequence

from support import plots
from support.judgements import Judgement

__all__ = ["forests"]

ASKED = {
    "loss fine → coarse over coarse → fine": {"1a": "10 and 2", "1b": "10 and 5"},
    "two-way relative KL": {
        "3c": "alike",
        "4f": "10 and 2, perceptrons",
        "4h": "10 and 2, feature maps",
    },
}
"""What a panel measures, to its claims and what they measure it of."""


def forests(judged: Sequence[Judgement]) -> list[plots.Drawing]:
    """The chapter's headline: direction, and loss, against 1, which says nothing.

    Args:
        judged: claims on any corpora; those without an interval are left out, and a
            panel without any says so.
    """
    return [
        plots.forest(
            {
                f"{name}, {item.dataset}": (item.mean, item.low, item.high)
                for number, name in names.items()
                for item in judged
                if item.claim.id == f"similarity.{number}" and item.seeds > 1
            },
            value=value,
            none=1,
        )
        for value, names in ASKED.items()
    ]
