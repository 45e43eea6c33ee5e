"""Explicitness: can each value of each factor be told by a linear rule?"""

import torch
from torch import Tensor
from torch.nn.functional import one_hot, softplus

from support.metrics.auc import auc_binary
from support.metrics.disentanglement.inputs import check_sample, rounding_of, spread

__all__ = ["explicitness"]

_NEWTON_STEPS, _HALVINGS = 50, 30
_NUMBERS_AT_ONCE = 2**22


def explicitness(
    factors: Tensor,
    codes: Tensor,
    *,
    test_share: float = 0.25,
    seed: int = 0,
    rescaled: bool = True,
) -> float:
    r"""Mean area under the ROC curve of linear one-against-rest classifiers.

    For each value of each factor, a logistic regression on all latents (unit
    ridge on standardised codes, classes balanced) tells that value from the
    rest; the areas on held-out rows, $2(\mathrm{AUC}-\frac12)$, are averaged
    over the values and then over the factors.  Not the explicitness of the
    bottleneck's theorem, $I(y_i;x\mid z)=0$: this one asks for a *linear* rule.

    Higher is better, 0 at chance, at most 1; slightly below 0 by chance.
    Unchanged when latents or factors change places, values are renamed or the
    code is mapped affinely latent by latent; mixing the latents linearly
    changes it only through the small ridge.  Collapsed latents add nothing.

    Args:
        factors: (N, n) integers from 0.
        codes: (N, m) numbers.
        test_share: share of every value's rows that are held out, in (0, 1).
        seed: of the split.
        rescaled: False gives the plain mean area, 0.5 at chance.

    Returns:
        The score.

    Raises:
        ValueError: see `minimality_sufficiency`; a share out of range; a value
            that occurs in one row only.

    Source: Ridgeway and Mozer, Learning Deep Disentangled Embeddings with the
    F-Statistic Loss, NeurIPS 2018, section 3.

    >>> y = torch.arange(40)[:, None] % 2
    >>> explicitness(y, y.float())
    1.0
    """
    if not 0 < test_share < 1:
        raise ValueError(f"test_share: got {test_share}; give a share in (0, 1)")
    sample = check_sample(factors, codes)
    z = sample.codes
    order = torch.randperm(len(z), generator=torch.Generator().manual_seed(seed))
    order = order.to(z.device)
    areas = []
    for index, column in enumerate(sample.factors.unbind(1)):
        values, labels, counts = column.unique(return_inverse=True, return_counts=True)
        if int(counts.min()) < 2:
            alone = int(values[counts.argmin()])
            raise ValueError(
                f"factors: in column {index} the value {alone} occurs once; a "
                "classifier needs a row to learn from and one to be tested on"
            )
        held_out = _stratified(labels, counts, order, test_share)
        train, test = z[~held_out], z[held_out]
        scale = spread(train)
        scale = torch.where(scale > rounding_of(train), scale, torch.inf)
        centre = train[0] + (train - train[0]).mean(0)
        wanted = one_hot(labels, len(values)).T
        weights = _logistic((train - centre) / scale, wanted[:, ~held_out])
        scores = _with_intercept((test - centre) / scale) @ weights
        areas.append(auc_binary(scores.T, wanted[:, held_out]).mean())
    mean = float(torch.stack(areas).mean())
    return 2 * (mean - 0.5) if rescaled else mean


def _stratified(
    labels: Tensor, counts: Tensor, order: Tensor, test_share: float
) -> Tensor:
    """Mark the rows to hold out: a share of each value's, at least 1, never all."""
    shuffled = labels[order]
    by_value = shuffled.argsort(stable=True)
    place = torch.arange(len(labels), device=labels.device)
    place = place - (counts.cumsum(0) - counts)[shuffled[by_value]]
    quota = (test_share * counts).round().long().clamp(min=1)
    quota = torch.minimum(quota, counts - 1)
    held_out = torch.zeros_like(labels, dtype=torch.bool)
    held_out[order[by_value]] = place < quota[shuffled[by_value]]
    return held_out


def _logistic(x: Tensor, wanted: Tensor) -> Tensor:
    """Balanced ridge logistic regressions, all targets (T, N) at once, by Newton.

    Returns weights (d + 1, T), the intercept last and without a penalty.
    """
    x = _with_intercept(x)
    targets = wanted.to(x).T  # (N, T)
    positive = targets.mean(0)
    importance = torch.where(targets > 0, 0.5 / positive, 0.5 / (1 - positive))
    sign = 1 - 2 * targets
    penalty = x.new_ones(x.shape[1], 1)
    penalty[-1] = 0

    def losses(weights: Tensor) -> Tensor:
        fit = (importance * softplus(sign * (x @ weights))).sum(0)
        return fit + (penalty * weights.square()).sum(0) / 2

    weights = x.new_zeros(x.shape[1], targets.shape[1])
    current = losses(weights)
    for _ in range(_NEWTON_STEPS):
        chance = torch.sigmoid(x @ weights)
        gradient = x.T @ (importance * (chance - targets)) + penalty * weights
        curvature = _curvature(x, importance * chance * (1 - chance))
        curvature += torch.diag(penalty[:, 0] + 1e-9)
        step = torch.linalg.solve(curvature, gradient.T[..., None])[..., 0].T
        scale = torch.ones_like(current)
        for _ in range(_HALVINGS):
            proposed = losses(weights - scale * step)
            worse = proposed > current
            if not bool(worse.any()):
                break
            scale = torch.where(worse, scale / 2, scale)
        weights = torch.where(worse, weights, weights - scale * step)
        gained = current - torch.minimum(proposed, current)
        current = torch.minimum(proposed, current)
        if not bool((gained > 1e-9 * current).any()):
            break
    return weights


def _curvature(x: Tensor, weights: Tensor) -> Tensor:
    """(T, d, d) sums over the rows of w x xᵀ, a slice of rows at a time."""
    rows, width = x.shape
    total = x.new_zeros(weights.shape[1], width * width)
    step = max(1, _NUMBERS_AT_ONCE // width**2)
    for part in range(0, rows, step):
        block = x[part : part + step]
        outer = (block[:, :, None] * block[:, None]).flatten(1)
        total += weights[part : part + step].T @ outer
    return total.reshape(-1, width, width)


def _with_intercept(x: Tensor) -> Tensor:
    return torch.nn.functional.pad(x, (0, 1), value=1.0)
