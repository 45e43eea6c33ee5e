"""DCI: disentanglement, completeness and informativeness of a predictor's weights."""

import warnings
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from support.arrays import real
from support.metrics.disentanglement.inputs import check_choice, check_sample

__all__ = ["DCI", "dci", "dci_from_importances"]

_ALPHAS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
_FOLDS = 10


class DCI(NamedTuple):
    """The three scores, the importances (n, m), and which latents were used (m,)."""

    disentanglement: float
    completeness: float
    informativeness: float
    importances: Tensor
    used: Tensor


def dci(
    factors: Tensor,
    codes: Tensor,
    *,
    predictor: str = "lasso",
    trees: int = 50,
    depth: int | None = 10,
    test_share: float = 0.25,
    seed: int = 0,
    stop_at_unused: bool = False,
) -> DCI:
    r"""Predict every factor from all latents, and look at which latents it took.

    With importances $R\ge0$, factors by latents, `dci_from_importances` gives
    disentanglement (is each latent used for one factor?) and completeness (is
    each factor predicted from one latent?).  *lasso*: $|w|$ of an L1 regression,
    its strength by 10-fold cross-validation over 1e-4 to 1, codes and factors
    scaled to [0, 1], so that the values of a factor must be numbered in their
    order; informativeness is the mean $R^2$ on held-out rows, not below 0.
    *forest*: mean decrease of impurity in a random forest of classifiers;
    informativeness is the mean accuracy on held-out rows.  Both run on the CPU
    through scikit-learn; for other predictors bring your own importances to
    `dci_from_importances`.

    Higher is better, all three in [0, 1].  Unchanged when factors or latents
    change places (*forest*: up to the seed) and under affine maps of a latent;
    *forest* also when values are renamed, *lasso* not.

    Args:
        factors: (N, n) integers from 0; in the order of their values (*lasso*).
        codes: (N, m) numbers.
        predictor: ``"lasso"`` or ``"forest"``.
        trees: of a forest.
        depth: of a tree at most; None grows them to the end.
        test_share: of the rows held out for informativeness, in (0, 1).
        seed: of the split, by which the folds go too, and of the forest.
        stop_at_unused: see `dci_from_importances`.

    Returns:
        `DCI`; a collapsed latent is not used.

    Raises:
        ValueError: see `minimality_sufficiency`; a share out of range; fewer
            training rows than folds; trees below 1.

    Source: Eastwood and Williams, A Framework for the Quantitative Evaluation of
    Disentangled Representations, ICLR 2018, section 2.

    >>> y = torch.cartesian_prod(torch.arange(4), torch.arange(4)).repeat(4, 1)
    >>> scores = dci(y, y.float())
    >>> min(scores[:3]) > 0.98
    True
    """
    check_choice("predictor", predictor, ("lasso", "forest"))
    sample = check_sample(factors, codes)
    rows = len(sample.codes)
    held_out = round(test_share * rows)
    if not 0 < test_share < 1 or held_out < 1 or rows - held_out < _FOLDS:
        raise ValueError(
            f"test_share: got {test_share} of {rows} rows; leave at least 1 to test "
            f"and {_FOLDS} to train"
        )
    if trees < 1:
        raise ValueError(f"trees: got {trees}; give at least 1")
    order = np.random.default_rng(seed).permutation(rows)
    test, train = order[:held_out], order[held_out:]
    y, z = sample.factors.cpu().numpy(), sample.codes.cpu().numpy()
    # From 0 to 1: trees see float32, and take what moves by less than 1e-7 for
    # constant.  What moves by rounding alone becomes 0.
    low, high = z[train].min(0), z[train].max(0)
    moves = high - low > 4 * np.finfo(np.float64).eps * np.maximum(high, -low)
    inputs = (z - low) / np.where(moves, high - low, np.inf)
    found = []
    for column in y.T:
        split = inputs[train], column[train], inputs[test], column[test]
        if len(np.unique(column[train])) < 2:
            raise ValueError("factors: one value in the training rows; give more rows")
        if predictor == "lasso":
            found.append(_lasso(*split))
        else:
            found.append(_forest(*split, trees, depth, seed))
    importances = torch.as_tensor(
        np.stack([weights for weights, _ in found]), device=sample.codes.device
    )
    parts = dci_from_importances(importances, stop_at_unused=stop_at_unused)
    informative = float(np.mean([quality for _, quality in found]))
    return DCI(*parts, informative, importances, importances.sum(0) > 0)


