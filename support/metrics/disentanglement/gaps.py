"""Scores made of gaps between the largest mutual informations.

All take a sample, or with ``weights`` an exact joint table, and see nothing of
it but the entropies and the matrix $M_{ij}=I(y_i;\\hat z_j)$ in bits.  Under
dependent factors a perfect encoder loses points in every one of them.
"""

import torch
from torch import Tensor

from support.arrays import tensor
from support.metrics.disentanglement.inputs import (
    check_choice,
    histogram_information,
)

__all__ = ["dcimig", "jemmig", "mig", "mig_sup", "modularity"]

_NORMALISERS = ("factor", "code")


def mig(
    factors: Tensor,
    codes: Tensor,
    *,
    bins: int | None = 10,
    binning: str = "uniform",
    correction: str | None = None,
    normaliser: str = "factor",
    weights: Tensor | None = None,
) -> float:
    r"""Mutual information gap: is each factor told by one latent and no second?

    $$\mathrm{MIG}=\frac1n\sum_i\frac{M_{i(1)}-M_{i(2)}}{H(y_i)}$$
    with the two largest over the latents; with one latent the second is 0.

    Higher is better, range [0, 1].  Unchanged when latents or factors change
    places, values of a factor are renamed, or a latent is mapped affinely.  A
    collapsed latent tells nothing and changes nothing.  For a perfect encoder
    it is $\frac1n\sum_i(1-\max_{k\ne i}I(y_i;y_k)/H(y_i))$, 1 only for
    independent factors.

    Args:
        factors: (N, n) integers from 0.
        codes: (N, m) numbers.
        bins: of each latent; None when the codes are discrete.
        binning: ``"uniform"`` or ``"quantile"``.
        correction: None or ``"miller-madow"``.
        normaliser: ``"factor"`` divides by $H(y_i)$ as the paper does;
            ``"code"`` divides each $M_{ij}$ by $H(\hat z_j)$ before the gap is
            taken, as the widely used code of Ubisoft's study of metrics does.
        weights: (N,) probabilities, when rows are cells of a joint table.

    Returns:
        The score.

    Raises:
        ValueError: see `minimality_sufficiency`.

    Source: Chen et al., Isolating Sources of Disentanglement, NeurIPS 2018, eq. 6.

    >>> y = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> mig(y, y.float(), bins=2)
    1.0
    """
    check_choice("normaliser", normaliser, _NORMALISERS)
    found = histogram_information(
        factors,
        codes,
        bins=bins,
        binning=binning,
        correction=correction,
        weights=weights,
    )
    if normaliser == "factor":
        shares = found.mutual / found.row_entropy[:, None]
    else:
        shares = _ratio(found.mutual, found.column_entropy)
    first, second = _top_two(shares)
    return float((first - second).mean())


def mig_sup(
    factors: Tensor,
    codes: Tensor,
    *,
    bins: int | None = 10,
    binning: str = "uniform",
    correction: str | None = None,
    normaliser: str = "factor",
    collapsed: str = "drop",
    weights: Tensor | None = None,
) -> float:
    r"""MIG the other way round: is each latent about one factor and no second?

    $$\mathrm{MIG\text{-}sup}=\frac1m\sum_j(\bar M_{(1)j}-\bar M_{(2)j}),\qquad
    \bar M_{ij}=M_{ij}/H(y_i)$$
    with the two largest over the factors; with one factor the second is 0.

    Higher is better, range [0, 1], same invariances as `mig`.

    Args:
        factors: (N, n) integers from 0.
        codes: (N, m) numbers.
        bins: of each latent; None when the codes are discrete.
        binning: ``"uniform"`` or ``"quantile"``.
        correction: None or ``"miller-madow"``.
        normaliser: ``"factor"``, or ``"code"`` for $M_{ij}/H(\hat z_j)$.
        collapsed: ``"drop"`` leaves constant latents out of the mean, ``"zero"``
            counts each as 0, as the formula does.  0 where all are constant.
        weights: (N,) probabilities, when rows are cells of a joint table.

    Returns:
        The score.

    Raises:
        ValueError: see `minimality_sufficiency`.

    Source: Li et al., Progressive Learning and Disentanglement of Hierarchical
    Representations, ICLR 2020, section 5.

    >>> y = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> mig_sup(y, y.float(), bins=2)
    1.0
    """
    check_choice("normaliser", normaliser, _NORMALISERS)
    check_choice("collapsed", collapsed, ("drop", "zero"))
    found = histogram_information(
        factors,
        codes,
        bins=bins,
        binning=binning,
        correction=correction,
        weights=weights,
    )
    if normaliser == "factor":
        shares = found.mutual / found.row_entropy[:, None]
    else:
        shares = _ratio(found.mutual, found.column_entropy)
    first, second = _top_two(shares.T)
    return _mean_over_latents(first - second, found.column_entropy, collapsed)


