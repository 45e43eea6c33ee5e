"""What the chapter looks at: claims to be heard, and the pairs of one batch."""

import torch

from chapters.auc_verification.finetuning import Schedule, identities
from support.data.batches import IdentityBatches
from support.data.trials import TrialKind, Trials
from support.losses.verification import PairScores, pair_scores
from support.verification.experiment import Prepared
from support.verification.systems import NetworkSystem

__all__ = ["batch_scores", "three_claims"]


def three_claims(trials: Trials) -> dict[str, int]:
    """An enrolment of the first model, and a trial of three kinds against it.

    Args:
        trials: their list.

    Returns:
        What is heard, and the place of the utterance in the corpus.
    """
    clips = {"enrolled": int(trials.model[0, 0])}
    for words, kind in (
        ("a true claim", TrialKind.TC),
        ("an impostor, the right phrase", TrialKind.IC),
        ("the right voice, a wrong phrase", TrialKind.TW),
    ):
        against = (trials.model_index == 0) & (trials.kind == kind)
        clips[words] = int(trials.test[against][0])
    return clips


def batch_scores(
    system: NetworkSystem,
    prepared: Prepared,
    schedule: Schedule,
    generator: torch.Generator,
) -> PairScores:
    """Cosines of all pairs in one batch, as fine-tuning will meet them.

    Args:
        system: whose vectors.
        prepared: corpus and alignments.
        schedule: sizes of the batch.
        generator: draws it.

    Returns:
        Scores of the pairs of one identity, and of two.
    """
    corpus, background = prepared.corpus, prepared.background
    batches = IdentityBatches(
        prepared.speakers.cpu(),
        corpus.session[background].cpu(),
        corpus.phrase[background].cpu(),
        n_phrases=schedule.phrases,
        n_speakers=schedule.speakers,
        n_sessions=schedule.sessions,
        generator=generator,
    )
    index = next(iter(batches)).to(background.device)
    vectors = system.embed(prepared, background[index])
    return pair_scores(vectors, identities(prepared)[index])
