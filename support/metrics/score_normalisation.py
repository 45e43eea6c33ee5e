r"""Scores told in deviations of what strangers score: z-, t- and s-norm."""

import torch
from torch import Tensor

from support.arrays import real

__all__ = ["s_norm", "t_norm", "z_norm"]


def z_norm(scores: Tensor, model_cohort: Tensor) -> Tensor:
    r"""Take out what a model scores with strangers, $(s-\mu_m)/\sigma_m$.

    Args:
        scores: (M, n), every model with every test.
        model_cohort: (M, c), every model with c utterances of strangers.

    Returns:
        (M, n).

    Raises:
        ValueError: shapes disagree, a number is not finite, the cohort has fewer than
            two, or a model scores the same with all of it, but for rounding.

    Source: Auckenthaler et al., Score normalization for text-independent speaker
    verification systems, 2000.

    >>> import torch
    >>> z_norm(torch.tensor([[3.0]]), torch.tensor([[0.0, 2.0]]))
    tensor([[2.]])
    """
    return _standardised(scores, model_cohort, 0, "model_cohort")


def t_norm(scores: Tensor, test_cohort: Tensor) -> Tensor:
    r"""Take out what a test scores with strangers' models, $(s-\mu_t)/\sigma_t$.

    Args:
        scores: (M, n), every model with every test.
        test_cohort: (c, n), c models of strangers with every test.

    Returns:
        (M, n).

    Raises:
        ValueError: as `z_norm`.

    >>> import torch
    >>> t_norm(torch.tensor([[3.0]]), torch.tensor([[0.0], [2.0]]))
    tensor([[2.]])
    """
    return _standardised(scores, test_cohort, 1, "test_cohort")


def s_norm(scores: Tensor, model_cohort: Tensor, test_cohort: Tensor) -> Tensor:
    r"""Do both and take the mean, so that model and test may change places.

    $$s'=\tfrac12\Big(\frac{s-\mu_m}{\sigma_m}+\frac{s-\mu_t}{\sigma_t}\Big)$$

    Args:
        scores: (M, n).
        model_cohort: (M, c), every model with c strangers.
        test_cohort: (c', n), c' strangers with every test.

    Returns:
        (M, n).

    Raises:
        ValueError: as `z_norm`.

    Source: Kenny, Bayesian speaker verification with heavy-tailed priors, 2010.

    >>> import torch
    >>> s_norm(torch.ones(1, 1), torch.tensor([[0.0, 2.0]]), torch.tensor([[0.], [2.]]))
    tensor([[0.]])
    """
    return (z_norm(scores, model_cohort) + t_norm(scores, test_cohort)) / 2


def _standardised(scores: Tensor, cohort: Tensor, shared: int, name: str) -> Tensor:
    """Mean and deviation in float64; the result is float32 or float64 as scores are."""
    scores = real("scores", scores)
    cohort = real(name, cohort, like=scores)
    rounding = 8 * torch.finfo(cohort.dtype).eps
    cohort = cohort.double()
    if (
        scores.ndim != 2
        or cohort.ndim != 2
        or scores.shape[shared] != cohort.shape[shared]
    ):
        wanted = ("(M, n) and (M, c)", "(M, n) and (c, n)")[shared]
        raise ValueError(
            f"scores, {name}: got shapes {tuple(scores.shape)} and "
            f"{tuple(cohort.shape)}; give {wanted}"
        )
    along = 1 - shared
    if cohort.shape[along] < 2:
        raise ValueError(
            f"{name}: got {cohort.shape[along]} strangers; give at least two, "
            "better some hundred"
        )
    # From the first on: the scores of one stranger, repeated, do not spread at all.
    first = cohort.narrow(along, 0, 1)
    away = cohort - first
    mean = away.mean(along, keepdim=True)
    away = away - mean
    size = away.abs().amax(along, keepdim=True)  # squares need not fit
    size = size.where(size > 0, 1.0)
    spread = size * (away / size).square().mean(along, keepdim=True).sqrt()
    if (spread <= rounding * cohort.abs().amax(along, keepdim=True)).any():
        raise ValueError(f"{name}: some scores are the same with all strangers")
    return ((scores.double() - first - mean) / spread).to(scores)
