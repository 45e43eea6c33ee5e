"""The chapter's data: mixtures, a dictionary, and a front-end that nobody can read."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import real
from support.segmentation.experiment import Prepared, Setting, prepare
from support.segmentation.systems import FrontEnd, features_of, train_front_end

__all__ = ["INPUTS", "Data", "Parts", "load", "shaped"]

INPUTS = ("front-end", "spectrogram")
"""What a network may hear; WavLM's place and the paper's second input."""


def shaped(name: str, values: Tensor, *sizes: int | None) -> Tensor:
    """Finite numbers of a shape.

    Args:
        name: of the argument, for the message.
        values: the numbers.
        sizes: of the axes; None for any but 0.

    Raises:
        ValueError: another shape, or a number that is not finite.

    >>> shaped("x", torch.zeros(2, 3), None, 3).shape
    torch.Size([2, 3])
    """
    values = real(name, values)
    pairs = zip(values.shape, sizes, strict=False)
    if values.ndim != len(sizes) or not all(
        found > 0 if size is None else found == size for found, size in pairs
    ):
        wanted = ", ".join("n" if size is None else str(size) for size in sizes)
        raise ValueError(
            f"{name}: got shape {tuple(values.shape)}; give ({wanted}), any n above 0"
        )
    return values


class Parts(NamedTuple):
    """The same thing for the mixtures to learn from and those to be judged on."""

    train: Tensor
    test: Tensor


@dataclass(frozen=True)
class Data:
    """Mixtures of speech, noise and music, and what the networks hear of them.

    Args:
        dataset: its name.
        profile: ``quick`` or ``full``.
        prepared: mixtures with sources, spectrograms, labels and the dictionary.
        front_end: maps spectrograms to features (B, D, T); frozen, and trained on a
            pool of sources of its own, without any label.
        features: (B, D, T) of it.
        answers: (B, 4, T) the teacher's logits on the training mixtures; None until
            there is a teacher, see `taught`.
    """

    dataset: str
    profile: str
    prepared: Prepared
    front_end: FrontEnd
    features: Parts
    answers: Tensor | None = None

    @property
    def x(self) -> Parts:
        """(B, F, T) spectrograms."""
        return Parts(self.prepared.train.x, self.prepared.test.x)

    @property
    def labels(self) -> Parts:
        """(B, 4, T) bool."""
        return Parts(self.prepared.train.labels, self.prepared.test.labels)

    def heard(self, what: str) -> Parts:
        """(B, D, T) one of `INPUTS`."""
        if what not in INPUTS:
            raise ValueError(f"what: got {what!r}; give one of {INPUTS}")
        return self.features if what == "front-end" else self.x

    def taught(self, answers: Tensor) -> "Data":
        """The same mixtures with the teacher's logits on those to learn from."""
        answers = shaped("answers", answers, *self.labels.train.shape)
        return replace(self, answers=answers)


def load(
    dataset: str,
    profile: str,
    seed: int,
    device: torch.device | str = "cpu",
    *,
    setting: Setting | None = None,
) -> Data:
    """Mix, learn the dictionary, and train the front-end on its own pool.

    Args:
        dataset: ``embedded`` for sources made of formulas, ``broadcast`` for recorded
            ones, of which the seed draws speakers, pieces and noises.
        profile: ``quick`` or ``full``.
        seed: of the run.
        device: where everything is put.
        setting: in place of the profile's.

    Raises:
        ValueError: the data set or the profile is unknown.
    """
    prepared = prepare(dataset, profile, seed, device, setting=setting)
    front_end = train_front_end(prepared, seed=seed)
    train, test = (
        features_of(front_end, part.x) for part in (prepared.train, prepared.test)
    )
    return Data(dataset, profile, prepared, front_end, Parts(train, test))