def dcimig(
    factors: Tensor,
    codes: Tensor,
    *,
    bins: int | None = 10,
    binning: str = "uniform",
    correction: str | None = None,
    weights: Tensor | None = None,
) -> float:
    r"""Gap of each latent, credited to its best factor; the best latent counts.

    $$\mathrm{DCIMIG}=\frac{\sum_i\max_jg_{ij}}{\sum_iH(y_i)},\qquad
    g_{ij}=\begin{cases}M_{(1)j}-M_{(2)j}&i=\arg\max_kM_{kj}\\0&\text{else}\end{cases}$$

    Higher is better, range [0, 1], same invariances as `mig`, unless two
    factors tie for a latent (its gap is then 0 whichever gets it).

    Args:
        factors: (N, n) integers from 0.
        codes: (N, m) numbers.
        bins: of each latent; None when the codes are discrete.
        binning: ``"uniform"`` or ``"quantile"``.
        correction: None or ``"miller-madow"``.
        weights: (N,) probabilities, when rows are cells of a joint table.

    Returns:
        The score.

    Raises:
        ValueError: see `minimality_sufficiency`.

    Source: Sepliarskaia et al., How to Not Measure Disentanglement, 2019
    (arXiv 1910.05587).

    >>> y = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> dcimig(y, y.float(), bins=2)
    1.0
    """
    found = histogram_information(
        factors,
        codes,
        bins=bins,
        binning=binning,
        correction=correction,
        weights=weights,
    )
    first, second = _top_two(found.mutual.T)
    best = found.mutual.argmax(0, keepdim=True)
    gaps = torch.zeros_like(found.mutual).scatter_(0, best, (first - second)[None])
    return float(gaps.amax(1).sum() / found.row_entropy.sum())


def jemmig(
    factors: Tensor,
    codes: Tensor,
    *,
    bins: int | None = 10,
    binning: str = "uniform",
    correction: str | None = None,
    weights: Tensor | None = None,
) -> float:
    r"""MIG that also asks the best latent to hold nothing but its factor.

    $$\mathrm{JEMMIG}=1-\frac1n\sum_i
    \frac{H(y_i,\hat z_{j^*})-M_{i(1)}+M_{i(2)}}{H(y_i)+\log_2B},\quad
    j^*=\arg\max_jM_{ij}$$

    Higher is better, range [0, 1], same invariances as `mig`.  A perfect
    encoder reaches 1 on independent factors only; where latents tie for the largest
    $M_{ij}$, the term is the mean over them; a constant code, which has
    no entropy to pay for, still gets $\log_2B/(H(y_i)+\log_2B)$.

    Args:
        factors: (N, n) integers from 0.
        codes: (N, m) numbers.
        bins: B; None when the codes are discrete: B is then the number of
            values of the best latent.
        binning: ``"uniform"`` or ``"quantile"``.
        correction: None or ``"miller-madow"``.
        weights: (N,) probabilities, when rows are cells of a joint table.

    Returns:
        The score.

    Raises:
        ValueError: see `minimality_sufficiency`.

    Source: Do and Tran, Theory and Evaluation Metrics for Learning Disentangled
    Representations, ICLR 2020, the normalised form of section 4.

    >>> y = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> jemmig(y, y.float(), bins=2)
    1.0
    """
    found = histogram_information(
        factors,
        codes,
        bins=bins,
        binning=binning,
        correction=correction,
        weights=weights,
    )
    first, second = _top_two(found.mutual)
    best = (found.mutual >= first[:, None] * (1 - 1e-12)).double()
    most = found.row_entropy[:, None] + found.column_values.double().log2()
    paid = (found.joint_entropy - (first - second)[:, None]) / most
    return float(1 - ((paid * best).sum(1) / best.sum(1)).mean())


