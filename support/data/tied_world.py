r"""Worlds of hidden factors: recordings of speakers on several occasions, truth known.

A frame in state $q$ of a recording of speaker $s$ is $\mu_q(y_s,x_h)+\varepsilon$ with
$y_s,x_h\sim\mathcal N(0,I)$ and $\varepsilon\sim\mathcal N(0,I)$; what a world is
called says how the mean depends on the factors.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from support.scalars import whole

__all__ = ["WORLDS", "TiedWorld", "tied_world"]

_MEAN_FRAMES = 3.0  # and one more, so that no state is empty
_TIMING, _ADDED = 0.06, 0.35
_HIDDEN = 24

Mean = Callable[[Tensor, Tensor], Tensor]
"""Factors of the recordings' speakers and of the recordings, (n, R) each -> means."""


@dataclass(frozen=True)
class TiedWorld:
    r"""Statistics of n recordings, and what they were made of; all float64.

    Args:
        N: (n, Q) frames of each state, at least 1.
        F: (n, Q, D) their sums.
        S: (n, Q, D) their sums of squares.
        speaker: (n,) integers from 0; recordings by speaker, then session.
        session: (n,) integers from 0.
        y: (speakers, R) factors of the speakers.
        x: (n, R) factors of the recordings.
        mean: (n, Q, D) true means of the states of each recording.
    """

    N: Tensor
    F: Tensor
    S: Tensor
    speaker: Tensor
    session: Tensor
    y: Tensor
    x: Tensor
    mean: Tensor


def tied_world(
    kind: str,
    seed: int,
    *,
    speakers: int = 160,
    sessions: int = 9,
    states: int = 8,
    features: int = 12,
    factors: int = 3,
) -> TiedWorld:
    r"""Draw a world, its speakers and their recordings.

    * *linear*: $\mu_q=m_q+V_qy+U_qx$;
    * *bilinear*: as well $y^\top T_{qf}x$;
    * *warp*: a smooth path through the features, $\sum_{k\le4}\frac{a_k}k\sin2\pi kt$
      with $t=q/(Q-1)$, read at $t+.06(y_1+x_1)$; the other factors add
      $.35(.5+t)Ay$ and $.35\,Cx$;
    * *tanh*: a network of two hidden layers of 24 units, factors entering the first.

    Args:
        kind: one of `WORLDS`.
        seed: of all draws.
        speakers: at least 2.
        sessions: recordings of each speaker, at least 4.
        states: Q, at least 2.
        features: D of a frame.
        factors: R of a speaker, and R of a recording, at most the features.

    Returns:
        See `TiedWorld`.

    Raises:
        ValueError: the kind is unknown or a size is out of range.

    >>> world = tied_world("warp", 0, speakers=2, sessions=4)
    >>> world.F.shape, bool((world.N >= 1).all())
    (torch.Size([8, 8, 12]), True)
    """
    if kind not in WORLDS:
        raise ValueError(f"kind: got {kind!r}; give one of {WORLDS}")
    speakers, sessions = whole("speakers", speakers, 2), whole("sessions", sessions, 4)
    states, features = whole("states", states, 2), whole("features", features)
    factors = whole("factors", factors, 1, features)
    source = torch.Generator().manual_seed(whole("seed", seed, 0))

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=source, dtype=torch.float64)

    of = _MAKERS[kind](normal, states, features, factors)
    speaker, session = torch.cartesian_prod(
        torch.arange(speakers), torch.arange(sessions)
    ).T.contiguous()
    y, x = normal(speakers, factors), normal(len(speaker), factors)
    mean = of(y[speaker], x)
    rate = torch.full(mean.shape[:2], _MEAN_FRAMES, dtype=torch.float64)
    count = 1 + torch.poisson(rate, generator=source)
    most = int(count.max())
    noise = normal(*mean.shape[:2], most, features)
    there = torch.arange(most) < count[..., None]
    frames = (mean[:, :, None] + noise) * there[..., None]
    return TiedWorld(
        count, frames.sum(2), frames.square().sum(2), speaker, session, y, x, mean
    )


def _linear(normal: Callable[..., Tensor], Q: int, D: int, R: int) -> Mean:
    m, V, U = normal(Q, D), 0.4 * normal(R, Q, D), 0.4 * normal(R, Q, D)
    return lambda y, x: m + torch.tensordot(y, V, 1) + torch.tensordot(x, U, 1)


def _bilinear(normal: Callable[..., Tensor], Q: int, D: int, R: int) -> Mean:
    plain, T = _linear(normal, Q, D, R), 0.25 * normal(R, R, Q, D)
    return lambda y, x: plain(y, x) + torch.einsum("na,nb,abqd->nqd", y, x, T)


def _warp(normal: Callable[..., Tensor], Q: int, D: int, R: int) -> Mean:
    order = torch.arange(1.0, 5.0, dtype=torch.float64)
    path = normal(4, D) / order[:, None]
    A, C = _ADDED * normal(R - 1, D), _ADDED * normal(R - 1, D)
    t = torch.arange(Q, dtype=torch.float64) / (Q - 1)

    def mean(y: Tensor, x: Tensor) -> Tensor:
        read = t + _TIMING * (y[:, :1] + x[:, :1])
        along = (2 * math.pi * read[..., None] * order).sin() @ path
        louder = (0.5 + t)[:, None] * (y[:, 1:] @ A)[:, None]
        return along + louder + (x[:, 1:] @ C)[:, None]

    return mean


def _tanh(normal: Callable[..., Tensor], Q: int, D: int, R: int) -> Mean:
    H = _HIDDEN
    state, enter = 0.8 * normal(Q, H), 1.2 * normal(2 * R, H) / math.sqrt(R)
    W, B = 1.5 * normal(H, H) / math.sqrt(H), 1.6 * normal(H, D) / math.sqrt(H)

    def mean(y: Tensor, x: Tensor) -> Tensor:
        first = (state + (torch.cat([y, x], 1) @ enter)[:, None]).tanh()
        return (first @ W).tanh() @ B

    return mean


_MAKERS = {"tanh": _tanh, "warp": _warp, "bilinear": _bilinear, "linear": _linear}
WORLDS = tuple(_MAKERS)
"""Names of the worlds."""
