"""A network that was trained to classify, trained on for another loss.

The same weights to start from, the same batches and the same number of steps for
every loss, so that what differs at the end is the loss alone.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor, nn

from support.data.batches import IdentityBatches
from support.losses.detection_cost import soft_detection_cost
from support.losses.pairwise import pairwise_loss
from support.losses.verification import pair_scores
from support.training import fit, generator, predict
from support.verification.experiment import Prepared
from support.verification.systems import NetworkSystem, background_inputs

__all__ = [
    "SCHEDULES",
    "LearnedThreshold",
    "Schedule",
    "fine_tune",
    "identities",
    "named_right",
    "sampled_area",
]

Loss = Callable[[Tensor, Tensor], Tensor]
"""(B, E) embeddings and (B,) identities -> a scalar, to be minimised.

One that is a module has parameters of its own, which are trained along.
"""
_NORMS = (nn.BatchNorm1d,)
_EACH = 10


@dataclass(frozen=True)
class Schedule:
    """Size of the fine-tuning and of its batches.

    Args:
        steps: of Adam, in tens.
        rate: its learning rate.
        noise: standard deviation added to the features.
        phrases: in a batch.
        speakers: in a batch, each with all these phrases.
        sessions: of every speaker and phrase in it.
    """

    steps: int = 150
    rate: float = 1e-3
    noise: float = 0.1
    phrases: int = 2
    speakers: int = 16
    sessions: int = 4


SCHEDULES = {
    ("embedded", "quick"): Schedule(),
    ("embedded", "full"): Schedule(3000, phrases=16, speakers=32),
    # Eight strings by 18 speakers fill no larger batch.
    ("arabic_digits", "quick"): Schedule(),
    ("arabic_digits", "full"): Schedule(1500),
}


class LearnedThreshold(nn.Module):
    """The smooth detection cost of a batch's pairs at a threshold that is learned.

    Args:
        start: the threshold before training, a cosine.
    """

    def __init__(self, start: float = 0.5) -> None:
        super().__init__()
        self.threshold = nn.Parameter(torch.tensor(start))

    def forward(self, embedding: Tensor, identity: Tensor) -> Tensor:
        """(B, E) embeddings and (B,) identities -> a scalar, lower is better."""
        scores = pair_scores(embedding, identity)
        return soft_detection_cost(*scores, self.threshold.to(embedding.device))


def sampled_area(
    embedding: Tensor,
    identity: Tensor,
    *,
    generator: torch.Generator,
    delta: float = 30.0,
    most: int = 2**16,
) -> Tensor:
    """As `aauc_verification` over some negative pairs, for batches of thousands.

    Args:
        embedding: (B, E).
        identity: (B,).
        generator: draws the negative pairs, anew at each call, with repetition.
        delta: steepness.
        most: where there are more negative pairs than this, so many are drawn.

    Returns:
        A scalar in [0, 1], in the mean over draws that of all pairs.
    """
    positive, negative = pair_scores(embedding, identity)
    if len(negative) > most:
        drawn = torch.randint(
            len(negative), (most,), generator=generator, device=generator.device
        )
        negative = negative[drawn.to(negative.device)]
    return pairwise_loss(positive, negative, delta)


def identities(prepared: Prepared) -> Tensor:
    """One class a speaker and phrase of the background: what a negative differs in.

    Args:
        prepared: of `support.verification.experiment.prepare`.

    Returns:
        (B,) integers, speaker times the number of phrases plus phrase.
    """
    phrases = len(prepared.corpus.phrases)
    said = prepared.corpus.phrase[prepared.background]
    return prepared.speakers * phrases + said


def fine_tune(
    system: NetworkSystem,
    prepared: Prepared,
    loss: Loss | None,
    *,
    seed: int,
    schedule: Schedule | None = None,
    label: str = "",
    checkpoint: str | Path | None = None,
) -> NetworkSystem:
    """Go on training all weights of a network, for another loss.

    The statistics of its batch normalisation stay as they are: batches of few
    phrases with many utterances each are not what a verifier will meet.

    Args:
        system: it is not changed.
        prepared: corpus, features and alignments.
        loss: of the embeddings of a batch and their identities; None for more of
            the cross-entropy the network was trained with.
        seed: decides batches and noise, the same for every loss.
        schedule: sizes; those of the quick profile when left out.
        label: name of the progress bar.
        checkpoint: a file, as in `support.training.fit`.

    Returns:
        A new system, its network in evaluation mode.

    Raises:
        ValueError: the background has too few speakers, phrases or sessions for
            the batches.
        FloatingPointError: the loss is not finite.
    """
    schedule = schedule or Schedule()
    network = deepcopy(system.network)
    frozen = [part for part in network.modules() if isinstance(part, _NORMS)]
    learned = list(loss.parameters()) if isinstance(loss, nn.Module) else []
    order = generator(seed, "fine-tuning")
    corpus, background = prepared.corpus, prepared.background
    batches = IdentityBatches(
        prepared.speakers.cpu(),
        corpus.session[background].cpu(),
        corpus.phrase[background].cpu(),
        n_phrases=schedule.phrases,
        n_speakers=schedule.speakers,
        n_sessions=schedule.sessions,
        generator=order,
    )
    tensors = background_inputs(prepared, system.alignment)
    classes = (prepared.speakers, corpus.phrase[background], identities(prepared))

    def step(
        x: Tensor,
        mask: Tensor,
        aligned: Tensor,
        speaker: Tensor,
        phrase: Tensor,
        identity: Tensor,
    ) -> Tensor:
        for part in frozen:
            part.eval()
        noisy = x + schedule.noise * torch.randn_like(x)
        paths = aligned if aligned.ndim == 3 else None
        embedding, logits = network(noisy, mask, paths)
        if loss is None:
            return network.loss(logits, speaker, phrase)
        return loss(embedding, identity)

    fit(
        step,
        network,
        (*tensors, *classes),
        epochs=schedule.steps // _EACH,
        batch_size=1,
        optimizer=torch.optim.Adam([*network.parameters(), *learned], schedule.rate),
        generator=order,
        sampler=_Portions(batches),
        label=label,
        checkpoint=checkpoint,
    )
    return replace(system, network=network)


def named_right(system: NetworkSystem, prepared: Prepared) -> float:
    """Share of background utterances whose speaker and phrase the classifier names.

    Args:
        system: with the classifier that it was trained with, one class an identity.
        prepared: corpus and alignments.

    Returns:
        In [0, 1]; higher is better.
    """
    x, mask, aligned = background_inputs(prepared, system.alignment)
    inputs = (x, mask, aligned) if aligned.ndim == 3 else (x, mask)
    _, logits = predict(system.network, *inputs)
    return float((logits.argmax(1) == identities(prepared)).double().mean())


class _Portions:
    """An endless stream of batches, a few at each pass."""

    def __init__(self, batches: IdentityBatches) -> None:
        self.batches = batches

    def __iter__(self) -> Iterator[Tensor]:
        return islice(iter(self.batches), _EACH)
