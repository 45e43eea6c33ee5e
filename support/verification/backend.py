"""A back-end in place of the cosine, fitted on the background."""

from support.models.backends import TwoCovariancePLDA
from support.verification.experiment import Prepared
from support.verification.scoring import System

__all__ = ["fit_plda"]

MOST_COMPONENTS = 100


def fit_plda(system: System, prepared: Prepared) -> TwoCovariancePLDA:
    """Two-covariance PLDA on 100 components of a system's vectors.

    A class is a speaker and phrase.

    Args:
        system: gives the vectors.
        prepared: of `prepare`.

    Returns:
        The back-end, for `trial_scores`.
    """
    vectors = system.embed(prepared, prepared.background)
    phrase = prepared.corpus.phrase[prepared.background]
    classes = prepared.speakers * len(prepared.corpus.phrases) + phrase
    return TwoCovariancePLDA(min(MOST_COMPONENTS, vectors.shape[1])).fit(
        vectors, classes
    )
