"""Intervals for verification errors: speakers are drawn anew, not trials.

Trials share speakers, so they are not independent; an interval that draws trials
is far too narrow.  A draw here takes as many model speakers as there are, with
replacement, each with all trials against its models.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from support.arrays import classes, flags, real
from support.metrics.verification import ErrorRates, error_rates

__all__ = ["det_band", "paired_interval", "speaker_interval"]

_LEAST_SPEAKERS = 5
# Weights of one block of draws: 8 MB of float64, which stays in a cache.
_BLOCK = 2**20


def speaker_interval(
    scores: Tensor,
    is_target: Tensor,
    speaker: Tensor,
    statistic: Callable[[ErrorRates], Tensor],
    *,
    generator: torch.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of a statistic over draws of model speakers.

    Args:
        scores: (n,) of all trials.
        is_target: (n,) bool.
        speaker: (n,) integers from 0, whose model the trial is against.
        statistic: gives (draws,) from rates with a row a draw, such as
            ``lambda rates: equal_error_rate(rates)[0]``.
        generator: a CPU generator that draws the speakers.
        draws: how many, at least 100.
        level: share of the draws inside, in (0, 1).

    Returns:
        Lower and upper end.

    Raises:
        ValueError: fewer than five speakers, shapes that differ, one class only,
            too few draws or a level out of range.

    >>> scores, speaker = torch.arange(40.0), torch.arange(40) % 8
    >>> low, high = speaker_interval(
    ...     scores, scores > 19, speaker, lambda rates: rates.miss[..., 1],
    ...     generator=torch.Generator().manual_seed(0), draws=100)
    >>> low, high
    (0.0, 0.0)
    """
    values = torch.cat(
        [
            statistic(rates)
            for rates in _rates(scores, is_target, speaker, generator, draws, level)
        ]
    )
    low, high = values.quantile(values.new_tensor([(1 - level) / 2, (1 + level) / 2]))
    return float(low), float(high)


def paired_interval(
    first: Tensor,
    second: Tensor,
    is_target: Tensor,
    speaker: Tensor,
    statistic: Callable[[ErrorRates], Tensor],
    contrast: Callable[[Tensor, Tensor], Tensor] = torch.sub,
    *,
    generator: torch.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of what two systems differ by, on the same draws.

    Both are judged on the same speakers in each draw, so that what makes a speaker
    hard for both of them cancels.

    Args:
        first: (n,) scores of one system.
        second: (n,) scores of another, for the same trials.
        is_target: (n,) bool.
        speaker: (n,) integers from 0, whose model the trial is against.
        statistic: as in `speaker_interval`.
        contrast: of the statistics of both, (draws,) each; their difference, or
            ``lambda old, new: 1 - new / old`` for a relative reduction.
        generator: a CPU generator.
        draws: how many, at least 100.
        level: share of the draws inside, in (0, 1).

    Returns:
        Lower and upper end.

    Raises:
        ValueError: as in `speaker_interval`.

    >>> scores, speaker = torch.arange(40.0), torch.arange(40) % 8
    >>> paired_interval(
    ...     scores, scores, scores > 19, speaker, lambda rates: rates.miss[..., 1],
    ...     generator=torch.Generator().manual_seed(0), draws=100)
    (0.0, 0.0)
    """
    state, found = generator.get_state(), []
    for name, scores in (("first", first), ("second", second)):
        generator.set_state(state)
        rates = _rates(scores, is_target, speaker, generator, draws, level, name)
        found.append(torch.cat([statistic(part) for part in rates]))
    values = contrast(*found)
    low, high = values.quantile(values.new_tensor([(1 - level) / 2, (1 + level) / 2]))
    return float(low), float(high)


def det_band(
    scores: Tensor,
    is_target: Tensor,
    speaker: Tensor,
    false_alarm: Tensor,
    *,
    generator: torch.Generator,
    draws: int = 1000,
    level: float = 0.95,
) -> tuple[Tensor, Tensor]:
    """Pointwise band of the miss rate at given false-alarm rates.

    Args:
        scores: (n,) of all trials.
        is_target: (n,) bool.
        speaker: (n,) integers from 0.
        false_alarm: (g,) rates in [0, 1] to look at.
        generator: a CPU generator.
        draws: how many.
        level: share of the draws inside.

    Returns:
        Lower and upper miss rate, each (g,).

    Raises:
        ValueError: as in `speaker_interval`, or a rate outside [0, 1].
    """
    scores = real("scores", scores)
    wanted = real("false_alarm", false_alarm).to(scores.device).double()
    if wanted.ndim != 1 or not ((wanted >= 0) & (wanted <= 1)).all():
        raise ValueError("false_alarm: give rates in [0, 1], shape (g,)")
    found = []
    for rates in _rates(scores, is_target, speaker, generator, draws, level):
        # The first point with at most that many false alarms.
        grid = wanted.expand(len(rates.miss), -1).contiguous()
        place = torch.searchsorted(-rates.false_alarm.contiguous(), -grid)
        found.append(rates.miss.gather(1, place))
    values = torch.cat(found)
    ends = values.new_tensor([(1 - level) / 2, (1 + level) / 2])
    low, high = values.quantile(ends, dim=0)
    return low, high


def _rates(scores, is_target, speaker, generator, draws, level, name="scores"):
    """Error rates of blocks of draws; a trial weighs as often as its speaker."""
    scores = real(name, scores).detach()
    is_target = flags("is_target", is_target, like=scores)
    speaker = classes("speaker", speaker, like=scores)
    if not scores.shape == is_target.shape == speaker.shape or scores.ndim != 1:
        shapes = [tuple(part.shape) for part in (scores, is_target, speaker)]
        raise ValueError(f"scores, is_target, speaker: got {shapes}; give (n,) each")
    if draws < 100 or not 0 < level < 1:
        raise ValueError(
            f"draws, level: got {draws} and {level}; give at least 100 and a level "
            "between 0 and 1"
        )
    names, place = speaker.unique(return_inverse=True)
    if len(names) < _LEAST_SPEAKERS:
        raise ValueError(
            f"speaker: got {len(names)} speakers; an interval over speakers needs at "
            f"least {_LEAST_SPEAKERS}"
        )
    target = is_target
    drawn = torch.randint(len(names), (draws, len(names)), generator=generator)
    counts = torch.zeros(draws, len(names), dtype=torch.float64)
    counts.scatter_add_(1, drawn, torch.ones(drawn.shape, dtype=torch.float64))
    # A draw without a target or a non-target says nothing about either error.
    present = torch.stack(
        [
            torch.zeros(len(names), dtype=torch.float64).index_fill_(
                0, place[chosen].unique().cpu(), 1.0
            )
            for chosen in (target, ~target)
        ],
        dim=1,
    )
    counts = counts[(counts @ present > 0).all(1)].to(scores.device)
    for block in counts.split(max(1, _BLOCK // len(scores))):
        yield error_rates(
            scores[target],
            scores[~target],
            target_weights=block[:, place[target]],
            nontarget_weights=block[:, place[~target]],
        )
