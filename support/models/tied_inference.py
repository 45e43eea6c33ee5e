r"""Hidden variables that many frames share: their posterior, and their best values.

A model says what mean each state has, given a variable $y_s$ of the speaker and
another $x_h$ of the recording, both $\mathcal N(0,I)$ before anything is heard.  Where
the mean is linear in them the posterior is Gaussian and exact; where it is not, it is
made linear again and again (Gauss-Newton).
"""

import math
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from support.arrays import classes, real
from support.models.frame_statistics import Statistics
from support.scalars import whole

__all__ = [
    "TiedModel",
    "TiedPosterior",
    "best_log_likelihood",
    "check_states",
    "infer_factors",
    "log_likelihood",
    "tied_posterior",
]

_STEPS, _HALVINGS = 12, 5
_ENOUGH = 1e-4  # nats that a step must gain for somebody
_AT_ONCE = 1024


class TiedModel(Protocol):
    """Whatever gives means of states from the factors of speaker and recording."""

    speaker_factors: int
    session_factors: int

    @property
    def noise(self) -> Tensor:
        """(D,) variances of a frame about its state's mean."""
        ...

    def mean(
        self, state: Tensor, y: Tensor, x: Tensor, adapted: Tensor | None = None
    ) -> Tensor:
        """States (n, Q), factors (n, Ry), (n, Rx) -> means (n, Q, D)."""
        ...

    def jacobian(
        self, state: Tensor, y: Tensor, x: Tensor, adapted: Tensor | None = None
    ) -> Tensor:
        """Derivatives of the means by [y; x], (n, Q, D, Ry + Rx)."""
        ...


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

    Args:
        statistics: of n recordings.
        mean: (n, Q, D), or (Q, D) for all; gradients pass.
        variance: (D,) above 0; gradients pass.

    Returns:
        (n,) in nats.

    Raises:
        ValueError: shapes do not fit, a number is not finite, or a variance is not
            above 0.

    >>> one = Statistics(*(torch.full(s, 1.0).double() for s in
    ...                    ((1, 1), (1, 1, 1), (1, 1, 1))))
    >>> log_likelihood(one, torch.ones(1, 1), torch.ones(1)).item()  # -log(2 pi) / 2
    -0.9189385332046727
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
    return _log_likelihood(statistics, mean, variance)


def _log_likelihood(statistics: Statistics, mean: Tensor, variance: Tensor) -> Tensor:
    N, F, S = statistics.N, statistics.F, statistics.S
    away = S - 2 * F * mean + N[..., None] * mean.square()
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
        ValueError: shapes do not fit, or a number is not finite.

    Source: Kenny, Joint factor analysis of speaker and session variability, 2005.

    >>> tied_posterior(4 * torch.ones(1, 1, 1), 6 * torch.ones(1, 1),
    ...                torch.tensor([0]), 1).speaker.item()  # 6 / (1 + 4)
    1.2000000476837158
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
    speaker_factors = whole("speaker_factors", speaker_factors, 0, R)
    kind = torch.promote_types(precision.dtype, linear.dtype)
    precision, linear = precision.to(kind), linear.to(kind)
    return _posterior(precision, linear, speaker, speaker_factors)


def _posterior(A: Tensor, b: Tensor, speaker: Tensor, Ry: int) -> TiedPosterior:
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


def infer_factors(
    model: TiedModel, statistics: Statistics, state: Tensor, speaker: Tensor
) -> tuple[Tensor, Tensor]:
    r"""Most probable factors of speakers and recordings, by Gauss-Newton steps.

    $$\arg\max_{y,x}\ \log p(\text{frames}\mid y,x)-\tfrac12\sum_s\|y_s\|^2
    -\tfrac12\sum_h\|x_h\|^2$$

    Each step solves `tied_posterior` for the means made linear where they stand, and
    is cut short for a speaker where it would not pay.

    Args:
        model: see `TiedModel`; its parameters stay.
        statistics: of n recordings, float64.
        state: (n, Q) which states they speak of.
        speaker: (n,) integers from 0.

    Returns:
        (G, Ry) and (n, Rx); a maximum, of which a nonlinear model may have several.

    Raises:
        ValueError: shapes do not fit, or a number is not finite.
    """
    state = check_states(statistics, state)
    speaker = classes("speaker", speaker, like=statistics.F)
    if speaker.shape != state.shape[:1]:
        raise ValueError(
            f"speaker: got shape {tuple(speaker.shape)}; give ({len(state)},)"
        )
    count = int(speaker.max()) + 1 if len(speaker) else 0
    y = statistics.F.new_zeros(count, model.speaker_factors)
    return _climb(model, statistics, state, speaker, y, None, free=True)[:2]


