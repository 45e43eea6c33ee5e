"""SAP: the gap between the two latents that predict a factor best."""

import numpy as np
import torch
from torch import Tensor

from support.metrics.disentanglement.inputs import (
    Sample,
    check_choice,
    check_sample,
    rounding_of,
)

__all__ = ["sap"]


def sap(
    factors: Tensor,
    codes: Tensor,
    *,
    method: str = "regression",
    test_share: float = 0.25,
    seed: int = 0,
    weights: Tensor | None = None,
) -> float:
    r"""Separated attribute predictability: is each factor predicted by one latent?

    $$\mathrm{SAP}=\frac1n\sum_i(S_{i(1)}-S_{i(2)})$$
    over the two latents that predict $y_i$ best one at a time; with one latent
    the second is 0.  *regression*: $S_{ij}$ is the $R^2$ of a line, the squared
    correlation, so the values of a factor must be numbered in their order.
    *classifier*: $S_{ij}$ is the accuracy on held-out rows of a linear support
    vector machine (C = 0.01, balanced classes) that sees latent j alone, as in
    disentanglement_lib; it runs on the CPU.

    Higher is better, range [0, 1].  Unchanged when latents or factors change
    places; *regression* also under affine maps of a latent (the penalty of a
    *classifier* sees its unit) and of the values of a factor, but not under
    renaming them.  A constant
    latent predicts nothing.  For an affine code of the factors *regression*
    gives $1-\frac1n\sum_i\max_{k\ne i}\rho_{ik}^2$.

    Args:
        factors: (N, n) integers from 0, in the order of their values.
        codes: (N, m) numbers.
        method: ``"regression"`` or ``"classifier"``.
        test_share: of the rows held out (*classifier* only), in (0, 1).
        seed: of the split (*classifier* only).
        weights: (N,) probabilities, when rows are cells of a joint table
            (*regression* only).

    Returns:
        The score.

    Raises:
        ValueError: see `minimality_sufficiency`; a share out of range; weights
            with a classifier; a split that leaves one class.

    Source: Kumar et al., Variational Inference of Disentangled Latent Concepts
    from Unlabeled Observations, ICLR 2018, section 3.

    >>> y = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> round(sap(y, y.float()), 6)
    1.0
    """
    check_choice("method", method, ("regression", "classifier"))
    sample = check_sample(factors, codes, weights)
    if method == "regression":
        scores = _squared_correlation(sample)
    elif weights is not None:
        raise ValueError("weights: a table has no rows to hold out; use 'regression'")
    else:
        scores = _accuracies(sample, test_share, seed)
    padded = torch.nn.functional.pad(scores, (0, 1))
    first, second = padded.topk(2, dim=1).values.unbind(1)
    return float((first - second).mean())


def _squared_correlation(sample: Sample) -> Tensor:
    """(n, m) squared correlations, 0 in the column of a constant latent."""
    rows = len(sample.codes)
    weights = sample.weights
    if weights is None:
        weights = sample.codes.new_full((rows,), 1 / rows)
    y, z = sample.factors.double(), sample.codes - sample.codes[0]
    size = z.abs().amax(0)
    moving = size > rounding_of(sample.codes)
    z = z / size.where(moving, torch.inf)
    y, z = y - weights @ y, z - weights @ z
    y_square, z_square = weights @ y.square(), weights @ z.square()
    cross = (y * weights[:, None]).T @ z
    return torch.where(
        moving, cross.square() / (y_square[:, None] * z_square.where(moving, 1.0)), 0.0
    )


def _accuracies(sample: Sample, test_share: float, seed: int) -> Tensor:
    from sklearn.svm import LinearSVC  # slow to import, rarely needed

    rows = len(sample.codes)
    held_out = round(test_share * rows)
    if not 0 < test_share < 1 or not 0 < held_out < rows:
        raise ValueError(
            f"test_share: got {test_share} of {rows} rows; give a share that leaves "
            "rows on both sides"
        )
    order = np.random.default_rng(seed).permutation(rows)
    test, train = order[:held_out], order[held_out:]
    y, z = sample.factors.cpu().numpy(), sample.codes.cpu().numpy()
    scores = np.zeros((y.shape[1], z.shape[1]))
    for i, j in np.ndindex(*scores.shape):
        if len(np.unique(y[train, i])) < 2:
            raise ValueError(
                f"factors: column {i} has one value in the training rows; give more"
            )
        if np.ptp(z[:, j]) == 0:
            continue
        model = LinearSVC(C=0.01, class_weight="balanced", random_state=seed)
        model.fit(z[train, j : j + 1], y[train, i])
        scores[i, j] = model.score(z[test, j : j + 1], y[test, i])
    return torch.as_tensor(scores, device=sample.codes.device)
