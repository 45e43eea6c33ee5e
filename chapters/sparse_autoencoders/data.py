"""Clips with a class and vocal attributes: sung vowels made here, spoken digits."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from chapters.sparse_autoencoders import attributes
from support.data import singing
from support.data.audio import load_fsdd
from support.signal.mel import log_mel
from support.signal.stft import power_spectrogram
from support.training import generator

__all__ = ["SIZES", "Clips", "Data", "load"]

#: Clips for training and for testing, by profile.
SIZES = {
    "embedded": {"quick": (800, 400), "full": (8000, 2000)},
    "fsdd": {"quick": (1800, 600), "full": (2400, 600)},
}
_WIN, _HOP, _LOWEST, _BINS, _FLOOR = 512, 160, 2, 96, 1e-2
_MEL, _MEL_WIN, _FRAMES, _MEL_FLOOR = 40, 256, 38, 1e-5
_TAKES = 50  # of each digit by each speaker


@dataclass(frozen=True)
class Clips:
    """One part of the data.

    Attributes:
        x: (n, T, bins) float32 log spectra, each bin standardised.
        y: (n,) int64 classes: techniques, or digits.
        attributes: (n, A) float32 vocal attributes.
        waves: (n, samples) float32.
        speaker: (n,) int64 of recorded clips; None of made ones.
    """

    x: Tensor
    y: Tensor
    attributes: Tensor
    waves: Tensor
    speaker: Tensor | None = None

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Data:
    """Clips in two parts.

    Attributes:
        train, test: clips.
        names: of the classes.
        attributes: name to unit, as the columns of the clips.
        rate: samples a second.
    """

    train: Clips
    test: Clips
    names: tuple[str, ...]
    attributes: dict[str, str]
    rate: int = singing.RATE


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Make or read clips, and split them by the seed.

    Args:
        dataset: ``embedded`` (sung vowels, made here) or ``fsdd`` (spoken digits, six
            speakers; the seed draws which takes are for the test).
        profile: ``quick`` or ``full``; numbers of clips depend on it.
        seed: of what is made, or of the split.
        device: where the tensors go.

    Raises:
        ValueError: an unknown data set or profile.
        DataError: the recordings are not to be had.
    """
    for name, given, known in (
        ("dataset", dataset, list(SIZES)),
        ("profile", profile, ["quick", "full"]),
    ):
        if given not in known:
            raise ValueError(f"{name}: got {given!r}; give one of {known}")
    sizes = SIZES[dataset][profile]
    return (_sung if dataset == "embedded" else _spoken)(sizes, seed, device)


def _sung(sizes: tuple[int, int], seed: int, device: torch.device | str) -> Data:
    count = sum(sizes)
    source = generator(seed, "clips")
    y = torch.randint(len(singing.TECHNIQUES), (count,), generator=source)
    waves, known = singing.sing(y, source)
    power = power_spectrogram(waves, win=_WIN, hop=_HOP, padding="none")
    bins = power[:, _LOWEST : _LOWEST + _BINS].clamp(min=_FLOOR).log().mT
    parts = _split(sizes[0], bins, y, known, waves, device=device)
    return Data(*parts, singing.TECHNIQUES, singing.ATTRIBUTES)


def _spoken(sizes: tuple[int, int], seed: int, device: torch.device | str) -> Data:
    corpus = load_fsdd()
    # the takes in a random order: those of the test are of no clip that is learnt from
    order = torch.randperm(_TAKES, generator=generator(seed, "split")).numpy()
    place = order.argsort()[corpus.manifest["take"].to_numpy()]
    rows = np.argsort(place, kind="stable")
    rows = np.concatenate([rows[: sizes[0]], rows[len(rows) - sizes[1] :]])
    samples = (_FRAMES - 1) * _HOP + _MEL_WIN
    waves = torch.zeros(len(rows), samples)
    for row, clip in enumerate(rows):
        wave = torch.from_numpy(corpus.waveforms[clip][:samples])
        waves[row, : len(wave)] = wave
    lengths = torch.tensor([min(len(corpus.waveforms[c]), samples) for c in rows])
    known = attributes.measure(waves, lengths, singing.RATE)
    bands = log_mel(
        waves, rate=singing.RATE, bands=_MEL, win=_MEL_WIN, hop=_HOP, fft=2 * _MEL_WIN,
        padding="none", floor=_MEL_FLOOR,
    ).mT  # fmt: skip
    y = torch.from_numpy(corpus.manifest["digit"].to_numpy()[rows]).long()
    who = np.unique(corpus.manifest["speaker"].to_numpy()[rows], return_inverse=True)[1]
    speaker = torch.from_numpy(who).long()
    parts = _split(sizes[0], bands, y, known, waves, speaker, device=device)
    return Data(*parts, tuple(map(str, range(10))), attributes.ATTRIBUTES)


def _split(
    count: int, x: Tensor, *others: Tensor, device: torch.device | str
) -> tuple[Clips, Clips]:
    """Clips for training and for the test; bins as the training sees them."""
    mean, deviation = x[:count].mean((0, 1)), x[:count].std((0, 1))
    everything = [(x - mean) / deviation.clamp(min=1e-3), *others]
    train = Clips(*(part[:count].to(device) for part in everything))
    test = Clips(*(part[count:].to(device) for part in everything))
    return train, test