def best_log_likelihood(
    model: TiedModel,
    statistics: Statistics,
    state: Tensor,
    y: Tensor,
    adapted: Tensor | None = None,
) -> Tensor:
    r"""$\max_x\log p(\text{frames}\mid y,x)-\frac12\|x\|^2$ of each recording.

    Args:
        model: see `TiedModel`.
        statistics: of n recordings, float64.
        state: (n, Q).
        y: (n, Ry) factors of those who are claimed to speak; 0 of the background.
        adapted: (n, ...) what the model's ``adapt`` gave, a row a recording.

    Returns:
        (n,) in nats.

    Raises:
        ValueError: shapes do not fit, or a number is not finite.
    """
    state = check_states(statistics, state)
    y = real("y", y, like=statistics.F).to(statistics.F)
    if y.shape != (len(state), model.speaker_factors):
        raise ValueError(
            f"y: got shape {tuple(y.shape)}; give ({len(state)}, "
            f"{model.speaker_factors})"
        )
    found = [statistics.F.new_zeros(0)]
    for rows in torch.arange(len(state), device=state.device).split(_AT_ONCE):
        part = Statistics(*(getattr(statistics, name)[rows] for name in "NFS"))
        last = None if adapted is None else adapted[rows]
        alone = torch.arange(len(rows), device=state.device)
        some = model, part, state[rows], alone, y[rows], last
        found.append(-_climb(*some, free=False)[2])
    return torch.cat(found)


@torch.no_grad()
def _climb(
    model: TiedModel,
    statistics: Statistics,
    state: Tensor,
    speaker: Tensor,
    y: Tensor,
    adapted: Tensor | None,
    *,
    free: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Factors y, x, and the cost of each speaker; y stays where it is not free."""
    x = y.new_zeros(len(state), model.session_factors)
    held = 0 if free else model.speaker_factors

    def cost(y: Tensor, x: Tensor) -> Tensor:
        mean = model.mean(state, y[speaker], x, adapted)
        each = x.square().sum(1) / 2 - _log_likelihood(statistics, mean, model.noise)
        own = y.square().sum(1) / 2 if free else y.new_zeros(len(y))
        return own.index_add(0, speaker, each)

    value = cost(y, x)
    if not model.session_factors and (not free or not model.speaker_factors):
        return y, x, value
    for _ in range(_STEPS):
        found = _linearised(model, statistics, state, speaker, y, x, adapted, held)
        to_y = found.speaker - y if free else torch.zeros_like(y)
        to_x, length = found.session - x, torch.ones_like(value)
        for _ in range(_HALVINGS):
            new = y + length[:, None] * to_y, x + length[speaker, None] * to_x
            reached = cost(*new)
            worse = ~(reached <= value)  # NaN is worse, too
            if not worse.any():
                break
            length = torch.where(worse, length / 3, length)
        y = torch.where(worse[:, None], y, new[0])
        x = torch.where(worse[speaker, None], x, new[1])
        gained = torch.where(worse, 0, value - reached)
        value = value - gained
        if not (gained > _ENOUGH).any():
            break
    return y, x, value


def _linearised(
    model: TiedModel,
    statistics: Statistics,
    state: Tensor,
    speaker: Tensor,
    y: Tensor,
    x: Tensor,
    adapted: Tensor | None,
    held: int,
) -> TiedPosterior:
    """Posterior where the means are replaced by their tangent at y, x."""
    each = y[speaker]
    J = model.jacobian(state, each, x, adapted)[..., held:]
    away = statistics.F - statistics.N[..., None] * model.mean(state, each, x, adapted)
    weighed = (J / model.noise[:, None]).flatten(1, 2)  # (n, Q D, R)
    A = (statistics.N[..., None, None] * J).flatten(1, 2).mT @ weighed
    z = torch.cat([each, x], dim=1)[:, held:]
    b = weighed.mT @ away.flatten(1)[..., None] + A @ z[..., None]
    return _posterior(A, b[..., 0], speaker, model.speaker_factors - held)


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


def _check_statistics(statistics: Statistics) -> None:
    if not isinstance(statistics, Statistics):
        kind = type(statistics).__name__
        raise ValueError(f"statistics: got {kind}; give Statistics(N, F, S)")
    for name in "NFS":
        real(name, getattr(statistics, name))


def _inverse(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Inverses of positive definite matrices, and logarithms of their determinants."""
    factor = torch.linalg.cholesky(matrix)
    volume = 2 * factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    return torch.cholesky_inverse(factor), volume
