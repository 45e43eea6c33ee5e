"""Compactness: how many components hold what is relevant?

Two counts.  Unlike an entropy divided by its largest value, such as completeness in
`support.metrics.disentanglement.dci`, neither moves when dead components are added.
"""

import warnings

import torch
from torch import Tensor

from support.arrays import real
from support.scalars import number

__all__ = ["effective_number", "mass_number"]

_ROUNDING, _TINY = 1e-12, 1e-290
_LEAST = 5e-324  # of all positive numbers


def effective_number(relevances: Tensor) -> Tensor:
    r"""Number of equally used components that a row is worth.

    $$n_{\mathrm{eff}}(g)=\exp\Big(-\sum_kp_{gk}\log p_{gk}\Big),\qquad
    p_{gk}=\frac{R_{gk}}{\sum_jR_{gj}}$$

    1 for a single component, m for m that share alike; unchanged by zero columns, by
    the order of columns, and by the unit of a row.  (The perplexity of a row; in
    ecology the Hill number of order 1.)

    Args:
        relevances: (G, K) at least 0, of K components for G groups.

    Returns:
        (G,) float64 in [1, K]; NaN, with a warning, for a row of zeros.

    Raises:
        ValueError: no matrix, empty, a negative or undefined entry.

    >>> effective_number(torch.tensor([[1.0, 0, 0], [1, 1, 0]]))
    tensor([1., 2.], dtype=torch.float64)
    """
    rows, total = _rows(relevances)
    return (total.log() + torch.special.entr(rows).sum(1) / total).exp()


def mass_number(relevances: Tensor, share: float = 0.8) -> Tensor:
    r"""Least number of components that hold a share of a row's sum.

    $$n_s(g)=\min\Big\{|S|:\sum_{k\in S}R_{gk}\ge s\sum_kR_{gk}\Big\}$$

    A sum that falls short by the rounding of sums, 1e-12 of the whole, counts as
    reaching a share below 1.

    Args:
        relevances: (G, K) at least 0, of K components for G groups.
        share: s in (0, 1].

    Returns:
        (G,) float64, whole numbers from 1 to K; NaN, with a warning, for a row of
        zeros.

    Raises:
        ValueError: as `effective_number`; or the share is out of range.

    >>> mass_number(torch.tensor([[0.5, 0.3, 0.2, 0.0]]))
    tensor([2.], dtype=torch.float64)
    """
    share = number("share", share, above=0, most=1)
    rows, total = _rows(relevances)
    if share == 1:
        count = (rows > 0).sum(1).double()
    else:
        held = rows.sort(1, descending=True).values.cumsum(1)
        wanted = (share - _ROUNDING) * total[:, None]
        count = 1 + (held < wanted).sum(1).double()
    return torch.where(total > 0, count, torch.nan)


def _rows(relevances: Tensor) -> tuple[Tensor, Tensor]:
    """Checked rows and their sums, float64; a warning where a sum is zero."""
    rows = real("relevances", relevances).detach().double()
    if rows.ndim != 2 or not rows.numel():
        raise ValueError(
            f"relevances: got shape {tuple(rows.shape)}; give (G, K), G and K at least "
            "1"
        )
    least = float(rows.min())
    if least < 0:
        raise ValueError(
            f"relevances: got {least}; give numbers of at least 0, such as the "
            "positive part"
        )
    total = rows.sum(1)
    if not bool(((total > _TINY) & (total < 1 / _TINY)).all()):
        # sums, or products with them, would be lost: count in units of the largest
        rows = rows / rows.amax(1, keepdim=True).clamp_min(_LEAST)
        total = rows.sum(1)
    dead = int((total == 0).sum())
    if dead:
        warnings.warn(
            f"relevances: {dead} of {len(rows)} rows are zero and have no number of "
            "components: NaN",
            stacklevel=3,
        )
    return rows, total
