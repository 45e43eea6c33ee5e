"""What log-likelihood ratios cost, as they are and after an affine map."""

from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import real
from support.data.trials import TrialKind, Trials
from support.metrics.likelihood_ratios import calibrate, cllr

__all__ = ["CrossedCosts", "crossed_calibration"]


class CrossedCosts(NamedTuple):
    """Costs in bits, each the mean of both halves of the speakers.

    Args:
        raw: Cllr of the ratios as they are.
        calibrated: Cllr after the map that was fitted on the other half; None where
            a threshold separates true and false claims of a half, to which no finite
            map can be fitted.
        ratios: (m,) the calibrated ratios of the trials inside a half; empty where
            there are none.
        kind: (m,) values of `TrialKind`.
    """

    raw: float
    calibrated: float | None
    ratios: Tensor
    kind: Tensor


def crossed_calibration(
    scores: Tensor, trials: Trials, speaker: Tensor
) -> CrossedCosts:
    """Calibrate on half of the tried speakers, pay on the other half, and reversed.

    Of impostors who say the right phrase; model and test are both of one half, so
    that nobody whom the map has seen is in what it is judged by.

    Args:
        scores: (trials,) natural-logarithm ratios, or any scores.
        trials: their list.
        speaker: (N,) of all recordings, as the trials number them.

    Returns:
        See `CrossedCosts`.

    Raises:
        ValueError: lengths differ, a score is not finite, or a half has no true or
            no false claims.
    """
    scores = real("scores", scores)
    if scores.shape != trials.kind.shape:
        raise ValueError(
            f"scores: got shape {tuple(scores.shape)}; the list has "
            f"{len(trials.kind)} trials"
        )
    owner = trials.model_speaker[trials.model_index]
    both = torch.stack([owner, speaker[trials.test]])
    # Sexes alternate in the corpora, so pairs of neighbours keep both halves mixed.
    place = torch.searchsorted(owner.unique(), both) // 2 % 2
    of_kind = [trials.kind == kind for kind in (TrialKind.TC, TrialKind.IC)]
    halves = []
    for number in (0, 1):
        inside = (place == number).all(0)
        chosen = [(inside & kind).nonzero()[:, 0] for kind in of_kind]
        if not all(map(len, chosen)):
            raise ValueError(
                "trials: a half of the speakers has no true or no false claim; give "
                "at least four speakers"
            )
        halves.append(chosen)
    raw = [float(cllr(scores[true], scores[false])) for true, false in halves]
    costs, ratios, kinds = [], [scores.new_zeros(0)], [trials.kind[:0]]
    for (true, false), (known, others) in (halves, halves[::-1]):
        if scores[known].min() >= scores[others].max():
            return CrossedCosts(sum(raw) / 2, None, ratios[0], kinds[0])
        odds = calibrate(scores[known], scores[others])
        costs.append(float(cllr(odds(scores[true]), odds(scores[false]))))
        judged = torch.cat([true, false])
        ratios.append(odds(scores[judged]))
        kinds.append(trials.kind[judged])
    return CrossedCosts(
        sum(raw) / 2, sum(costs) / 2, torch.cat(ratios), torch.cat(kinds)
    )
