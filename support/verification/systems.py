"""Systems that turn utterances into vectors: trained networks, and none at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from support.models.pooling import alignment_pool, statistics_pool
from support.models.speaker import FrameEncoder, Pooling, SpeakerNetwork
from support.training import Recipe, generator, predict, seeded_init
from support.verification.experiment import Prepared

__all__ = [
    "NETWORK",
    "NetworkSystem",
    "RawSystem",
    "aligned_with_said",
    "background_inputs",
    "raw_statistics",
    "raw_supervector",
    "train_network",
    "training_step",
]

NETWORK = Recipe(
    epochs=10,
    batch_size=64,
    rate=4e-3,
    weight_decay=1e-5,
    schedule="one_cycle",
    every="step",
)
"""How a network is trained, but for the epochs, which its setting says; ours."""

NOISE = 0.1
_AT_ONCE = 2048


@dataclass(frozen=True)
class NetworkSystem:
    """A trained network, and how its inputs are aligned.

    Args:
        network: front-end and pooling, in evaluation mode.
        alignment: ``viterbi``, ``soft``, ``uniform`` or ``mixture``; None where the
            pooling needs none.
        claimed: align tests with the claimed phrase, as a verifier must.
        learned_from: speakers that it must not be tried with, None where nobody
            has said.
    """

    network: SpeakerNetwork
    alignment: str | None = "viterbi"
    claimed: bool = True
    learned_from: Tensor | None = None

    def embed(
        self, prepared: Prepared, index: Tensor, phrase: int | None = None
    ) -> Tensor:
        """(n,) utterances, the claimed phrase or None for their own -> (n, E)."""
        return next(self.embed_claims(prepared, index, [phrase]))

    def embed_claims(
        self, prepared: Prepared, index: Tensor, phrases: Sequence[int | None]
    ) -> Iterator[Tensor]:
        """As `embed`, for one claimed phrase after the other.

        The front-end hears each utterance once, since only the alignment depends on
        the claim; its frames (n, T, D) are held meanwhile.
        """
        x, mask = prepared.x[index], prepared.mask[index]
        frames = predict(self.network.encoder, x, mask)

        def pooled(part: Tensor, phrase: int | None) -> Tensor:
            aligned = None
            if self.alignment is not None:
                claimed = phrase if self.claimed else None
                aligned = prepared.align(index[part], claimed, self.alignment)
            return self.network.pool(frames[part], mask[part], aligned)

        places = torch.arange(len(index), device=index.device)
        for phrase in phrases:
            yield predict(self.network, places, call=partial(pooled, phrase=phrase))


@dataclass(frozen=True)
class RawSystem:
    """A pooling of the features themselves, on the background's scale.

    Args:
        pool: (n, T, F) features, (n, T, Q) alignment, (n, T) mask -> (n, E).
        centre: (E,) mean over the background.
        scale: (E,) standard deviation over the background.
        alignment: as in `NetworkSystem`.
        raw: use the features before the mean of each utterance is removed.
    """

    pool: Pooling
    centre: Tensor
    scale: Tensor
    alignment: str | None
    raw: bool

    def embed(
        self, prepared: Prepared, index: Tensor, phrase: int | None = None
    ) -> Tensor:
        """(n,) utterances, the claimed phrase or None for their own -> (n, E)."""
        found = _pool(self.pool, prepared, index, phrase, self.alignment, self.raw)
        return (found - self.centre) / self.scale


def raw_statistics(prepared: Prepared, *, mean: bool = True) -> RawSystem:
    """Mean and deviation of the coefficients over time, on the background's scale.

    Args:
        prepared: of `prepare`.
        mean: keep the mean of each utterance, which the features of all other
            systems lack; else the deviation alone.

    Returns:
        A system of 2 F numbers, or of F.
    """

    def pool(y: Tensor, aligned: Tensor, mask: Tensor) -> Tensor:
        found = statistics_pool(y, mask)
        return found if mean else found[:, y.shape[2] :]

    return _raw(prepared, pool, None, raw=True)


def raw_supervector(prepared: Prepared, alignment: str = "viterbi") -> RawSystem:
    """The supervector of the features themselves, on the background's scale.

    Args:
        prepared: of `prepare`.
        alignment: ``viterbi``, ``soft`` or ``uniform``.

    Returns:
        A system of Q F numbers.
    """
    return _raw(prepared, lambda y, A, mask: alignment_pool(y, A), alignment, raw=False)


def _raw(
    prepared: Prepared, pool: Pooling, alignment: str | None, *, raw: bool
) -> RawSystem:
    found = _pool(pool, prepared, prepared.background, None, alignment, raw)
    return RawSystem(pool, found.mean(0), found.std(0), alignment, raw)


def _pool(
    pool: Pooling,
    prepared: Prepared,
    index: Tensor,
    phrase: int | None,
    alignment: str | None,
    raw: bool,
) -> Tensor:
    features = prepared.raw if raw else prepared.x
    found = []
    for part in index.split(_AT_ONCE):
        aligned = features.new_zeros(len(part), 0)
        if alignment is not None:
            aligned = prepared.align(part, phrase, alignment)
        found.append(pool(features[part], aligned, prepared.mask[part]))
    return torch.cat(found)


def aligned_with_said(system: NetworkSystem) -> NetworkSystem:
    """The same network, its tests aligned with what was *said*: a leak, to be shown."""
    return replace(system, claimed=False)


def background_inputs(
    prepared: Prepared, alignment: str | None = "viterbi"
) -> tuple[Tensor, ...]:
    """What a network learns from: the background, aligned with what was said.

    Args:
        prepared: of `prepare`.
        alignment: kind; None gives an empty alignment, (B, 0).

    Returns:
        Features (B, T, F), mask (B, T) and alignment (B, T, Q).
    """
    index = prepared.background
    x, mask = prepared.x[index], prepared.mask[index]
    aligned = x.new_zeros(len(index), 0)
    if alignment is not None:
        aligned = prepared.align(index, kind=alignment)
    return x, mask, aligned


def training_step(
    network: SpeakerNetwork,
    x: Tensor,
    mask: Tensor,
    aligned: Tensor,
    speaker: Tensor,
    phrase: Tensor,
) -> Tensor:
    """Loss of one batch: name the speaker and the phrase, from noisy features.

    Args:
        network: in training mode.
        x: (B, T, F) features.
        mask: (B, T) real frames.
        aligned: (B, T, Q), or (B, 0) for a pooling that needs none.
        speaker: (B,) classes.
        phrase: (B,) classes.

    Returns:
        Scalar cross-entropy.
    """
    noise = NOISE * torch.randn_like(x) * mask[..., None]
    _, logits = network(x + noise, mask, aligned if aligned.ndim == 3 else None)
    return network.loss(logits, speaker, phrase)


def train_network(
    prepared: Prepared,
    pooling: str | Pooling = "alignment",
    recipe: Recipe | None = None,
    *,
    seed: int = 0,
    dimension: int = 24,
    target: str = "joint",
    alignment: str = "viterbi",
    label: str = "",
    checkpoint: str | Path | None = None,
) -> NetworkSystem:
    """Train a front-end through a pooling on the background speakers.

    Noise of 0.1 on the features is ours.

    Args:
        prepared: of `prepare`.
        pooling: ``mean``, ``statistics``, ``alignment``, or a pooling of one's own,
            called as (features, alignment, mask).
        recipe: how; `NETWORK` with the setting's epochs when left out.
        seed: of the initial weights, the order and the noise.
        dimension: D, features a frame.
        target: ``joint`` (a class a speaker and phrase), ``two_heads`` (one for
            each), ``speaker``.
        alignment: ``viterbi``, ``soft``, ``uniform`` or ``mixture``.
        label: the progress bar's name.
        checkpoint: a file to resume from.

    Returns:
        The system, ready to `embed`.

    Raises:
        ValueError: a word is unknown, or what one's own pooling returns is not
            (n, E) or not finite.
    """
    own = callable(pooling)
    aligns = alignment if own or pooling == "alignment" else None
    tensors = background_inputs(prepared, aligns)
    class_of = (prepared.speakers, prepared.corpus.phrase[prepared.background])
    network = _network(prepared, pooling, dimension, target, seed)
    recipe = recipe or replace(NETWORK, epochs=prepared.setting.epochs)
    recipe.fit(
        partial(training_step, network),
        network,
        (*tensors, *class_of),
        generator=generator(seed, "network batches"),
        label=label,
        checkpoint=checkpoint,
    )
    heard = prepared.corpus.speaker[prepared.background].unique()
    return NetworkSystem(network, aligns, learned_from=heard)


def _network(
    prepared: Prepared,
    pooling: str | Pooling,
    dimension: int,
    target: str,
    seed: int,
) -> SpeakerNetwork:
    """A network with initial weights that depend on the seed alone."""
    setting = prepared.setting
    with seeded_init(seed, "network"):
        encoder = FrameEncoder(
            prepared.features, setting.width, dimension, setting.layers
        )
        network = SpeakerNetwork(
            encoder,
            pooling,
            prepared.states,
            int(prepared.speakers.max()) + 1,
            len(prepared.corpus.phrases),
            target,
        )
    return network.to(prepared.x.device)
