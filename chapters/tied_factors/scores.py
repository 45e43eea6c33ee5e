"""What is measured of a verifier: errors, factors found again, and what ratios cost."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from chapters.tied_factors.data import Data, pick
from chapters.tied_factors.systems import System, Verifier
from support.data.trials import TrialKind
from support.metrics.similarity import cca
from support.training import require_tensor
from support.verification.scoring import error_table

__all__ = [
    "a_frame",
    "aligned",
    "by_kind",
    "distances",
    "face_to_face",
    "impostor_mean",
    "measures",
    "own_scores",
    "recovered",
    "reduction",
]


def a_frame(ratios: Tensor, data: Data) -> Tensor:
    """Ratios divided by the frames of the test, so that long tests do not count more.

    Args:
        ratios: (trials,) sums over frames, in nats.
        data: of the chapter.
    """
    return ratios / data.statistics.N[data.trials.test].sum(1)


def distances(data: Data, rows: Sequence[int]) -> Tensor:
    """Root mean square distance of the state means of some recordings of one phrase.

    Args:
        data: of the chapter.
        rows: m recordings.

    Returns:
        (m, m), in deviations of a feature over the background's frames.
    """
    some = pick(data.statistics, torch.tensor(list(rows)))
    means = (some.F / some.N[..., None]).flatten(1)
    return torch.cdist(means, means) / math.sqrt(means.shape[1])


def face_to_face(verifier: Verifier, data: Data, rows: Sequence[int]) -> Tensor:
    """Log-likelihood ratio of every recording against a model of every other.

    Args:
        verifier: judges.
        data: of the chapter.
        rows: m recordings of one phrase.

    Returns:
        (m, m) ratios a frame, a row a model of one recording; NaN where a recording
        would be judged by itself.
    """
    count = len(rows)
    places = torch.tensor(list(rows), device=data.state.device)
    model, test = (~torch.eye(count, dtype=torch.bool)).nonzero().to(places.device).T
    claims = replace(
        data.trials, model=places[:, None], test=places[test], model_index=model
    )
    scores = verifier.score(replace(data, trials=claims))
    table = torch.full((count, count), math.nan, dtype=scores.dtype)
    table[model.cpu(), test.cpu()] = scores.cpu()
    return table


def aligned(found: Tensor, true: Tensor) -> Tensor:
    """Found factors, turned and stretched to lie as near the true ones as they can.

    Factors are defined up to such a map.

    Args:
        found: (n, R).
        true: (n, K).

    Returns:
        (n, K), least squares.
    """
    with_one = torch.nn.functional.pad(found.double(), (0, 1), value=1.0)
    return with_one @ torch.linalg.lstsq(with_one, true.double()).solution


def measures(system: System | Tensor, data: Data) -> dict[str, float]:
    """Errors of a system on the chapter's trials.

    Args:
        system: or its scores, (trials,).
        data: of the chapter.

    Returns:
        ``IC`` (EER), ``minDCF08`` and ``AUC`` of impostors who say the right phrase.
    """
    scores = system if isinstance(system, Tensor) else system.score(data)
    row = error_table(scores, data.trials)
    return {name: row[name] for name in ("IC", "minDCF08", "AUC")}


def reduction(
    table: Mapping[str, Mapping[str, float]], old: str, new: str
) -> float | None:
    """1 - EER(new) / EER(old) of one table; None where the old one never errs.

    >>> reduction({"a": {"IC": 0.2}, "b": {"IC": 0.1}}, "a", "b")
    0.5
    """
    errors = table[old]["IC"]
    return 1 - table[new]["IC"] / errors if errors else None


def recovered(verifier: Verifier, data: Data) -> tuple[float, float]:
    """Smallest canonical correlation of true and found factors of the background.

    Args:
        verifier: whose factors were found in training.
        data: a world, whose truth is known.

    Returns:
        Of the speakers, and of the recordings; in [0, 1], higher is better.

    Raises:
        ValueError: these are no statistics of a world.
    """
    if data.truth is None:
        raise ValueError("data: nobody knows the factors of speech; give a world")
    speakers = data.speaker[data.background].unique()
    return (
        float(cca(verifier.y, data.truth.y[speakers]).rho.min()),
        float(cca(verifier.x, data.truth.x[data.background]).rho.min()),
    )


def by_kind(ratios: Tensor, data: Data) -> dict[str, Tensor]:
    """Ratios of the true claims and of the impostors, for a histogram."""
    kind = data.trials.kind
    return {
        "true claims": ratios[kind == TrialKind.TC],
        "impostors": ratios[kind == TrialKind.IC],
    }


def impostor_mean(ratios: Tensor, data: Data) -> float:
    """Mean ratio of the impostors; below 0 where the background model suits them."""
    return float(by_kind(ratios, data)["impostors"].mean())


def own_scores(method: Callable[..., Any], data: Data, background: Verifier) -> Tensor:
    """Scores of a reader's method.

    Args:
        method: (statistics of what was enrolled, of the test, means (trials, Q, D),
            variance (D,)) -> (trials,).
        data: of the chapter.
        background: HMM-MAP, for its variance.

    Returns:
        (trials,).

    Raises:
        ValueError: what the method returns has another shape or is not finite.
    """
    trials = data.trials
    count, each = trials.model.shape
    own = torch.arange(count, device=trials.model.device).repeat_interleave(each)
    enrolled = pick(data.statistics, trials.model.flatten()).sum_by(own)
    given = method(
        pick(enrolled, trials.model_index),
        pick(data.statistics, trials.test),
        data.mean[data.state[trials.test]],
        background.model.noise,
    )
    shape = (len(trials.test),)
    checked = require_tensor(given, shape=shape, what="what your method returned")
    return torch.as_tensor(checked)