def modularity(
    factors: Tensor,
    codes: Tensor,
    *,
    bins: int | None = 10,
    binning: str = "uniform",
    correction: str | None = None,
    transposed: bool = False,
    collapsed: str = "zero",
    weights: Tensor | None = None,
) -> float:
    r"""Does each latent have information about one factor at most?

    $$\mathrm{Mod}=\frac1m\sum_j\Big(1-\frac{\sum_iM_{ij}^2-\theta_j^2}
    {(n-1)\theta_j^2}\Big),\qquad\theta_j=\max_iM_{ij}$$
    and a latent that tells nothing counts 0.

    Higher is better, range [0, 1], same invariances as `mig`.  For a perfect
    encoder it is $1-\frac1n\sum_i\frac{\sum_{k\ne i}I(y_i;y_k)^2}{(n-1)H(y_i)^2}$.

    Args:
        factors: (N, n) integers from 0, n at least 2.
        codes: (N, m) numbers.
        bins: of each latent; None when the codes are discrete.
        binning: ``"uniform"`` or ``"quantile"``.
        correction: None or ``"miller-madow"``.
        transposed: apply the formula to $M^\top$ (maximum and sum over latents
            for each factor, m - 1 below), as the code released with
            *Rethinking Disentanglement under Dependent Factors of Variation*
            does: a compactness.  Needs m of at least 2.
        collapsed: ``"zero"`` as the paper, or ``"drop"`` constant latents.
        weights: (N,) probabilities, when rows are cells of a joint table.

    Returns:
        The score.

    Raises:
        ValueError: one factor only, or see `minimality_sufficiency`.

    Source: Ridgeway and Mozer, Learning Deep Disentangled Embeddings with the
    F-Statistic Loss, NeurIPS 2018, section 3.

    >>> y = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> modularity(y, y.float(), bins=2)
    1.0
    """
    check_choice("collapsed", collapsed, ("drop", "zero"))
    codes = tensor("codes", codes)
    if transposed and codes.ndim == 2 and codes.shape[1] == 1:
        raise ValueError("codes: got 1 latent; transposed=True compares at least 2")
    found = histogram_information(
        factors,
        codes,
        bins=bins,
        binning=binning,
        correction=correction,
        weights=weights,
        least_factors=1 if transposed else 2,
    )
    squares = (found.mutual.T if transposed else found.mutual).clamp(min=0).square()
    largest = squares.amax(0)
    rest = _ratio(squares.sum(0) - largest, (len(squares) - 1) * largest)
    scores = torch.where(largest > 0, 1 - rest, 0.0)
    if transposed:
        return float(scores.mean())
    return _mean_over_latents(scores, found.column_entropy, collapsed)


def _top_two(values: Tensor) -> tuple[Tensor, Tensor]:
    """The two largest of every row; a lone one is followed by 0."""
    padded = torch.nn.functional.pad(values, (0, 1)) if values.shape[1] == 1 else values
    first, second = padded.topk(2, dim=1).values.unbind(1)
    return first, second


def _ratio(above: Tensor, below: Tensor) -> Tensor:
    """Quotient, 0 where nothing stands below."""
    return torch.where(below > 0, above / below.where(below > 0, 1.0), 0.0)


def _mean_over_latents(scores: Tensor, code_entropy: Tensor, collapsed: str) -> float:
    count = int((code_entropy > 0).sum()) if collapsed == "drop" else len(scores)
    return float(scores.sum()) / max(count, 1)
