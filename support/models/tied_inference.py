r"""Hidden variables that many frames share: likelihoods and a linear model's posterior.

A model says what mean each state has, given a variable $y_s$ of the speaker and
another $x_h$ of the recording, both $\mathcal N(0,I)$ before anything is heard.  Where
the mean is linear in them their posterior is Gaussian.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import classes, real
from support.models.frame_statistics import Statistics
from support.scalars import whole

__all__ = [
    "TiedPosterior",
    "check_factors",
    "check_offset",
    "check_states",
    "log_likelihood",
    "symmetric",
    "tied_posterior",
]

_ROUNDINGS = 1e3  # of a mean square, above which a variance is to stand
_UNEQUAL = 1e-5  # of the largest entry, by which a matrix may miss its transpose


class TiedPosterior(NamedTuple):
    r"""Gaussian posterior of the factors of G speakers and n recordings.

    Args:
        speaker: (G, Ry) means of $y_s$.
        session: (n, Rx) means of $x_h$.
        speaker_covariance: (G, Ry, Ry).
        session_covariance: (n, Rx, Rx), what is not known of $y_s$ included.
        cross: (n, Rx, Ry) covariance of $x_h$ with its speaker's $y_s$.
        log_evidence: (G,) $\log\int e^{b^\top z-z^\top Az/2}\,\mathcal N(z;0,I)\,dz$.
    """

    speaker: Tensor
    session: Tensor
    speaker_covariance: Tensor
    session_covariance: Tensor
    cross: Tensor
    log_evidence: Tensor


def log_likelihood(statistics: Statistics, mean: Tensor, variance: Tensor) -> Tensor:
    r"""Log-likelihood of the frames of each recording, from their statistics alone.

    $$-\tfrac12\sum_{q,d}\sigma_d^{-2}\big[S_{qd}-2F_{qd}\mu_{qd}+N_q\mu_{qd}^2\big]
    -\tfrac12\sum_qN_q\sum_d\log2\pi\sigma_d^2$$

    The bracket loses its digits where features have a large offset: take it off before
    `baum_welch`.

    Args:
        statistics: of n recordings.
        mean: (n, Q, D), or (Q, D) for all; gradients pass.
        variance: (D,) above 0; gradients pass.

    Returns:
        (n,) in nats.

    Raises:
        ValueError: shapes do not fit, a number is not finite, a variance is not above
            0 or drowns in the rounding of the squares, or no frames have these
            statistics (S is below $F^2/N$).

    >>> one = Statistics(*(torch.full(s, 1.0).double() for s in
    ...                    ((1, 1), (1, 1, 1), (1, 1, 1))))
    >>> found = log_likelihood(one, torch.ones(1, 1), torch.ones(1))
    >>> round(found.item(), 6)  # -log(2 pi) / 2
    -0.918939
    """
    _check_statistics(statistics)
    mean, variance = real("mean", mean), real("variance", variance)
    if mean.shape not in (statistics.F.shape, statistics.F.shape[1:]):
        raise ValueError(
            f"mean: got shape {tuple(mean.shape)}; give {tuple(statistics.F.shape)}, "
            "or the same without the recordings in front"
        )
    if variance.shape != mean.shape[-1:] or not (variance > 0).all():
        raise ValueError(
            f"variance: got shape {tuple(variance.shape)}; give ({mean.shape[-1]},) "
            "numbers above 0"
        )
    N, F, S = statistics.N, statistics.F, statistics.S
    check_offset(statistics, variance.detach())
    away = S - 2 * F * mean + N[..., None] * mean.square()
    if away.numel() and float(away.detach().amin()) < 0:
        size = (S.abs() + N[..., None] * mean.square()).detach()
        if (away.detach() < -_ROUNDINGS * torch.finfo(away.dtype).eps * size).any():
            raise ValueError(
                "statistics: a sum of squares S is below F * F / N, which no frames "
                "have; give those of baum_welch"
            )
    volume = (2 * math.pi * variance).log().sum()
    return -((away / variance).sum((1, 2)) + N.sum(1) * volume) / 2


def tied_posterior(
    precision: Tensor, linear: Tensor, speaker: Tensor, speaker_factors: int
) -> TiedPosterior:
    r"""Posterior of factors, each recording's eliminated before the speaker's is found.

    Recording $h$ adds $b_h^\top z-\frac12z^\top A_hz$, $z=[y_s;x_h]$, to the logarithm
    of the standard normal prior.  With $K_h=I+A_h^{xx}$ and its Schur complement

    $$P_s=I+\sum_{h\in s}\big(A_h^{yy}-A_h^{yx}K_h^{-1}A_h^{xy}\big),\qquad
    \hat y_s=P_s^{-1}\sum_{h\in s}\big(b_h^y-A_h^{yx}K_h^{-1}b_h^x\big),\qquad
    \hat x_h=K_h^{-1}(b_h^x-A_h^{xy}\hat y_s)$$

    Args:
        precision: $A$, (n, R, R) symmetric, at least 0, the speaker's factors first.
        linear: $b$, (n, R).
        speaker: (n,) integers from 0; the result has ``speaker.max() + 1`` rows.
        speaker_factors: how many of the R are the speaker's, 0 to R.

    Returns:
        See `TiedPosterior`; a speaker without recordings keeps the prior.

    Raises:
        ValueError: shapes do not fit, a number is not finite, or a precision is not
            symmetric, or with the prior's not positive definite.

    Source: Kenny, Joint factor analysis of speaker and session variability, 2005.

    >>> found = tied_posterior(4 * torch.ones(1, 1, 1), 6 * torch.ones(1, 1),
    ...                        torch.tensor([0]), 1)
    >>> round(found.speaker.item(), 6)  # 6 / (1 + 4)
    1.2
    """
    precision = real("precision", precision)
    linear = real("linear", linear, like=precision)
    speaker = classes("speaker", speaker, like=precision)
    n, R = linear.shape if linear.ndim == 2 else (-1, -1)
    if precision.shape != (n, R, R) or speaker.shape != (n,):
        raise ValueError(
            f"precision, linear, speaker: got shapes {tuple(precision.shape)}, "
            f"{tuple(linear.shape)}, {tuple(speaker.shape)}; give (n, R, R), (n, R), "
            "(n,)"
        )
    if not symmetric(precision):
        raise ValueError("precision: not symmetric; give (A + A.mT) / 2")
    speaker_factors = whole("speaker_factors", speaker_factors, 0, R)
    kind = torch.promote_types(precision.dtype, linear.dtype)
    A, b, Ry = precision.to(kind), linear.to(kind), speaker_factors
    count = int(speaker.max()) + 1 if len(speaker) else 0
    of_y, of_x = b[:, :Ry], b[:, Ry:]
    K, K_volume = _inverse(A[:, Ry:, Ry:] + torch.eye(b.shape[1] - Ry).to(b))
    gain = K @ A[:, Ry:, :Ry]  # (n, Rx, Ry): what y takes from x
    alone = (K @ of_x[..., None])[..., 0]

    def added(values: Tensor) -> Tensor:
        return values.new_zeros(count, *values.shape[1:]).index_add(0, speaker, values)

    prior = torch.eye(Ry).to(b)
    P, P_volume = _inverse(prior + added(A[:, :Ry, :Ry] - A[:, :Ry, Ry:] @ gain))
    total = added(of_y - (gain.mT @ of_x[..., None])[..., 0])
    y = (P @ total[..., None])[..., 0]
    x = alone - (gain @ y[speaker][..., None])[..., 0]
    cross = -gain @ P[speaker]
    squares = (total * y).sum(1) + added((of_x * alone).sum(1))
    evidence = (squares - P_volume - added(K_volume)) / 2
    return TiedPosterior(y, x, P, K - cross @ gain.mT, cross, evidence)


def check_states(
    statistics: Statistics, state: Tensor, count: int | None = None
) -> Tensor:
    """Refuse statistics that are none, and states that do not fit them.

    Args:
        statistics: of n recordings.
        state: (n, Q) integers, which state each row of the statistics is about.
        count: of all states.

    Returns:
        The states, int64, on the statistics' device.

    Raises:
        ValueError: a shape or a number is out of range.
    """
    _check_statistics(statistics)
    state = classes("state", state, count, like=statistics.F).to(statistics.F.device)
    if state.shape != statistics.N.shape:
        raise ValueError(
            f"state: got shape {tuple(state.shape)}; give "
            f"{tuple(statistics.N.shape)}, one for each count"
        )
    return state


def check_offset(statistics: Statistics, variance: Tensor) -> None:
    r"""Refuse statistics that are too coarse to tell variances.

    Squares $S$ are rounded, so that variances about any mean are known to
    $\epsilon\sum S/\sum N$ at best.

    Args:
        statistics: of n recordings.
        variance: (D,) each to be above a thousand such roundings.

    Raises:
        ValueError: a feature stands too far from 0 for how it varies, or is constant.
    """
    rounding = _ROUNDINGS * torch.finfo(statistics.S.dtype).eps
    coarse = rounding * statistics.S.sum((0, 1)) > variance * statistics.N.sum()
    if coarse.any():
        raise ValueError(
            f"statistics: features {coarse.nonzero()[:5, 0].tolist()} vary by less "
            "than their squares are rounded; take their means off before baum_welch, "
            "and leave out what is constant"
        )


def symmetric(matrix: Tensor) -> bool:
    """Whether matrices (..., R, R) are symmetric, but for rounding of the largest.

    Args:
        matrix: finite numbers.

    >>> symmetric(torch.tensor([[1e-8, 9e-9], [0.0, 1e-8]]))
    False
    """
    if not matrix.numel():
        return True
    away = (matrix - matrix.mT).abs().amax((-2, -1))
    return bool((away <= _UNEQUAL * matrix.abs().amax((-2, -1))).all())


def check_factors(
    state: Tensor, y: Tensor, x: Tensor, states: int, sizes: tuple[int, int]
) -> Tensor:
    """Refuse factors of speakers and recordings that do not fit a model.

    Args:
        state: (n, Q) integers in [0, states).
        y: (n, Ry) factors of the recordings' speakers.
        x: (n, Rx) factors of the recordings.
        states: S, of the model.
        sizes: its numbers of factors, Ry and Rx.

    Returns:
        The states, int64, where the factors are.

    Raises:
        ValueError: a shape or a state is out of range.
    """
    state = classes("state", state, states)
    if state.ndim != 2:
        raise ValueError(f"state: got shape {tuple(state.shape)}; give (n, Q)")
    for name, values, size in zip("yx", (y, x), sizes, strict=True):
        if not isinstance(values, Tensor) or not values.is_floating_point():
            kind = getattr(values, "dtype", type(values).__name__)
            raise ValueError(f"{name}: got {kind}; give a tensor of floats")
        if values.shape != (len(state), size):
            raise ValueError(
                f"{name}: got shape {tuple(values.shape)}; give ({len(state)}, {size})"
            )
    return state.to(y.device)


def _check_statistics(statistics: Statistics) -> None:
    if not isinstance(statistics, Statistics):
        kind = type(statistics).__name__
        raise ValueError(f"statistics: got {kind}; give Statistics(N, F, S)")


def _inverse(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Inverses of positive definite matrices, and logarithms of their determinants."""
    factor, failed = torch.linalg.cholesky_ex(matrix)
    if failed.any():
        raise ValueError(
            "precision: with the prior's it is not positive definite; give matrices of "
            "at least 0, such as J.mT @ J"
        )
    volume = 2 * factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    return torch.cholesky_inverse(factor), volume
