"""InfoMEC: modularity, compactness and explicitness in units of information."""

from typing import NamedTuple

import torch
from torch import Tensor

from support.metrics.discrete import compact
from support.metrics.disentanglement.inputs import (
    check_sample,
    rescale,
    rounding_of,
    spread,
)
from support.metrics.probes import conditional_entropy, fit_probe

__all__ = ["InfoMEC", "infomec", "neighbour_information"]


class InfoMEC(NamedTuple):
    """The three scores, I / H(y) (n, m), and which latents (m,) are active."""

    modularity: float
    compactness: float
    explicitness: float
    normalised: Tensor
    active: Tensor


def infomec(
    factors: Tensor,
    codes: Tensor,
    *,
    neighbours: int = 10,
    active_range: float = 0.05,
    test_share: float = 0.25,
    seed: int = 0,
) -> InfoMEC:
    r"""Modularity, compactness, explicitness from nearest-neighbour information.

    With $N_{ij}=I(y_i;z_j)/H(y_i)$ over the $m$ active latents,
    $$\mathrm{InfoM}=\frac{\frac1m\sum_j\frac{\max_iN_{ij}}{\sum_iN_{ij}}-\frac1n}
    {1-\frac1n},\qquad\mathrm{InfoC}=\frac{\frac1n\sum_i
    \frac{\max_jN_{ij}}{\sum_jN_{ij}}-\frac1m}{1-\frac1m},\qquad
    \mathrm{InfoE}=\frac1n\sum_i\frac{H_0-H_{pred}}{H_0}$$
    $H_{pred}$ is the cross-entropy, on held-out rows, of a logistic regression
    on all latents, $H_0$ that of the training shares.  No bins: the
    information is `neighbour_information`.  With one factor InfoM is 1, with
    one active latent InfoC; a latent or factor without any information counts
    at chance, 1/n or 1/m.

    Higher is better; InfoM and InfoC lie in [0, 1], InfoE is at most 1 and
    below 0 for a predictor worse than none.  Unchanged when latents or factors
    change places, values are renamed, all latents are scaled alike or one is
    shifted; scaling one latent may change who is active.

    Args:
        factors: (N, n) integers from 0.
        codes: (N, m) numbers.
        neighbours: of the estimator, at least 1.
        active_range: latents whose range is at most this share of the widest
            latent's are collapsed, and left out; 0 <= active_range < 1.
        test_share: of the rows held out for InfoE, in (0, 1).
        seed: of the split and of the jitter that parts equal codes.

    Returns:
        `InfoMEC`.  Where all latents are constant, all scores are 0.

    Raises:
        ValueError: see `minimality_sufficiency`; a share or number out of range.

    Source: Hsu et al., Disentanglement via Latent Quantization, NeurIPS 2023,
    section 5.

    >>> y = torch.cartesian_prod(torch.arange(2), torch.arange(2)).repeat(50, 1)
    >>> scores = infomec(y, y.float())
    >>> min(scores[:3]) > 0.9
    True
    """
    if not 0 <= active_range < 1:
        raise ValueError(f"active_range: got {active_range}; give 0 to below 1")
    factors, codes, _ = check_sample(factors, codes)
    held_out = round(test_share * len(codes))
    if not 0 < test_share < 1 or not 0 < held_out < len(codes):
        raise ValueError(
            f"test_share: got {test_share} of {len(codes)} rows; give a share that "
            "leaves rows on both sides"
        )
    width = codes.amax(0) - codes.amin(0)
    active = (width > active_range * width.max()) & (width > 0)
    n, m = factors.shape[1], int(active.sum())
    normalised = codes.new_zeros(n, len(active))
    if not m:
        return InfoMEC(0.0, 0.0, 0.0, normalised, active)
    moving = codes[:, active]
    labels, sizes = compact(factors)
    entropies = torch.stack(
        [
            torch.special.entr(torch.bincount(column).double() / len(column)).sum()
            for column in labels.unbind(1)
        ]
    )
    mutual = neighbour_information(labels, moving, neighbours=neighbours, seed=seed)
    shares = mutual / entropies[:, None]
    normalised[:, active] = shares
    order = torch.randperm(len(codes), generator=torch.Generator().manual_seed(seed))
    test, train = order.to(codes.device).tensor_split([held_out])
    explicit = [
        _told(moving[train], column[train], moving[test], column[test], int(size))
        for column, size in zip(labels.unbind(1), sizes, strict=True)
    ]
    return InfoMEC(
        _concentration(shares.T),
        _concentration(shares),
        sum(explicit) / n,
        normalised,
        active,
    )


