"""The chapter's headline: what three scores make of two trained encoders."""

from collections.abc import Mapping

from support.plots import Drawing, forest
from support.quotes import Quote
from support.records import Records

__all__ = ["CONTRASTS", "contrasts"]

CONTRASTS = {"Min": ("5g", 1), "MIG": ("5h", -1), "SAP": ("5k", -1)}
"""Score to its claim, and the sign that turns the claim's statistic into the mark of
the encoder that was taught the factors minus that of the one taught their rotation."""


def contrasts(runs: Mapping[str, Records]) -> Drawing | None:
    """Draw the recorded difference of both encoders' marks, a row a score and corpus.

    Args:
        runs: name of a corpus to its records.

    Returns:
        The drawing; None where fewer than two seeds are recorded.

    >>> contrasts({"embedded": Records()}) is None
    True
    """
    rows = {}
    for corpus, some in runs.items():
        for score, (claim, sign) in CONTRASTS.items():
            found = Quote(sign * some.values(f"disentanglement.{claim}"))
            if found.n > 1:
                rows[f"{score}, {corpus}"] = (found.mean, found.low, found.high)
    if not rows:
        return None
    return forest(
        rows, value="mark of the encoder taught the factors, minus taught a rotation"
    )
