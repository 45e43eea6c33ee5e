"""The plane of the Information Bottleneck, and the headline over the record."""

from collections.abc import Mapping

from torch import Tensor

from support.plots import PANEL, Drawing, forest, scatter
from support.quotes import Quote
from support.records import Records

__all__ = ["CONTRASTS", "contrasts", "plane"]

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


def plane(parts: Mapping[str, Tensor], whole: float) -> Drawing:
    """Draw the first component of several codes between its two bounds.

    Args:
        parts: name of a code to what `chapters.disentanglement.terms.component_parts`
            gives.
        whole: bits of the first factor, which no component can exceed.
    """
    places = {
        name: [[float(row[0].sum()), float(row[0, 0])]] for name, row in parts.items()
    }
    return scatter(
        places,
        x="bits that $z_1$ holds, $I(z_1;x)$",
        y="bits on its factor, $I(z_1;c_1)$",
        named=True,
        segments=[((0, 0), (whole, whole))],
        levels={"all of the factor": whole},
        size=PANEL,
        title="what is held, and what of it is wanted",
    )