def neighbour_information(
    factors: Tensor, codes: Tensor, *, neighbours: int = 10, seed: int = 0
) -> Tensor:
    r"""Information of discrete factors and continuous latents, without bins.

    $$\hat I=\psi(N)+\langle\psi(k)\rangle-\langle\psi(N_{y})\rangle-\langle\psi(c)
    \rangle$$
    where k is the number of neighbours of the same value that set a sample's
    radius (fewer in a small class), $N_y$ the size of its class, and c the
    samples of any class within the radius, itself among them.  Samples alone in
    their class are left out; a jitter of 1e-10 parts equal codes, drawn for the
    sorted rows, so that their order does not matter.

    Args:
        factors: (N, n) integers from 0.
        codes: (N, m) numbers.
        neighbours: k, at least 1.
        seed: of the jitter; the same on every device.

    Returns:
        (n, m) nats, not below 0, float64.  Time O(n m N (log N + k)), memory
        O(m N): one factor at a time, all latents together.

    Raises:
        ValueError: see `minimality_sufficiency`; neighbours below 1.

    Source: Ross, Mutual Information between Discrete and Continuous Data Sets,
    PLoS ONE 2014; `sklearn.feature_selection.mutual_info_classif`.

    >>> y = torch.arange(400)[:, None] % 2
    >>> round(float(neighbour_information(y, y.float())), 2)
    0.69
    """
    if neighbours < 1:
        raise ValueError(f"neighbours: got {neighbours}; give at least 1")
    factors, codes, _ = check_sample(factors, codes)
    scale = spread(codes)
    z = codes - codes[0]
    z = z / scale.where(scale > rounding_of(codes), torch.inf)
    z = (z - z.mean(0)).T.contiguous()
    jitter = 1e-10 * torch.randn(z.shape, dtype=z.dtype, generator=_seeded(seed)).to(z)
    found = []
    for column in compact(factors)[0].unbind(1):
        counts = torch.bincount(column)[column]
        kept = counts > 1
        if not bool(kept.any()):
            found.append(z.new_zeros(len(z)))
            continue
        by_label = column.argsort(stable=True)
        by_label = by_label[kept[by_label]]
        places = z[:, by_label].argsort(dim=1, stable=True).argsort(1)
        parted = z[:, by_label] + jitter.gather(1, places)
        found.append(_ross(column[by_label], counts[by_label], parted, neighbours))
    return torch.stack(found).clamp(min=0)


def _ross(labels: Tensor, counts: Tensor, z: Tensor, neighbours: int) -> Tensor:
    """The estimate for one factor and every latent, (m,)."""
    everyone, by_value = z.sort(1)
    # sort by latent first and then, stably, by class: classes become runs
    by_class = by_value.gather(1, labels[by_value].argsort(stable=True, dim=1))
    runs = z.gather(1, by_class).contiguous()
    label, size = labels[by_class[0]], counts[by_class[0]]  # alike for all latents
    rows = torch.arange(len(label), device=z.device)
    k = size.clamp(max=neighbours + 1) - 1
    largest = int(k.max())
    radius = torch.full_like(runs, torch.inf)
    for left in range(largest + 1):  # the window of k + 1 that starts `left` before
        low, high = rows - left, rows - left + k
        fits = (left <= k) & (low >= 0) & (high < len(rows))
        low, high = low.clamp(min=0), high.clamp(0, len(rows) - 1)
        fits &= (label[low] == label) & (label[high] == label)
        reach = torch.maximum(runs - runs[:, low], runs[:, high] - runs)
        radius = torch.where(fits, torch.minimum(radius, reach), radius)
    upper = torch.searchsorted(everyone, runs + radius, right=True)
    lower = torch.searchsorted(everyone, runs - radius)
    # the k-th neighbour lies on the rim, and rounding decides on which side of
    # the sum; its distance is exact, so ask that
    last, first = (upper - 1).clamp(min=0), lower.clamp(max=len(label) - 1)
    upper = upper - (everyone.gather(1, last) - runs >= radius).long()
    lower = lower + (runs - everyone.gather(1, first) >= radius).long()
    within = (upper - lower).clamp(min=1).double()
    psi = torch.special.digamma
    constant = psi(z.new_tensor(float(len(label)))) + psi(k.double()).mean()
    return constant - psi(size.double()).mean() - psi(within).mean(1)


def _concentration(shares: Tensor) -> float:
    """Mean share that a row's largest cell holds, above chance."""
    choices = shares.shape[1]
    if choices == 1:
        return 1.0
    total = shares.sum(1)
    best = shares.amax(1) / total.where(total > 0, 1.0)
    best = torch.where(total > 0, best, 1 / choices)
    return rescale(float(best.mean()), choices)


def _told(
    train: Tensor, y_train: Tensor, test: Tensor, y_test: Tensor, n_values: int
) -> float:
    """Share of a factor's uncertainty that a logistic regression removes."""
    counts = torch.bincount(y_train, minlength=n_values).double()
    blind = counts.clamp(min=0.5).log().expand(len(y_test), n_values)
    before = conditional_entropy(blind, y_test)
    probe = fit_probe(train, y_train, n_values)
    after = conditional_entropy(probe.logits(test), y_test)
    return (before - after) / before


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
