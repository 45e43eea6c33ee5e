"""Methods ranked over data sets, and what so few data sets can and cannot say."""

import math
from collections.abc import Callable, Mapping
from html import escape

from support.course.pages.html_tables import Cell, Row, anchor, html_table, number
from support.records import Setting

__all__ = ["fewest", "over_datasets"]

_LEVEL = 0.05
_Scores = Mapping[str, Mapping[str, Mapping[int, float]]]


def fewest(methods: int, level: float = _LEVEL) -> int:
    """The least number of data sets on which any ranking could be significant.

    The smallest p-value of Friedman's test with k methods on N data sets is
    1 / (k!)^(N-1).

    >>> fewest(2), fewest(5)
    (6, 2)
    """
    return 1 + math.ceil(
        math.log(1 / level) / math.log(math.factorial(methods)) - 1e-12
    )


def over_datasets(
    scores: Mapping[Setting, _Scores], direction: Callable[[str], str]
) -> str:
    """Rank the methods of each metric over the recorded data sets of a profile.

    Args:
        scores: by setting, metric, method and seed.
        direction: ``higher``, ``lower`` or nothing, of a metric's name.

    Returns:
        MyST text.
    """
    profiles: dict[str, dict[str, _Scores]] = {}
    for setting, found in scores.items():
        if found:
            profiles.setdefault(setting.profile, {})[setting.dataset] = found
    if not profiles:
        return ""
    parts = ["## Over data sets"]
    for profile, by_dataset in profiles.items():
        count = len(by_dataset)
        if count == 1:
            parts.append(
                f"In the {profile} profile one data set is recorded.  Seeds make its "
                "numbers sharp; they say nothing about another data set.  A ranking "
                f"over data sets needs at least {fewest(2)} of them before two methods "
                f"could be told apart, {fewest(3)} for three."
            )
            continue
        rows = [
            row
            for metric in _shared(by_dataset)
            for row in _rank(metric, by_dataset, direction(metric))
        ]
        parts.append(
            f"In the {profile} profile {count} data sets are recorded: "
            f"{', '.join(sorted(by_dataset))}.  Methods are ranked on each by their "
            "mean over seeds; p is Friedman's test by permutation.  Methods with a "
            "letter in common are not told apart (Nemenyi, 5 %)."
        )
        if rows:
            parts.append(
                html_table(
                    anchor("ranking", profile),
                    f"Mean ranks over {count} data sets, {profile} profile",
                    ("Metric", "Method", "Mean rank", "Group", "p", "Smallest p"),
                    rows,
                    filters={"metric": "Metric", "method": "Method"},
                    noun="rows",
                    kind="benchmark-table",
                )
            )
    return "\n\n".join(parts)


def _shared(by_dataset: Mapping[str, _Scores]) -> list[str]:
    first, *others = by_dataset.values()
    return [metric for metric in first if all(metric in other for other in others)]


def _rank(metric: str, by_dataset: Mapping[str, _Scores], way: str) -> list[Row]:
    import numpy as np

    from support.metrics.ranking import rank_methods

    sets = list(by_dataset.values())
    methods = [m for m in sets[0][metric] if all(m in s[metric] for s in sets)]
    if not way or len(methods) < 2:
        return []
    table = [[np.mean(list(s[metric][m].values())) for m in methods] for s in sets]
    found = rank_methods(table, higher_is_better=way == "higher")
    letters = {
        place: "".join(
            chr(ord("a") + n) for n, group in enumerate(found.groups) if place in group
        )
        for place in range(len(methods))
    }
    ranks = found.mean_ranks.tolist()
    return [
        Row(
            Cell(escape(metric)),
            (
                Cell(escape(methods[place])),
                Cell(number(ranks[place], 2), ranks[place]),
                Cell(letters[place]),
                Cell(number(found.p), found.p),
                Cell(number(found.smallest_p), found.smallest_p),
            ),
            {"metric": metric, "method": methods[place]},
        )
        for place in np.argsort(found.mean_ranks, kind="stable")
    ]
