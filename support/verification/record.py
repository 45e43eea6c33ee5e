"""What the recorded seeds say of systems on several corpora, side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

__all__ = ["recorded_means"]


def recorded_means(
    records: Sequence[Mapping[str, Any]],
    systems: Sequence[str],
    kinds: Sequence[str] = ("IC", "TW", "TWa"),
    *,
    profile: str = "quick",
) -> pd.DataFrame:
    """Average the recorded errors of systems over seeds, in per cent.

    Args:
        records: of `support.claims.load_results`.
        systems: rows, by the names under which a chapter enters them.
        kinds: of errors.
        profile: of the records.

    Returns:
        A row a system, a column a corpus and kind, corpora in the order of their
        names; what no record holds is NaN.

    >>> row = {"seed": 0, "profile": "quick", "dataset": "embedded", "method": "",
    ...        "scores": {"mean": {"IC": 0.25}}}
    >>> recorded_means([row], ["mean"], ["IC"]).to_dict()
    {'IC, embedded': {'mean': 25.0}}
    """
    own = [
        record
        for record in records
        if record["profile"] == profile and not record["method"]
    ]
    rows = [
        {
            "corpus": record["dataset"],
            "system": system,
            **{kind: record["scores"].get(system, {}).get(kind) for kind in kinds},
        }
        for record in own
        for system in systems
    ]
    if not rows:
        return pd.DataFrame(index=list(systems))
    columns = ["corpus", "system", *kinds]
    table = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(kinds, float))
    means = 100 * table.groupby(["system", "corpus"], sort=True)[list(kinds)].mean()
    wide = means.unstack("corpus").swaplevel(axis=1).sort_index(axis=1, level=0)
    wide = wide.reindex(index=list(systems))
    corpora = sorted({record["dataset"] for record in own})
    ordered = wide[[(corpus, kind) for corpus in corpora for kind in kinds]]
    ordered.columns = [f"{kind}, {corpus}" for corpus, kind in ordered.columns]
    ordered.index.name = None
    return ordered
