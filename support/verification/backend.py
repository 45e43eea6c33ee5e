"""Back-ends in place of the cosine: PLDA, and a cosine that knows strangers."""

from dataclasses import dataclass

from torch import Tensor

from support.metrics.score_normalisation import s_norm
from support.models.backends import CosineBackend, TwoCovariancePLDA
from support.verification.experiment import Prepared
from support.verification.scoring import System, trial_scores

__all__ = ["NormalisedCosine", "fit_plda", "s_normed"]

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


@dataclass(frozen=True)
class NormalisedCosine:
    """A cosine in deviations of what model and test score against strangers.

    Args:
        cohort: (c, E) vectors of strangers.
        nearest: how many of them count, the highest-scoring ones of each model and
            of each test; with strangers who say other phrases in the cohort, these
            are mostly those who say the same.
    """

    cohort: Tensor
    nearest: int = 200

    def score(self, enrolment: Tensor, test: Tensor) -> Tensor:
        """(M, k, E) and (n, E) -> (M, n), higher is more alike.

        Raises:
            ValueError: the cohort has fewer than two vectors (of `s_norm`).
        """
        count = min(self.nearest, len(self.cohort))
        cosines = CosineBackend().score
        beside = cosines(enrolment, self.cohort).topk(count).values
        before = cosines(self.cohort[:, None], test).topk(count, dim=0).values
        return s_norm(cosines(enrolment, test), beside, before)


def s_normed(system: System, prepared: Prepared) -> Tensor:
    """Trial scores by `NormalisedCosine`, the background as strangers.

    Args:
        system: gives the vectors.
        prepared: corpus and trials.

    Returns:
        (trials,), in standard deviations.
    """
    cohort = system.embed(prepared, prepared.background)
    return trial_scores(system, prepared, backend=NormalisedCosine(cohort))
