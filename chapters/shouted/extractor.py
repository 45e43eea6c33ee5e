"""From an utterance to its embedding: extractors that have heard normal speech alone.

Synthetic voices go through a network that was trained to name other speakers.
Recorded ones go through statistics of their cepstra, projected on what tells the
readers of LibriSpeech apart: a plainer extractor, which takes a second.  Each reader
has one recording, so that its microphone and room count as voice.
"""

from functools import partial

import torch
from torch import Tensor

from support.data.voices.corpus import Voices
from support.models.pooling import statistics_pool
from support.models.speaker import FrameEncoder, SpeakerNetwork
from support.models.whitening import lda
from support.signal.mfcc import mean_normalise, mfcc
from support.training import Recipe, generator, predict, seeded_init
from support.verification.systems import training_step

__all__ = ["network_embeddings", "statistics_embeddings"]

_COEFFICIENTS = 20


def network_embeddings(
    background: Voices,
    tried: Voices,
    recipe: Recipe,
    seed: int,
    *,
    width: int = 48,
    dimension: int = 48,
) -> tuple[Tensor, Tensor]:
    """Train a network to name the background's speakers; embed both corpora.

    Args:
        background: normal speech to learn from.
        tried: utterances of others.
        recipe: of the training.
        seed: of the initial weights, the batches and the noise.
        width: channels of the encoder.
        dimension: features a frame, of which mean and deviation are pooled.

    Returns:
        (B, 2 dimension) and (N, 2 dimension) float64.
    """
    raw = mfcc(background.log_mel, _COEFFICIENTS)
    x, mask = mean_normalise(raw, background.frames), _real_frames(background)
    scale = x[mask].std(0)
    speakers = int(background.speaker.max()) + 1
    with seeded_init(seed, "extractor"):
        encoder = FrameEncoder(_COEFFICIENTS, width, dimension)
        network = SpeakerNetwork(encoder, "statistics", 1, speakers, 1, "speaker")
    network.to(x.device)
    count = len(x)
    recipe.fit(
        partial(training_step, network),
        network,
        # no alignment, and one phrase for all: what is said is not asked
        (
            x / scale,
            mask,
            x.new_zeros(count, 0),
            background.speaker,
            torch.zeros_like(background.speaker),
        ),
        generator=generator(seed, "extractor batches"),
        label="extractor",
    )

    def embed(corpus: Voices) -> Tensor:
        frames = mean_normalise(mfcc(corpus.log_mel, _COEFFICIENTS), corpus.frames)
        found = predict(
            network, frames / scale, _real_frames(corpus), call=network.embed
        )
        return found.double()

    return embed(background), embed(tried)


def statistics_embeddings(
    background: Voices, tried: Voices, dimensions: int = 20
) -> tuple[Tensor, Tensor]:
    """Statistics of cepstra, projected on the directions that tell speakers apart.

    Mean, deviation, and deviation of differences over time of 19 coefficients (the
    zeroth, the level, is left out).

    Args:
        background: normal speech to learn the projection from, of every speaker two
            utterances or more.
        tried: utterances of others.
        dimensions: of linear discriminant analysis.

    Returns:
        (B, dimensions) and (N, dimensions) float64.
    """
    known, new = _statistics(background), _statistics(tried)
    mean, scale = known.mean(0), known.std(0)
    known, new = (known - mean) / scale, (new - mean) / scale
    projection = lda(known, background.speaker, dimensions)
    return projection.apply(known), projection.apply(new)


def _statistics(corpus: Voices) -> Tensor:
    cepstra = mfcc(corpus.log_mel, _COEFFICIENTS)[..., 1:]
    mask = _real_frames(corpus)
    step = mask[:, 1:] & mask[:, :-1]
    moving = statistics_pool(cepstra.diff(dim=1), step)[:, cepstra.shape[2] :]
    return torch.cat([statistics_pool(cepstra, mask), moving], 1).double()


def _real_frames(corpus: Voices) -> Tensor:
    places = torch.arange(corpus.log_mel.shape[1], device=corpus.frames.device)
    return places < corpus.frames[:, None]
