"""What a check of the exercises asks: errors on voices that differ by so much."""

from support.data.voices.configuration import VoiceConfig
from support.data.voices.corpus import make_corpus
from support.verification.experiment import prepare_corpus
from support.verification.scoring import error_table, trial_scores
from support.verification.systems import raw_supervector

__all__ = ["spread_error"]


def spread_error(tract: float, habit: float, seed: int) -> float:
    """Impostors' EER of the raw supervector, on voices that differ by so much.

    Args:
        tract: spread of the length of the vocal tract, natural logarithm.
        habit: spread of the habit for each sound.
        seed: of the corpus of 16 background and 12 evaluation speakers.

    Returns:
        In [0, 1]; lower is better.
    """
    sizes = VoiceConfig(16, 12, tract=tract, habit=habit)
    prepared = prepare_corpus(make_corpus(sizes, seed))
    scores = trial_scores(raw_supervector(prepared), prepared)
    return error_table(scores, prepared.trials)["IC"]
