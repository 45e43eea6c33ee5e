"""Which units a sparse linear reader takes for a factor, and on how many it spreads.

For factors that are numbers and codes of any width; `dci` wants classes of a factor,
and averages over factors.
"""

import math
import warnings
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from support.arrays import real
from support.metrics.compactness import effective_number
from support.scalars import number

__all__ = ["Completeness", "Importances", "completeness", "lasso_importances"]

_PASSES = 5000  # over the coordinates, at most


class Importances(NamedTuple):
    """What a Lasso of each factor found.

    Args:
        importances: (factors, units) float64, absolute weights.
        r2_in: (factors,) float64, on the rows of the fit.
        r2_out: (factors,) float64, on the test rows.
    """

    importances: Tensor
    r2_in: Tensor
    r2_out: Tensor


def lasso_importances(
    z: Any, y: Any, z_test: Any, y_test: Any, alpha: float
) -> Importances:
    r"""Read every factor off a code by a Lasso, and say with which weights.

    $$\min_w\tfrac1{2n}\|y_j-Zw\|^2+\alpha\|w\|_1,\qquad R_{jk}=|w_k|,\qquad
    R^2=1-\frac{\sum(y-\hat y)^2}{\sum(y-\bar y)^2}$$

    Units and factors are standardised by the rows of the fit, so that $\alpha$ has no
    unit: 1 leaves no weight.  A unit that does not move has weight 0.

    Args:
        z: (n, N) codes, n at least 2.
        y: (n, F) factors.
        z_test: (m, N), m at least 2.
        y_test: (m, F).
        alpha: penalty, above 0.

    Returns:
        `Importances`; $R^2$ is at most 1, 0 of whoever says the mean of the rows
        judged, below 0 of whoever does worse.

    Raises:
        ValueError: no matrices, lengths or widths that differ, too few rows, an
            undefined number, a factor that does not vary, a penalty out of range.

    >>> z = torch.randn(200, 3, generator=torch.Generator().manual_seed(0)).double()
    >>> found = lasso_importances(z[:100], z[:100, :1], z[100:], z[100:, :1], 0.1)
    >>> found.importances.gt(0)
    tensor([[ True, False, False]])
    """
    from sklearn.linear_model import Lasso  # slow to import

    alpha = number("alpha", alpha, above=0)
    home = z.device if isinstance(z, Tensor) else "cpu"
    fit = _pair("z", z, "y", y)
    test = _pair("z_test", z_test, "y_test", y_test)
    for one, other, name in ((fit[0], test[0], "z_test"), (fit[1], test[1], "y_test")):
        if one.shape[1] != other.shape[1]:
            raise ValueError(
                f"{name}: got {other.shape[1]} columns, where the fit has "
                f"{one.shape[1]}; give as many"
            )
    (z0, z1), (y0, y1) = (_standard(a, b) for a, b in zip(fit, test, strict=True))
    z0 = np.asfortranarray(z0)  # in which order each fit would copy it
    model = Lasso(
        alpha,
        precompute=z0.T @ z0,
        fit_intercept=False,
        copy_X=False,
        max_iter=_PASSES,
    )
    weights = np.stack([model.fit(z0, column).coef_ for column in y0.T])
    r2 = [
        1
        - ((side - rows @ weights.T) ** 2).sum(0) / ((side - side.mean(0)) ** 2).sum(0)
        for rows, side in ((z0, y0), (z1, y1))
    ]
    found = (np.abs(weights), *r2)
    return Importances(*(torch.as_tensor(part, device=home) for part in found))


class Completeness(NamedTuple):
    """How far the importances of each factor are those of one unit.

    Args:
        per_factor: (F,) float64 in [0, 1], C; NaN where a factor takes no unit.
        effective: (F,) float64 in [1, N], number of units; NaN likewise.
    """

    per_factor: Tensor
    effective: Tensor


def completeness(importances: Any) -> Completeness:
    r"""Completeness of each factor, and the number of units it is worth.

    $$C_j=1-\frac{H_j}{\ln N},\quad n_j=e^{H_j},\quad
    H_j=-\sum_kp_{jk}\ln p_{jk},\quad p_{jk}=\frac{R_{jk}}{\sum_iR_{ji}}$$

    C is 1 for one unit, 0 for all alike, and rises with units that nobody uses; n does
    not see them.  A factor without any weight has neither: it counts 0 in
    `dci_from_importances`, and would be perfect if 0/0 were 0.

    Args:
        importances: (F, N) at least 0.

    Returns:
        `Completeness`; with a single unit C is 1.

    Raises:
        ValueError: no matrix, empty, a negative or undefined entry.

    Source: Eastwood and Williams, A framework for the quantitative evaluation of
    disentangled representations, ICLR 2018.

    >>> completeness(torch.tensor([[1.0, 0, 0, 0], [1, 1, 0, 0]])).per_factor
    tensor([1.0000, 0.5000], dtype=torch.float64)
    """
    rows = real("importances", importances).detach()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="relevances")  # NaN says it here
        effective = effective_number(_named(rows))
    units = rows.shape[1]
    if units == 1:
        return Completeness(effective, effective)
    per_factor = 1 - effective.log() / math.log(units)
    return Completeness(per_factor.clamp(0, 1), effective)


def _named(rows: Tensor) -> Tensor:
    """Refuse what `effective_number` would, under the name that the caller knows."""
    if rows.ndim != 2 or not rows.numel():
        raise ValueError(
            f"importances: got shape {tuple(rows.shape)}; give (factors, units), both "
            "at least 1"
        )
    if float(rows.min()) < 0:
        raise ValueError(
            f"importances: got {float(rows.min())}; give absolute weights, at least 0"
        )
    return rows


def _pair(code: str, z: Any, factor: str, y: Any) -> tuple[np.ndarray, np.ndarray]:
    sides = []
    for name, given in ((code, z), (factor, y)):
        side = real(name, given).detach().double().cpu().numpy()
        if side.ndim != 2 or len(side) < 2 or not side.shape[1]:
            raise ValueError(
                f"{name}: got shape {side.shape}; give (n, columns), at least 2 rows "
                "and 1 column"
            )
        sides.append(side)
    if len(sides[0]) != len(sides[1]):
        raise ValueError(
            f"{factor}: got {len(sides[1])} rows for {len(sides[0])} of {code}; give "
            "as many"
        )
    constant = np.flatnonzero(_still(sides[1]))
    if len(constant):
        raise ValueError(
            f"{factor}: factor {constant[0]} does not vary; leave it out, or give rows "
            "in which it does"
        )
    return sides[0], sides[1]


def _still(side: np.ndarray) -> np.ndarray:
    """Columns that move by no more than rounding."""
    spread = np.ptp(side, axis=0)
    return np.asarray(spread <= 4 * np.finfo(np.float64).eps * np.abs(side).max(0))


def _standard(fit: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean 0 and deviation 1 on the rows of the fit; 0 where a column does not move."""
    mean, still = fit.mean(0), _still(fit)
    deviation = np.where(still, np.inf, (fit - mean).std(0))
    return (fit - mean) / deviation, (test - mean) / deviation
