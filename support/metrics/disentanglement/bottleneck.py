"""Minimality and sufficiency: the scores that dependent factors do not fool."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from support.metrics.discrete import compact
from support.metrics.disentanglement.inputs import (
    active_latents,
    check_choice,
    check_sample,
    code_values,
    spread,
)
from support.metrics.information import pairwise_information

__all__ = [
    "MinimalitySufficiency",
    "minimality_sufficiency",
    "minimality_sufficiency_gaussian",
]

_PAIRS_AT_ONCE = 2**22


class MinimalitySufficiency(NamedTuple):
    """Both scores, what they are made of, and the latents that took part.

    ``minimality_matrix`` and ``sufficiency_matrix`` are (n, m): factors by
    latents (or blocks), 0 in the columns of collapsed latents; ``active`` is
    (m,) bool.
    """

    minimality: float
    sufficiency: float
    minimality_matrix: Tensor
    sufficiency_matrix: Tensor
    active: Tensor

    @property
    def collapsed(self) -> int:
        """How many latents were left out because they hardly move."""
        return int((~self.active).sum())


def minimality_sufficiency(
    factors: Tensor,
    codes: Tensor,
    *,
    bins: int | None = 15,
    binning: str = "uniform",
    correction: str | None = None,
    active_std: float = 0.0,
    collapsed: str = "drop",
    matching: str = "max",
    blocks: Sequence[Sequence[int]] | None = None,
    weights: Tensor | None = None,
) -> MinimalitySufficiency:
    r"""Is each latent about one factor only, and each factor whole in one latent?

    $$m_{ij}=\frac{I(z_j;y_i)}{H(\hat z_j)},\quad s_{ij}=\frac{I(z_j;y_i)}{H(y_i)},
    \quad\mathrm{Min}=\frac1m\sum_j\max_im_{ij},\quad
    \mathrm{Suf}=\frac1n\sum_i\max_js_{ij}$$
    with $\hat z_j$ the latent cut into bins, plug-in entropies in bits.

    Higher is better; both lie in [0, 1], and both are 1 for a perfect discrete
    encoder whatever the dependence between the factors.  Unchanged when
    latents or factors change places, when the values of a factor are renamed,
    and under affine maps of a latent with a slope of either sign.  The bins are
    part of the definition: more of them make a continuous latent look less
    minimal, and the edges come from this very sample.  Duplicating a latent
    lowers neither score; ``matching="one-to-one"`` (ours, not the paper's)
    does see it: factors and latents are paired so as to maximise
    $\sum m_{ij}s_{ij}$, and a latent or factor without a partner counts as 0.

    Args:
        factors: (N, n) integers from 0.
        codes: (N, m) numbers.
        bins: B; None when the codes are discrete, each distinct value a cell.
        binning: ``"uniform"`` or ``"quantile"``.
        correction: None or ``"miller-madow"``; ratios are kept in [0, 1].
        active_std: latents whose standard deviation is no larger are collapsed.
        collapsed: ``"drop"`` leaves them out of the mean, ``"zero"`` counts
            each as 0.  Where all are collapsed, both scores are 0.
        matching: ``"max"`` or ``"one-to-one"``.
        blocks: lists of columns of ``codes``; each list is one component, a
            cell of which is a combination of bins (ours; B to the power of the
            block's width cells are a lot to fill, so give few bins).
        weights: (N,) probabilities, when rows are the cells of a joint table;
            the scores are then exact.

    Returns:
        `MinimalitySufficiency`.

    Raises:
        ValueError: n or m is 0, lengths differ, a code is NaN or infinite, a
            factor is constant, negative or float, fewer rows than bins, or an
            unknown option.

    Source: Almudévar and Ortega, Rethinking Disentanglement under Dependent
    Factors of Variation, arXiv 2408.07016, the scores of the authors' code.

    >>> y = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> minimality_sufficiency(y, y.float(), bins=2)[:2]
    (1.0, 1.0)
    """
    check_choice("collapsed", collapsed, ("drop", "zero"))
    check_choice("matching", matching, ("max", "one-to-one"))
    sample = check_sample(factors, codes, weights)
    values = code_values(sample, bins, binning, sample.weights)
    active = active_latents(sample.codes, active_std, sample.weights)
    values = values * active  # a latent that hardly moves has one cell
    if blocks is not None:
        values, active = _merge(values, active, blocks)
    found = pairwise_information(
        sample.factors, values, correction=correction, weights=sample.weights
    )
    return _scores(
        found.mutual,
        found.column_entropy.expand_as(found.mutual),
        found.row_entropy,
        active,
        collapsed,
        matching,
    )


def minimality_sufficiency_gaussian(
    factors: Tensor,
    codes: Tensor,
    *,
    noise: float = 0.1,
    draws: int = 10,
    seed: int = 0,
    active_std: float = 0.0,
    collapsed: str = "drop",
) -> MinimalitySufficiency:
    r"""The two scores without bins: a little Gaussian noise makes $I(z;x)$ finite.

    Every latent is standardised and blurred, $z_j\mid x\sim\mathcal N(\mu_j(x),
    \sigma^2)$, so that $p(z_j)$ and $p(z_j\mid y_i)$ are mixtures over the samples
    (of the class), and
    $$\hat I(z_j;x)=\mathbb E\Big[\log\frac{p(z_j\mid x)}{p(z_j)}\Big],\qquad
    \hat I(z_j;y_i)=\mathbb E\Big[\log\frac{p(z_j\mid y_i)}{p(z_j)}\Big]$$
    by Monte Carlo; ratios as in `minimality_sufficiency`, clamped to [0, 1].

    Higher is better, range [0, 1], same invariances.  The noise plays the part
    of the bins: report it.  Time grows with $N^2$ times draws times m, memory
    does not; at most 2000 rows are a good choice.

    Args:
        factors: (N, n) integers from 0.
        codes: (N, m) numbers: the means $\mu(x)$.
        noise: $\sigma$, in standard deviations of the latent, above 0.
        draws: Monte-Carlo draws a sample, at least 1.
        seed: of the draws; the same on every device.
        active_std: see `minimality_sufficiency`.
        collapsed: see `minimality_sufficiency`.

    Returns:
        `MinimalitySufficiency`.

    Raises:
        ValueError: see `minimality_sufficiency`; noise or draws out of range.

    Source: the estimator of the first version of arXiv 2408.07016 (2024).

    >>> y = torch.arange(100)[:, None] % 2
    >>> scores = minimality_sufficiency_gaussian(y, y.float())
    >>> min(scores[:2]) > 0.99
    True
    """
    check_choice("collapsed", collapsed, ("drop", "zero"))
    if not noise > 0 or draws < 1:
        raise ValueError(
            f"noise {noise} and draws {draws}: give above 0 and at least 1"
        )
    factors, codes, _ = check_sample(factors, codes)
    active = active_latents(codes, active_std)
    scale = torch.where(active, spread(codes), torch.inf)
    codes = codes - codes[0]
    means = ((codes - codes.mean(0)) / scale).T.contiguous()
    labels, sizes = compact(factors)
    labels = labels + (sizes.cumsum(0) - sizes)
    classes = torch.zeros(len(codes), int(sizes.sum()), dtype=codes.dtype)
    classes = classes.to(codes.device).scatter_(1, labels, 1.0)
    source = torch.Generator().manual_seed(seed)
    rows = max(1, _PAIRS_AT_ONCE // means.numel())
    about_x = codes.new_zeros(len(means))
    about_y = codes.new_zeros(factors.shape[1], len(means))
    counts = classes.sum(0)
    for part in torch.arange(len(codes)).repeat(draws).split(rows):
        part = part.to(codes.device)
        jitter = torch.randn(len(means), len(part), generator=source).to(means)
        drawn = means[:, part] + noise * jitter
        # unnormalised densities: the Gaussian's constant cancels in each ratio
        kernel = torch.exp(-(((drawn[..., None] - means[:, None]) / noise) ** 2) / 2)
        by_class = kernel @ classes  # (m, rows, all values of all factors)
        own = by_class.gather(2, labels[part].expand(len(means), -1, -1))
        own = (own / counts[labels[part]]).log()
        everywhere = (kernel.mean(2)).log()
        about_x += (-jitter.square() / 2 - everywhere).sum(1)
        about_y += (own - everywhere[..., None]).sum(1).T
    about_x, about_y = about_x / (draws * len(codes)), about_y / (draws * len(codes))
    shares = counts / len(codes)
    entropies = codes.new_zeros(factors.shape[1]).index_add_(
        0, torch.repeat_interleave(sizes), torch.special.entr(shares)
    )
    return _scores(
        about_y, about_x.expand_as(about_y), entropies, active, collapsed, "max"
    )


def _scores(
    mutual: Tensor,
    about_input: Tensor,
    factor_entropy: Tensor,
    active: Tensor,
    collapsed: str,
    matching: str,
) -> MinimalitySufficiency:
    known = active & (about_input > 0)
    minimal = torch.where(known, mutual / about_input.where(known, 1.0), 0.0)
    sufficient = torch.where(active, mutual / factor_entropy[:, None], 0.0)
    minimal, sufficient = minimal.clamp(0, 1), sufficient.clamp(0, 1)
    latents = int(active.sum()) if collapsed == "drop" else len(active)
    if matching == "max":
        own, whole = minimal.amax(0).sum(), sufficient.amax(1).sum()
    else:
        from scipy.optimize import linear_sum_assignment  # slow to import

        merit = (minimal * sufficient).cpu().numpy()
        pairs = linear_sum_assignment(merit, maximize=True)
        pairs = tuple(torch.as_tensor(side, device=active.device) for side in pairs)
        own, whole = minimal[pairs].sum(), sufficient[pairs].sum()
    return MinimalitySufficiency(
        float(own) / max(latents, 1),
        float(whole) / len(factor_entropy),
        minimal,
        sufficient,
        active,
    )


def _merge(
    values: Tensor, active: Tensor, blocks: Sequence[Sequence[int]]
) -> tuple[Tensor, Tensor]:
    """One column a block: the number of its combination of cells."""
    columns = [column for block in blocks for column in block]
    width = values.shape[1]
    if not blocks or any(not len(block) for block in blocks):
        raise ValueError(
            f"blocks: got {list(blocks)}; give lists of columns, none empty"
        )
    if min(columns) < 0 or max(columns) >= width or len(set(columns)) < len(columns):
        raise ValueError(
            f"blocks: got columns {columns}; give each of 0 to {width - 1} at most once"
        )
    merged = [
        values[:, list(block)].unique(dim=0, return_inverse=True)[1] for block in blocks
    ]
    moving = torch.stack([active[list(block)].any() for block in blocks])
    return torch.stack(merged, 1), moving
