"""IRS: how far can the other factors push a latent?"""

import torch
from torch import Tensor

from support.metrics.disentanglement.inputs import active_latents, check_sample
from support.metrics.information import compact

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

    >>> y = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> irs(y, y.float())
    1.0
    """
    sample = check_sample(factors, codes, weights)
    codes = sample.codes[:, active_latents(sample.codes, weights=sample.weights)]
    if not codes.shape[1]:
        return 0.0
    weights = sample.weights
    if weights is None:
        weights = codes.new_full((len(codes),), 1 / len(codes))
    spread = torch.stack([_spread(f, codes, weights) for f in sample.factors.unbind(1)])
    largest = (codes - weights @ codes).abs().amax(0)
    robust = (1 - spread / largest).amax(0).clamp(min=0)
    return float((largest * robust).sum() / largest.sum())


def _spread(factor: Tensor, codes: Tensor, weights: Tensor) -> Tensor:
    """How far the latents stray from their mean while a factor stands still, (m,)."""
    labels, sizes = compact(factor[:, None])
    # few values fit a byte, which sorts three times as fast
    labels = labels[:, 0].to(torch.uint8 if int(sizes) < 256 else torch.long)
    labels, order = labels.sort()
    counts = labels.unique_consecutive(return_counts=True)[1].tolist()
    runs = codes.index_select(0, order).split(counts)
    shares = weights.index_select(0, order).split(counts)
    furthest = []
    for run, share in zip(runs, shares, strict=True):  # one a value
        low, high = run.aminmax(dim=0)
        mean = (share @ run) / share.sum()
        furthest.append(torch.maximum(high - mean, mean - low))
    return torch.stack(furthest).mean(0)
