"""What the recorded seeds say of systems on several corpora, side by side."""

from collections.abc import Mapping, Sequence

import pandas as pd

from support.records import Records

__all__ = ["recorded_means"]


def recorded_means(
    corpora: Mapping[str, Records],
    systems: Sequence[str],
    kinds: Sequence[str] = ("IC", "TW", "TWa"),
) -> pd.DataFrame:
    """Average the recorded errors of systems over seeds, in per cent.

    Args:
        corpora: the records of one setting each, by a name for the column.
        systems: rows, by the names under which a chapter enters them.
        kinds: of errors.

    Returns:
        A row a system, a column a corpus and kind; what no record holds is NaN,
        and a corpus without a record has no column.

    >>> from support.records import Record
    >>> run = Record(profile="quick", dataset="embedded", method="", seed=0,
    ...              claims={}, scores={"mean": {"IC": 0.25}})
    >>> recorded_means({"synthetic": Records([run])}, ["mean"], ["IC"]).to_dict()
    {'IC, synthetic': {'mean': 25.0}}
    """
    means = {
        f"{kind}, {corpus}": [
            100 * pd.Series(records.scores(system, kind)).mean() for system in systems
        ]
        for corpus, records in corpora.items()
        if len(records)
        for kind in kinds
    }
    return pd.DataFrame(means, index=list(systems))
