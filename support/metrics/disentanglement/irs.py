"""IRS: how far can the other factors push a latent?"""

import torch
from torch import Tensor

from support.metrics.disentanglement.inputs import active_latents, check_sample
from support.metrics.information import compact

__all__ = ["irs"]

_PAIRS_AT_ONCE = 2**20


def irs(factors: Tensor, codes: Tensor, *, weights: Tensor | None = None) -> float:
    r"""Interventional robustness: with its factor held fixed, a latent stands still.

    $$\mathrm{IRS}=\frac{\sum_jw_j\max_i(1-C_{ji}/w_j)}{\sum_jw_j},\quad
    C_{ji}=\frac1{K_i}\sum_v\max_{b:\,y_i=v}|z_{bj}-\bar z_{j\mid v}|,\quad
    w_j=\max_b|z_{bj}-\bar z_j|$$
    the mean over the values $v$ that occur, $\bar z_{j\mid v}$ the mean of the
    latent there.

    Higher is better, range [0, 1] up to single groups that stray further from
    their own mean than any row does from the common one (a latent's share is
    kept at 0 then).  Unchanged when latents or factors change places, values
    are renamed, a latent is shifted or its sign turned, all latents are scaled
    alike; scaling one latent changes its weight in the mean.  Collapsed latents
    have weight 0; where all are collapsed the score is 0.  The theory behind it
    asks for crossed, independent factors.

    Args:
        factors: (N, n) integers from 0.
        codes: (N, m) numbers.
        weights: (N,) probabilities, when rows are cells of a joint table: they
            enter the means; the maxima run over the cells that can occur.

    Returns:
        The score.

    Raises:
        ValueError: see `minimality_sufficiency`.

    Source: Suter et al., Robustly Disentangled Causal Mechanisms, ICML 2019,
    section 4.1, with the maximum as its distance.

    >>> y = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> irs(y, y.float())
    1.0
    """
    sample = check_sample(factors, codes, weights)
    codes = sample.codes[:, active_latents(sample.codes, weights=sample.weights)]
    if not codes.shape[1]:
        return 0.0
    rows, latents = codes.shape
    weights = codes.new_full((rows,), 1 / rows) if weights is None else sample.weights
    labels, sizes = compact(sample.factors)
    groups = labels + (sizes.cumsum(0) - sizes)  # (N, n), one number a value
    count = int(sizes.sum())
    # all factors at once: a row belongs to one group of each of them
    parts = torch.arange(rows, device=codes.device).split(
        max(1, _PAIRS_AT_ONCE // (latents * len(sizes)))
    )
    mass, sums = codes.new_zeros(count), codes.new_zeros(count, latents)
    for part in parts:
        own = groups[part].flatten()
        share = weights[part].repeat_interleave(len(sizes))
        mass.index_add_(0, own, share)
        weighted = (weights[part, None] * codes[part])[:, None]
        weighted = weighted.expand(-1, len(sizes), -1)
        sums.index_add_(0, own, weighted.reshape(-1, latents))
    occurs = mass > 0
    means = sums / mass.where(occurs, 1.0)[:, None]
    furthest = torch.zeros_like(sums)
    for part in parts:
        own = groups[part]
        away = (codes[part, None] - means[own]).abs().reshape(-1, latents)
        index = own.reshape(-1, 1).expand(-1, latents)
        furthest.scatter_reduce_(0, index, away, "amax")
    owner = torch.repeat_interleave(sizes)[:, None].expand(-1, latents)
    spread = codes.new_zeros(len(sizes), latents).scatter_add_(0, owner, furthest)
    values = torch.zeros_like(sizes).scatter_add_(0, owner[:, 0], occurs.long())
    spread = spread / values[:, None]
    largest = (codes - weights @ codes).abs().amax(0)
    robust = (1 - spread / largest).amax(0).clamp(min=0)
    return float((largest * robust).sum() / largest.sum())