def dci_from_importances(
    importances: Tensor, *, stop_at_unused: bool = False
) -> tuple[float, float]:
    r"""Disentanglement and completeness of a matrix of importances.

    $$D=\sum_j\rho_j\big(1-H_n(P_{\cdot j})\big),\quad
    P_{ij}=\frac{R_{ij}}{\sum_kR_{kj}},\quad\rho_j=\frac{\sum_iR_{ij}}{\sum R},
    \qquad C=\frac1n\sum_i\big(1-H_m(\tilde P_{i\cdot})\big)$$
    $H_b$ the entropy with logarithms to base b, $\tilde P$ normalised along the
    latents.  With one factor D is 1, with one latent C.  An unused latent has
    $\rho=0$; a factor that uses none counts 0 in C.

    Args:
        importances: (n, m) at least 0.
        stop_at_unused: what a known implementation does: its loop over the
            latents ends at the first unused one instead of passing over it, so
            that the latents behind it add nothing to D.

    Returns:
        D and C, in [0, 1]; both 0 where nothing is used.

    Raises:
        ValueError: not a matrix, empty, or with a negative or undefined cell.

    >>> dci_from_importances(torch.eye(3))
    (1.0, 1.0)
    """
    importances = real("importances", importances).detach()
    if importances.ndim != 2 or not importances.numel():
        raise ValueError(
            f"importances: got shape {tuple(importances.shape)}; give (n, m), n and m "
            "at least 1"
        )
    weights = importances.double()
    if not bool((weights >= 0).all()):
        raise ValueError("importances: got a negative cell; give |w|")
    weights = weights / weights.max().clamp(min=torch.finfo(torch.float64).tiny)
    by_latent, by_factor = weights.sum(0), weights.sum(1)
    if not bool(by_latent.any()):
        return 0.0, 0.0
    own = by_latent * (1 - _relative_entropy(weights.T))
    if stop_at_unused:
        own = own * (by_latent > 0).long().cumprod(0)
    whole = torch.where(by_factor > 0, 1 - _relative_entropy(weights), 0.0)
    return float(own.sum() / weights.sum()), float(whole.mean())


def _relative_entropy(rows: Tensor) -> Tensor:
    """Entropy of each row, as a share of the largest possible."""
    if rows.shape[1] == 1:
        return rows.new_zeros(len(rows))
    total = rows.sum(1, keepdim=True)
    shares = rows / total.where(total > 0, 1.0)
    entropy = torch.special.entr(shares).sum(1) / np.log(rows.shape[1])
    return entropy.clamp(max=1)


def _lasso(
    z: np.ndarray, y: np.ndarray, z_test: np.ndarray, y_test: np.ndarray
) -> tuple[np.ndarray, float]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LassoCV  # slow to import, rarely needed

    span = np.ptp(y)
    with warnings.catch_warnings():
        # on nearly collinear codes the weakest penalty may end at max_iter
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LassoCV(alphas=_ALPHAS, cv=_FOLDS, max_iter=5000)
        model.fit(z, y / span)  # rows come shuffled
    return np.abs(model.coef_), max(float(model.score(z_test, y_test / span)), 0.0)


def _forest(
    z: np.ndarray,
    y: np.ndarray,
    z_test: np.ndarray,
    y_test: np.ndarray,
    trees: int,
    depth: int | None,
    seed: int,
) -> tuple[np.ndarray, float]:
    from sklearn.ensemble import RandomForestClassifier  # slow to import

    model = RandomForestClassifier(trees, max_depth=depth, random_state=seed)
    model.fit(z, y)
    return model.feature_importances_, float(model.score(z_test, y_test))
