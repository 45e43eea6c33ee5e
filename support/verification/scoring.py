"""Scores of trials, and the table of errors that every system is judged by."""

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor

from support.data.trials import TrialKind, Trials, check_disjoint
from support.metrics.verification import (
    DCF08,
    ErrorRates,
    equal_error_rate,
    error_rates,
    minimum_dcf,
    roc_area,
)
from support.models.backends import CosineBackend
from support.verification.experiment import Prepared
from support.verification.systems import NetworkSystem

__all__ = [
    "KINDS",
    "Backend",
    "System",
    "error_table",
    "false_claims",
    "rates_of",
    "scores_of",
    "trial_scores",
]

KINDS = ("IC", "TW", "TWa", "IW", "all")
"""Kinds of false claims: other speaker; wrong phrase; its anagram; both; any."""


class System(Protocol):
    """Whatever turns utterances into vectors, given the phrase that is claimed."""

    def embed(
        self, prepared: Prepared, index: Tensor, phrase: int | None = None
    ) -> Tensor:
        """(n,) utterances, claimed phrase or None for their own -> (n, E)."""
        ...


class Backend(Protocol):
    """Whatever compares enrolments with tests, such as a PLDA fitted elsewhere."""

    def score(self, enrolment: Tensor, test: Tensor) -> Tensor:
        """(M, k, E) and (n, E) -> (M, n), higher is more alike."""
        ...


def trial_scores(
    system: System, prepared: Prepared, *, backend: Backend | None = None
) -> Tensor:
    r"""Score all trials; tests are aligned with the phrase that is *claimed*.

    $$\hat{\mathbf s}=\mathbf s/\lVert\mathbf s\rVert,\qquad
    \mathbf m\propto\sum_k\hat{\mathbf s}_k,\qquad
    s(\mathbf m,v)=\langle\mathbf m,\hat{\mathbf s}_v\rangle$$

    Args:
        system: see `System`.
        prepared: corpus and trials.
        backend: compares in place of the cosine; fitted on the background.

    Returns:
        (trials,) on the corpus's device, in [-1, 1] for the cosine; higher speaks
        for the claim.

    Raises:
        ValueError: a vector or a score is NaN or infinite, or the system says from whom
            it has learned (``learned_from``) and one of them is tried here.
    """
    trials, backend = prepared.trials, backend or CosineBackend()
    learned = getattr(system, "learned_from", None)
    if learned is not None:
        tried = torch.cat([trials.model.flatten(), trials.test])
        check_disjoint(learned, prepared.corpus.speaker[tried].unique())
    count, each = trials.model.shape
    enrolment = system.embed(prepared, trials.model.reshape(-1))
    enrolment = enrolment.reshape(count, each, -1)
    tests, place = trials.test.unique(return_inverse=True)
    claimed = trials.model_phrase[trials.model_index]
    scores = enrolment.new_empty(len(trials.test))
    phrases = trials.model_phrase.unique().tolist()
    for phrase, vectors in zip(
        phrases, _claimed(system, prepared, tests, phrases), strict=True
    ):
        models = (trials.model_phrase == phrase).nonzero()[:, 0]
        chosen = (claimed == phrase).nonzero()[:, 0]
        row = torch.searchsorted(models, trials.model_index[chosen])
        table = backend.score(enrolment[models], vectors).to(scores)
        scores[chosen] = table[row, place[chosen]]
    if not torch.isfinite(scores).all():
        bad = int((~torch.isfinite(scores)).sum())
        raise ValueError(f"scores: {bad} of {len(scores)} are NaN or infinite")
    return scores


def _claimed(
    system: System, prepared: Prepared, tests: Tensor, phrases: list[int]
) -> Iterator[Tensor]:
    """Vectors of all tests for each claimed phrase, a network's frames made once."""
    if isinstance(system, NetworkSystem):
        return system.embed_claims(prepared, tests, phrases)
    return (system.embed(prepared, tests, phrase) for phrase in phrases)


def rates_of(scores: Tensor, trials: Trials, kind: str) -> ErrorRates:
    """Errors of true claims against one kind of false ones.

    Args:
        scores: (trials,).
        trials: their list.
        kind: one of `KINDS`.

    Returns:
        See `support.metrics.verification.error_rates`.

    Raises:
        ValueError: the kind is unknown or the list has none of it, or lengths
            differ.
    """
    return error_rates(*scores_of(scores, trials, kind))


def scores_of(scores: Tensor, trials: Trials, kind: str) -> tuple[Tensor, Tensor]:
    """Scores of the true claims, and of one kind of false ones; see `rates_of`."""
    chosen = false_claims(trials, kind)
    if scores.shape != trials.kind.shape:
        raise ValueError(
            f"scores: got shape {tuple(scores.shape)}; the list has "
            f"{len(trials.kind)} trials"
        )
    if not chosen.any():
        raise ValueError(f"kind: the list has no trial of kind {kind!r}")
    return scores[trials.kind == TrialKind.TC], scores[chosen]


def error_table(scores: Tensor, trials: Trials) -> dict[str, float]:
    """Equal error rates by kind of false claim; cost and area for impostors.

    Args:
        scores: (trials,) higher speaks for the claim.
        trials: their list.

    Returns:
        ``IC``, ``TW``, ``TWa``, ``IW``, ``all``: EER in [0, 1], lower is better;
        ``minDCF08`` in [0, 1], lower, and ``AUC`` in [0, 1], higher, both of IC.
        A kind that the list lacks, such as anagrams, is left out.

    Raises:
        ValueError: the list has no true or no false claim, or lengths differ.
    """
    there = [kind for kind in KINDS if false_claims(trials, kind).any()]
    rates = {kind: rates_of(scores, trials, kind) for kind in there or ["all"]}
    row = {kind: float(equal_error_rate(found)[0]) for kind, found in rates.items()}
    if "IC" in rates:
        row["minDCF08"] = float(minimum_dcf(rates["IC"], DCF08)[0])
        row["AUC"] = float(roc_area(rates["IC"]))
    return row


def false_claims(trials: Trials, kind: str) -> Tensor:
    """Which trials are false claims of one kind of `KINDS`, (trials,) bool.

    Raises:
        ValueError: the kind is unknown.
    """
    if kind not in KINDS:
        raise ValueError(f"kind: got {kind!r}; give one of {KINDS}")
    if kind == "TWa":
        return trials.anagram
    if kind == "all":
        return trials.kind != TrialKind.TC
    return trials.kind == TrialKind[kind]
