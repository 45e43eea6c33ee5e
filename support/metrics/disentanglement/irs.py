"""IRS: how far can the other factors push a latent?"""

import torch
from torch import Tensor

from support.metrics.discrete import compact
from support.metrics.disentanglement.inputs import check_sample, rounding_of

__all__ = ["irs"]


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

    Time O(n m N), memory two copies of the codes.

    >>> y = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> irs(y, y.float())
    1.0
    """
    factors, codes, weights = check_sample(factors, codes, weights)
    ends, first = torch.stack([codes.amin(0), codes.amax(0)]), codes[0]
    codes = codes - first
    mean = codes.mean(0) if weights is None else weights @ codes
    largest = (ends - first - mean).abs().amax(0)
    active = largest > rounding_of(ends)
    if not bool(active.any()):
        return 0.0
    if not bool(active.all()):
        codes, largest = codes[:, active].contiguous(), largest[active]
    robust = (1 - _spread(factors, codes, weights) / largest).amax(0).clamp(min=0)
    return float((largest * robust).sum() / largest.sum())


def _spread(factors: Tensor, codes: Tensor, weights: Tensor | None) -> Tensor:
    """How far each latent strays while a factor stands still, (n, m)."""
    labels, sizes = compact(factors)
    if int(sizes.max()) < 256:
        labels = labels.to(torch.uint8)  # sorts three times as fast
    columns = labels.T.contiguous()
    return torch.stack([_strayed(column, codes, weights) for column in columns])


def _strayed(labels: Tensor, codes: Tensor, weights: Tensor | None) -> Tensor:
    """How far each latent strays from its mean at a value; mean over values, (m,)."""
    counts = labels.bincount()
    lengths, order = counts[counts > 0], labels.argsort()
    runs = codes.index_select(0, order)  # the rows of one value are a run

    def over_runs(values: Tensor, reduction: str) -> Tensor:
        return torch.segment_reduce(values, reduction, lengths=lengths, axis=0)

    if weights is None:
        mean = over_runs(runs, "mean")
    else:
        share = weights[order, None]
        mean = over_runs(share * runs, "sum") / over_runs(share, "sum")
    runs -= mean.repeat_interleave(lengths, 0, output_size=len(runs))
    return over_runs(runs.abs_(), "max").mean(0)
