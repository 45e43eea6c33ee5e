r"""The most probable tied factors of any differentiable model, by Gauss-Newton steps.

Where a model's means are linear in the factors one step is exact; where they are not,
they are made linear where they stand, again and again.
"""

from typing import Protocol, runtime_checkable

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
_ENOUGH = 1e-3  # nats that a step must gain for somebody
_AT_ONCE = 256


@runtime_checkable
class TiedModel(Protocol):
    """Whatever gives means of states from the factors of speaker and recording."""

    speaker_factors: int
    session_factors: int

    @property
    def states(self) -> int:
        """S, of all phrases together."""
        ...

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
        self,
        state: Tensor,
        y: Tensor,
        x: Tensor,
        adapted: Tensor | None = None,
        held: int = 0,
    ) -> Tensor:
        """Derivatives of the means by all of [y; x] but the first ``held``."""
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
    state = _checked(model, statistics, state)
    speaker = classes("speaker", speaker, like=statistics.F)
    if speaker.shape != state.shape[:1]:
        raise ValueError(
            f"speaker: got shape {tuple(speaker.shape)}; give ({len(state)},)"
        )
    count = int(speaker.max()) + 1 if len(speaker) else 0
    y = statistics.F.new_zeros(count, model.speaker_factors)
    if hold or not model.speaker_factors:
        return y, _recordings(model, statistics, state, y[speaker], None)[0]
    x = y.new_zeros(len(state), model.session_factors)
    value = _cost(model, statistics, state, speaker, y, x, None, free=True)
    for _ in range(_STEPS):
        y, x, value, gained = _step(
            model, statistics, state, speaker, y, x, None, value, free=True
        )
        if not (gained > _ENOUGH).any():
            break
    return y, x


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
    state = _checked(model, statistics, state)
    y = real("y", y, like=statistics.F).to(statistics.F)
    if y.shape != (len(state), model.speaker_factors):
        raise ValueError(
            f"y: got shape {tuple(y.shape)}; give ({len(state)}, "
            f"{model.speaker_factors})"
        )
    if adapted is not None:
        adapted = real("adapted", adapted, like=y)
        if not adapted.ndim or len(adapted) != len(state):
            raise ValueError(
                f"adapted: got shape {tuple(adapted.shape)}; give a row for each of "
                f"{len(state)} recordings"
            )
    return -_recordings(model, statistics, state, y, adapted)[1]


def _checked(model: TiedModel, statistics: Statistics, state: Tensor) -> Tensor:
    if not isinstance(model, TiedModel):
        raise ValueError(
            f"model: got {type(model).__name__}; give a TiedModel, such as "
            "JointFactorAnalysis or TiedFactorNetwork"
        )
    state = check_states(statistics, state, model.states)
    if len(model.noise) != statistics.F.shape[2]:
        raise ValueError(
            f"statistics: got {statistics.F.shape[2]} features; the model has "
            f"{len(model.noise)}"
        )
    if statistics.F.dtype != model.noise.dtype:
        raise ValueError(
            f"statistics: got {statistics.F.dtype}, the model has {model.noise.dtype}; "
            "give both in float64, by .double()"
        )
    return state


@torch.no_grad()
def _recordings(
    model: TiedModel,
    statistics: Statistics,
    state: Tensor,
    y: Tensor,
    adapted: Tensor | None,
) -> tuple[Tensor, Tensor]:
    """Factors x of each recording, given its speaker's, and what they cost."""
    x = y.new_zeros(len(state), model.session_factors)
    value = y.new_zeros(len(state))
    for rows in torch.arange(len(state), device=state.device).split(_AT_ONCE):
        for steps in range(_STEPS + 1):
            part = Statistics(*(getattr(statistics, name)[rows] for name in "NFS"))
            alone = torch.arange(len(rows), device=state.device)
            last = None if adapted is None else adapted[rows]
            some = model, part, state[rows], alone, y[rows], x[rows], last
            if not steps:
                value[rows] = _cost(*some, free=False)
                if not model.session_factors:
                    break
                continue
            _, x[rows], value[rows], gained = _step(*some, value[rows], free=False)
            rows = rows[gained > _ENOUGH]  # the others have arrived
            if not len(rows):
                break
    return x, value


def _cost(
    model: TiedModel,
    statistics: Statistics,
    state: Tensor,
    speaker: Tensor,
    y: Tensor,
    x: Tensor,
    adapted: Tensor | None,
    *,
    free: bool,
) -> Tensor:
    """Minus the penalised likelihood of each speaker; y is paid for where free."""
    mean = model.mean(state, y[speaker], x, adapted)
    each = x.square().sum(1) / 2 - log_likelihood(statistics, mean, model.noise)
    own = y.square().sum(1) / 2 if free else y.new_zeros(len(y))
    return own.index_add(0, speaker, each)


@torch.no_grad()
def _step(
    model: TiedModel,
    statistics: Statistics,
    state: Tensor,
    speaker: Tensor,
    y: Tensor,
    x: Tensor,
    adapted: Tensor | None,
    value: Tensor,
    *,
    free: bool,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """One step: factors y, x, the cost of each speaker, and what each gained."""
    given = model, statistics, state, speaker
    held = 0 if free else model.speaker_factors
    found = _linearised(*given, y, x, adapted, held)
    to_y = found.speaker - y if free else torch.zeros_like(y)
    to_x, length = found.session - x, torch.ones_like(value)
    for _ in range(_CUTS):
        new = y + length[:, None] * to_y, x + length[speaker, None] * to_x
        reached = _cost(*given, *new, adapted, free=free)
        worse = ~(reached <= value)  # NaN is worse, too
        if not worse.any():
            break
        length = torch.where(worse, length / 3, length)
    y = torch.where(worse[:, None], y, new[0])
    x = torch.where(worse[speaker, None], x, new[1])
    gained = torch.where(worse, 0, value - reached)
    return y, x, value - gained, gained


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
    J = model.jacobian(state, each, x, adapted, held)
    away = statistics.F - statistics.N[..., None] * model.mean(state, each, x, adapted)
    weighed = (J / model.noise[:, None]).flatten(1, 2)  # (n, Q D, R)
    A = (statistics.N[..., None, None] * J).flatten(1, 2).mT @ weighed
    z = torch.cat([each, x], dim=1)[:, held:]
    b = weighed.mT @ away.flatten(1)[..., None] + A @ z[..., None]
    return tied_posterior(A, b[..., 0], speaker, model.speaker_factors - held)
