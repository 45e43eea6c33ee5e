"""What is measured: errors of trials by condition, the detector, and the cost."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import normalize

from chapters.shouted.data import Data
from chapters.shouted.systems import (
    CHOSEN,
    DIMENSION,
    EVERY,
    METHOD,
    NOTHING,
    PERMUTED,
    SHUFFLED,
    TRUTH,
    Fold,
)
from support.data.pair_trials import Condition, PairTrials
from support.metrics.speaker_bootstrap import paired_interval
from support.metrics.verification import (
    DCF08,
    ErrorRates,
    equal_error_rate,
    error_rates,
    minimum_dcf,
)
from support.models.backends import TwoCovariancePLDA
from support.models.whitening import lda
from support.scalars import whole

__all__ = [
    "CONDITIONS",
    "LDA_OF_BOTH",
    "OFFSETS",
    "PLDA",
    "WITH_OFFSETS",
    "aligned",
    "claimed",
    "cosines",
    "detected",
    "errors",
    "interval",
    "multiplications",
    "plda_scores",
    "projected",
    "recall",
    "split",
    "threshold",
]

CONDITIONS = ("N-N", "N-S", "S-S", "All")
"""Both utterances normal, one shouted, both shouted; the three together."""
OFFSETS, LDA_OF_BOTH = "score offsets", "LDA of both conditions"
PLDA = {name: f"{name}, PLDA" for name in (NOTHING, METHOD)}
WITH_OFFSETS = {NOTHING: OFFSETS, METHOD: f"{METHOD}, {OFFSETS}"}
_COMPONENTS = 30  # of the PLDA, at most


def cosines(z: Tensor, trials: PairTrials) -> Tensor:
    """(N, E) embeddings -> (trials,) cosines."""
    if z.ndim != 2 or len(z) <= int(trials.second.max()):
        raise ValueError(
            f"z: got shape {tuple(z.shape)} for utterances up to "
            f"{int(trials.second.max())}; give (N, E), one row an utterance"
        )
    unit = normalize(z, dim=1)
    return (unit @ unit.T)[trials.first, trials.second]


def plda_scores(z: Tensor, data: Data) -> Tensor:
    """Log-likelihood ratios by a PLDA of the extractor's normal speech, (trials,)."""
    plda = TwoCovariancePLDA(min(_COMPONENTS, z.shape[1]))
    plda.fit(data.background, data.background_speaker)
    return plda.score(z[:, None], z)[data.trials.first, data.trials.second]


def projected(data: Data, folds: list[Fold], dimensions: int = DIMENSION) -> Tensor:
    """The rival that changes the space: LDA of training speakers in both conditions.

    Args:
        data: of the chapter.
        folds: of `chapters.shouted.systems.folds_of`.
        dimensions: at most one less than the training speakers.

    Returns:
        (N, dimensions); only utterances of one fold share a space.
    """
    found = data.z.new_empty(len(data.z), dimensions)
    for fold in folds:
        space = lda(fold.z[fold.train], data.speaker[fold.train], dimensions)
        # the origin stays the mean of normal speech
        found[~fold.train] = fold.z[~fold.train] @ space.matrix
    return found


def errors(scores: Tensor, trials: PairTrials) -> dict[str, float]:
    """Equal error rates by condition, and the cost over all trials.

    Args:
        scores: (trials,), higher speaks for one speaker.
        trials: their list.

    Returns:
        `CONDITIONS` in [0, 1] and ``minDCF08`` of all trials; lower is better.
    """
    row = {}
    _one_each(scores, trials)
    for name, kept in _conditions(trials).items():
        rates = _rates(scores[kept], trials.target[kept])
        row[name] = float(equal_error_rate(rates)[0])
        if name == "All":
            row["minDCF08"] = float(minimum_dcf(rates, DCF08)[0])
    return row


def split(scores: Tensor, trials: PairTrials, condition: str) -> tuple[Tensor, Tensor]:
    """Scores of true and of false claims in one of `CONDITIONS`."""
    _one_each(scores, trials)
    kept = _chosen(trials, condition)
    return scores[kept & trials.target], scores[kept & ~trials.target]


def threshold(scores: Tensor, data: Data) -> float:
    """Where misses and false acceptances are equally frequent over all trials."""
    return float(equal_error_rate(_rates(scores, data.trials.target))[1])


def detected(data: Data, folds: list[Fold]) -> Tensor:
    """(N,) P(shouted) of each utterance, by the detector of its fold."""
    found = data.z.new_empty(len(data.z))
    for fold in folds:
        found[~fold.train] = fold.detector.probability(fold.z[~fold.train])
    return found


def recall(probability: Tensor, shouted: Tensor, threshold: float = 0.5) -> float:
    """Mean of the shares of normal and of shouted utterances told as such."""
    if not shouted.any() or shouted.all():
        raise ValueError("shouted: got one condition only; give both")
    right = (probability > threshold) == shouted
    return float((right[shouted].double().mean() + right[~shouted].double().mean()) / 2)


