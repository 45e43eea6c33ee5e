"""The statistics of the claims, made of the tables that the lesson shows."""

from collections.abc import Mapping

from chapters.prototypes.scores import Explained
from chapters.prototypes.systems import HEADS

__all__ = ["factors", "separation"]

Rows = Mapping[str, Mapping[str, float]]
_OURS, _FREE = "factor prototypes", "trained level centres"


def separation(tables: Mapping[str, Rows]) -> dict[str, float | None]:
    """Claims 1a to 2f.

    Args:
        tables: number of labels, in words, to rows of `scores.separation_row`.

    Returns:
        Statistic by claim; None where a rival was not trained on these data.
    """
    rows, few = tables["all labels"], tables["5 a class"]
    own = rows["prototypes"]

    def gain(rival: str) -> float | None:
        return own["accuracy"] - rows[rival]["accuracy"] if rival in rows else None

    return {
        "1a": own["Fisher ratio"] / rows["cross-entropy"]["Fisher ratio"],
        "1b": own["nearest prototype"] - own["accuracy"],
        "1c": gain("trained centres"),
        "1e": own["Fisher ratio"] / rows["same pull to origin"]["Fisher ratio"],
        "2a": gain("cross-entropy"),
        "2b": few["prototypes"]["accuracy"] - few["cross-entropy"]["accuracy"],
        "2c": gain("pull to origin"),
        "2d": gain("regularised"),
        "2e": rows["pull to origin"]["nearest prototype"],
        "2f": gain("same pull to origin"),
    }


def factors(rows: Rows, moved: Mapping[str, Explained]) -> dict[str, float]:
    """Claims 3a to 4f.

    Args:
        rows: of `scores.factor_row`.
        moved: of `scores.explained`; empty where no pitch can be raised.

    Returns:
        Statistic by claim; without 4a to 4f where ``moved`` is empty.
    """
    own = rows[_OURS]
    values = {"3a": own["gap"], "3c": rows["heads on all"]["gap"]}
    for claim, key, rival in (
        ("3b", "gap", "heads on blocks"),
        ("3h", "gap", "heads and pull to origin"),
        ("3i", "gap", _FREE),
        ("3d", "accuracy", "regularised"),
        ("3e", "accuracy", "pull to origin"),
        ("3f", "accuracy", "heads on blocks, by accuracy"),
    ):
        values[claim] = own[key] - rows[rival][key]
    if not moved:
        return values
    ours, heads = moved[_OURS], [moved[name] for name in HEADS]
    return values | {
        "4a": ours.share,
        "4b": ours.correlation,
        "4c": moved["regularised"].share - 1 / 3,
        "4d": ours.share - max(each.share for each in heads),
        "4e": ours.correlation - max(each.correlation for each in heads),
        "4f": ours.share - moved[_FREE].share,
    }
