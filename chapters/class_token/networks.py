"""What the networks are, and how a trained one listens."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from chapters.class_token.data import Data
from support.models.speaker_transformer import SpeakerTransformer
from support.scalars import whole
from support.training import predict, seeded_init
from support.verification.scoring import System

__all__ = ["CHOICES", "EXTRAS", "Choice", "Ensemble", "Listener", "build"]


@dataclass(frozen=True)
class Choice:
    """What a network is, and what was tried for it.

    Args:
        tokens: 0 (average), 1 or 2.
        vectors: among which the class token is drawn.
        rate: of learning, the highest.
        dropout: in the network.
        share: of the label in the loss of two tokens.
        temperature: of the teacher's answers to the second token; 0 where it learns
            the label.
        positions: of the frames.
        feed_forward: units of a perceptron in the memory's place; 0 keeps the memory.
    """

    tokens: int
    vectors: int = 1
    rate: float = 4e-2
    dropout: float = 0.1
    share: float = 0.5
    temperature: float = 0.0
    positions: bool = True
    feed_forward: int = 0


CHOICES = {
    "average": Choice(0, dropout=0.2),
    "class token": Choice(1),
    "sampled token": Choice(1, vectors=8),
    "two plain tokens": Choice(2, rate=8e-2, share=0.7),
    "both tokens, distilled": Choice(2, temperature=4.0),
}
"""The best of eight each by the EER of all claims on seeds 205 and 206; `tuning.py`."""

_ONE = CHOICES["class token"]
EXTRAS: dict[str, dict[str, Choice]] = {
    "quick": {},
    "full": {
        "perceptron": replace(_ONE, feed_forward=1024),
        "no positions": replace(_ONE, positions=False),
        "sampled token, R = 16": replace(_ONE, vectors=16),
        "sampled token, R = 64": replace(_ONE, vectors=64),
    },
}
"""Networks beside those of the claims, by profile."""


def build(data: Data, choice: Choice, seed: int) -> SpeakerTransformer:
    """A network before training, on the data's device.

    Args:
        data: gives classes and sizes.
        choice: what the network is.
        seed: of its weights.
    """
    corpus, setting = data.corpus, data.setting
    with seeded_init(seed, "network"):
        network = SpeakerTransformer(
            data.features,
            int(data.speakers.max()) + 1,
            len(corpus.phrases),
            tokens=choice.tokens,
            vectors=choice.vectors,
            width=setting.width,
            layers=setting.layers,
            slots=setting.width * setting.layers,
            feed_forward=choice.feed_forward,
            positions=choice.positions,
            dropout=choice.dropout,
        )
    return network.to(data.x.device)


@dataclass(frozen=True)
class Listener:
    """A trained network as a verifier; it needs no alignment with the claim.

    Args:
        network: (n, T, F) features and (n, T) mask -> vectors first.
        learned_from: speakers that it must not be tried with.
        token: of a network with two, the one that is listened to alone.
    """

    network: nn.Module
    learned_from: Tensor
    token: int | None = None

    def embed(self, data: Data, index: Tensor, phrase: int | None = None) -> Tensor:
        """(n,) utterances -> (n, E), whatever phrase is claimed."""
        inputs = data.x[index], data.mask[index]
        if self.token is None:
            vectors: Tensor = predict(self.network, *inputs)[0]
            return vectors
        network: Any = self.network
        parts: Tensor = predict(network, *inputs, call=network.parts)
        return parts[:, self.token]

    def alone(self, token: int) -> "Listener":
        """The same network, judged by one of its tokens: 0 class, 1 distillation.

        Raises:
            ValueError: the network has no such token.
        """
        count = len(getattr(self.network, "tokens", ()))
        if count < 2:
            raise ValueError(f"token: the network has {count}; one alone needs two")
        return replace(self, token=whole("token", token, least=0, most=count - 1))


@dataclass(frozen=True)
class Ensemble:
    """Several verifiers that average their cosines of single utterances.

    Args:
        members: each with vectors of its own size.
    """

    members: Sequence[System]

    def embed(self, data: Data, index: Tensor, phrase: int | None = None) -> Tensor:
        """(n,) utterances -> (n, E), vectors of length 1 side by side."""
        parts = [one.embed(data, index, phrase) for one in self.members]
        return torch.cat([normalize(part, dim=1) for part in parts], dim=1)