def aligned(scores: Tensor, data: Data, shouted: Tensor) -> Tensor:
    """A constant off the scores of each pair of detected conditions.

    The rival that moves no embedding: of the trials in the other folds it learns, for
    each number of utterances detected as shouted, the threshold of equal errors.
    (Their detectors have heard the fold's speakers, to this rival's advantage.)

    Args:
        scores: (trials,) with nothing done.
        data: of the chapter.
        shouted: (N,) bool, what the detectors say.

    Returns:
        (trials,).
    """
    trials = data.trials
    pair = shouted[trials.first].long() + shouted[trials.second].long()
    fold = data.fold[data.speaker[trials.first]]
    moved = scores.clone()
    for number in fold.unique():
        for condition in Condition:
            here = pair == condition
            known = here & (fold != number)
            if trials.target[known].any() and not trials.target[known].all():
                rates = _rates(scores[known], trials.target[known])
                moved[here & (fold == number)] -= equal_error_rate(rates)[1]
    return moved


def claimed(rows: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The statistics of all claims that compare errors.

    Args:
        rows: of `errors`, by the names of systems and controls.
    """

    def less(after: str, before: str, condition: str) -> float:
        return 1 - rows[after][condition] / rows[before][condition]

    nothing = rows[NOTHING]
    return {
        "1": nothing["N-S"] / nothing["N-N"],
        "1b": nothing["N-S"] / nothing["S-S"],
        "2a": less(METHOD, NOTHING, "All"),
        "2b": less(METHOD, NOTHING, "N-S"),
        "2c": less(PLDA[METHOD], PLDA[NOTHING], "All"),
        "3a": less("SPLICE", "global mean", "N-S"),
        "3b": less(METHOD, "SPLICE", "N-S"),
        "3c": less(METHOD, "RATZ", "N-S"),
        "3d": less("joint MMSE", METHOD, "N-S"),
        "3e": less(METHOD, "one matrix", "N-S"),
        "4b": rows[EVERY]["N-N"] / nothing["N-N"],
        "4c": 100 * (rows[METHOD]["N-N"] - nothing["N-N"]),
        "4d": less(TRUTH, METHOD, "All"),
        "5b": less(METHOD, PERMUTED, "N-S"),
        "5c": less(METHOD, SHUFFLED, "N-S"),
        "6": less(METHOD, OFFSETS, "All"),
        "6b": less(WITH_OFFSETS[METHOD], OFFSETS, "All"),
    }


def multiplications(size: int) -> dict[str, int]:
    """What one embedding costs at the chosen settings, divisions not told apart.

    Args:
        size: E of an embedding.

    Returns:
        Multiplications of the detector and of every compensation.
    """
    whole("size", size)
    found = {"detector": size, "global mean": 0, "one matrix": size**2}
    for name in ("RATZ", "SPLICE", METHOD):
        k = int(CHOSEN[name]["components"])
        # a Gaussian takes two products a component of the embedding, its bias one
        found[name] = 3 * k * size if name != METHOD else (2 * k + 3 * k**2) * size
    k, q = (int(CHOSEN["joint MMSE"][key]) for key in ("components", "dimensions"))
    found["joint MMSE"] = 2 * q * size + k * (q * (q + 1) // 2 + q + q**2)
    return found


def interval(
    before: Tensor,
    after: Tensor,
    data: Data,
    condition: str,
    generator: torch.Generator,
    draws: int = 400,
) -> tuple[float, float]:
    """95 % interval of the reduction of an EER, test speakers drawn anew.

    Folds and what was learned stay as they are.  A trial counts once for each of its
    speakers, which makes the interval a little too narrow.

    Args:
        before: (trials,) scores of one system.
        after: (trials,) of another.
        data: of the chapter.
        condition: one of `CONDITIONS`.
        generator: draws the speakers.
        draws: how many.
    """
    trials = data.trials
    kept = _chosen(trials, condition)
    owner = torch.cat([data.speaker[side[kept]] for side in trials[:2]])
    return paired_interval(
        before[kept].repeat(2),
        after[kept].repeat(2),
        trials.target[kept].repeat(2),
        owner,
        _equal_error,
        lambda old, new: 1 - new / old,
        generator=generator,
        draws=draws,
    )


def _equal_error(rates: ErrorRates) -> Tensor:
    return equal_error_rate(rates)[0]


def _rates(scores: Tensor, target: Tensor) -> ErrorRates:
    return error_rates(scores[target], scores[~target])


def _one_each(scores: Tensor, trials: PairTrials) -> None:
    if scores.shape != trials.target.shape:
        raise ValueError(
            f"scores: got shape {tuple(scores.shape)}; give ({len(trials.target)},), "
            "one a trial"
        )


def _chosen(trials: PairTrials, condition: str) -> Tensor:
    if condition not in CONDITIONS:
        raise ValueError(
            f"condition: got {condition!r}; give one of {', '.join(CONDITIONS)}"
        )
    return _conditions(trials)[condition]


def _conditions(trials: PairTrials) -> dict[str, Tensor]:
    found = {
        name: trials.condition == condition
        for name, condition in zip(CONDITIONS, Condition, strict=False)
    }
    return found | {"All": torch.ones_like(trials.target)}
