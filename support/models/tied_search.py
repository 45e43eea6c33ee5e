r"""The most probable tied factors of any differentiable model, by Gauss-Newton steps.

Where a model's means are linear in the factors one step is exact; where they are not,
they are made linear where they stand, again and again.
"""

from typing import Protocol

import torch
from torch import Tensor

from support.arrays import classes, real
from support.models.frame_statistics import Statistics
from support.models.tied_inference import (
    TiedPosterior,
    check_states,
    log_likelihood,
    tied_posterior,
)

__all__ = ["TiedModel", "best_log_likelihood", "infer_factors"]

_STEPS, _CUTS = 12, 5
_ENOUGH = 1e-4  # nats that a step must gain for somebody
_AT_ONCE = 512


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


def infer_factors(
    model: TiedModel,
    statistics: Statistics,
    state: Tensor,
    speaker: Tensor,
    *,
    hold: bool = False,
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
        hold: keep the speakers' factors at 0, and look for the recordings' alone.

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
    return _climb(model, statistics, state, speaker, y, None, free=not hold)[:2]


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
        each = x.square().sum(1) / 2 - log_likelihood(statistics, mean, model.noise)
        own = y.square().sum(1) / 2 if free else y.new_zeros(len(y))
        return own.index_add(0, speaker, each)

    value = cost(y, x)
    if not model.session_factors and (not free or not model.speaker_factors):
        return y, x, value
    for _ in range(_STEPS):
        found = _linearised(model, statistics, state, speaker, y, x, adapted, held)
        to_y = found.speaker - y if free else torch.zeros_like(y)
        to_x, length = found.session - x, torch.ones_like(value)
        for _ in range(_CUTS):
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
    return tied_posterior(A, b[..., 0], speaker, model.speaker_factors - held)
