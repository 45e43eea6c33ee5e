"""What the chapter works on: mixtures to segment, and factors that nobody labelled."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from chapters.nmf_segmentation.probing import (
    FACTORS,
    KNOWN,
    Factor,
    events,
    order,
    recordings,
    voices,
)
from support.data.layers import TASKS
from support.segmentation.experiment import Prepared, log_spectrogram, prepare

__all__ = ["Data", "load"]


@dataclass(frozen=True)
class Data:
    """Mixtures with their labels and a dictionary, and the probing sets.

    Attributes:
        prepared: mixtures, spectrograms, dictionary and sizes.
        factors: by name, in the order gender, phone, event, order.
        known: the phones in phrases that the probe has learned from.
    """

    prepared: Prepared
    factors: Mapping[str, Factor]
    known: Factor

    @property
    def x_train(self) -> Tensor:
        """(B, F, T) spectrograms to learn from."""
        return self.prepared.train.x

    @property
    def x_test(self) -> Tensor:
        """(B, F, T) spectrograms to be judged on."""
        return self.prepared.test.x

    @property
    def y_train(self) -> Tensor:
        """(B, C, T) float labels, 0 or 1."""
        return self.prepared.train.labels.float()

    @property
    def y_test(self) -> Tensor:
        """(B, C, T) float labels, 0 or 1."""
        return self.prepared.test.labels.float()

    @property
    def dictionary(self) -> Tensor:
        """(F, K) spectra of length 1, low ones first."""
        return self.prepared.W

    @property
    def tasks(self) -> tuple[str, ...]:
        """Names of the C labels."""
        return TASKS

    @property
    def rate(self) -> int:
        """Samples a second."""
        return self.prepared.test.layers.rate


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Mix sounds, learn a dictionary, and make the probing sets.

    Args:
        dataset: ``embedded`` (sounds made by formulas) or ``broadcast`` (LibriSpeech,
            music excerpts, ESC-10).  Phones are those of made voices in both.
        profile: ``quick`` or ``full``; sizes of mixtures, network and dictionary.
        seed: of everything that is made, drawn and split.
        device: where the tensors go.

    Raises:
        ValueError: an unknown data set or profile.
        DataError: a corpus is not to be had.
    """
    prepared = prepare(dataset, profile, seed, device, splits=("train", "test"))
    made = voices(log_spectrogram, seed)
    if dataset == "embedded":
        made["event"] = events(log_spectrogram, seed)
    else:
        made |= recordings(log_spectrogram, seed)
    made["order"] = order(log_spectrogram, dataset, seed)
    return Data(
        prepared,
        {name: made[name].to(device) for name in FACTORS},
        made[KNOWN].to(device),
    )
