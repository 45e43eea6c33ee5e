r"""Mixtures, their spectrograms and a dictionary: what every segmenter is given.

Spectrograms are $X=\log(1+10|S|)$: 129 frequencies up to 4 kHz, frames of 20 ms.
Nothing here looks at a test mixture before it is scored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import partial

import torch
from torch import Tensor

from support.arrays import real
from support.data.layers import SPLITS, Layers, layer_pools, mix_layers
from support.models.nmf import sparse_nmf
from support.scalars import whole
from support.signal.stft import istft, power_spectrogram, stft
from support.training import generator

__all__ = [
    "DATASETS",
    "SETTINGS",
    "Prepared",
    "Setting",
    "Split",
    "log_spectrogram",
    "prepare",
    "to_sound",
]

DATASETS = ("embedded", "broadcast")
SECONDS, SOURCE_SECONDS = 4.0, 6.0
WINDOW, HOP, GAIN = 256, 160, 10.0


@dataclass(frozen=True)
class Setting:
    """Sizes that a profile decides.

    Args:
        train: mixtures of 4 s to learn from, and as many for a front-end.
        test: mixtures to be judged on.
        components: K, patterns of the dictionary.
        frames: drawn at random, from which the dictionary is learned.
        channels: width of the networks between their blocks.
        hidden: width inside a block.
        repeats: of a network's stack of blocks.
        updates: of every network.

    Raises:
        ValueError: one is no integer of at least 1.
    """

    train: int = 120
    test: int = 40
    components: int = 32
    frames: int = 4000
    channels: int = 32
    hidden: int = 64
    repeats: int = 1
    updates: int = 210

    def __post_init__(self) -> None:
        for field in fields(self):
            whole(field.name, getattr(self, field.name))


SETTINGS = {
    "quick": Setting(),
    "full": Setting(4000, 400, 256, 40_000, 64, 128, 5, 20_000),
}
"""Full is the paper's network; its corpora are closed, its WavLM is not in it."""


@dataclass(frozen=True)
class Split:
    """Mixtures, and their spectrograms.

    Args:
        layers: waveforms, sources and labels.
        x: (B, F, T) spectrograms of the mixtures.
    """

    layers: Layers
    x: Tensor

    @property
    def labels(self) -> Tensor:
        """(B, 4, T) bool, whether each of `support.data.layers.TASKS` is on."""
        return self.layers.labels


@dataclass(frozen=True)
class Prepared:
    """One corpus made ready, see `prepare`.

    Args:
        setting: sizes.
        train: to learn the task from.
        test: to be judged on.
        front: to learn a front-end from; None where nobody asked for it.
        W: (F, K) dictionary of the training frames; columns of length 1, low first.
    """

    setting: Setting
    train: Split
    test: Split
    front: Split | None
    W: Tensor


def log_spectrogram(waveforms: Tensor) -> Tensor:
    r"""$X=\log(1+10|S|)$ of sounds at 8 kHz.

    Args:
        waveforms: (..., N).

    Returns:
        (..., 129, ⌈N / 160⌉), at least 0.

    Raises:
        ValueError: as `support.signal.stft.stft`.

    >>> log_spectrogram(torch.zeros(2, 1600)).shape
    torch.Size([2, 129, 10])
    """
    magnitude = power_spectrogram(waveforms, win=WINDOW, hop=HOP, power=1.0)
    return torch.log1p(GAIN * magnitude)


def to_sound(maps: Tensor, waveform: Tensor) -> Tensor:
    """Make a part of a spectrogram heard, with the phase of its mixture.

    Args:
        maps: (..., F, T) parts of the mixture's log spectrogram, at least 0.
        waveform: (N,) the mixture.

    Returns:
        (..., N).

    Raises:
        ValueError: the maps have another shape than the mixture's spectrogram, or are
            negative or not finite.

    >>> sound = torch.randn(1600)
    >>> torch.allclose(to_sound(log_spectrogram(sound), sound), sound, atol=1e-4)
    True
    """
    spectrum = stft(waveform, win=WINDOW, hop=HOP)
    maps = real("maps", maps, like=spectrum)
    if maps.shape[-2:] != spectrum.shape:
        raise ValueError(
            f"maps: got shape {tuple(maps.shape)}; the mixture's is "
            f"(..., {spectrum.shape[0]}, {spectrum.shape[1]})"
        )
    if maps.numel() and float(maps.min()) < 0:
        raise ValueError(f"maps: got {float(maps.min()):g}; give parts of at least 0")
    magnitude = torch.expm1(maps) / GAIN
    turned = magnitude * torch.exp(1j * spectrum.angle())
    return istft(turned, win=WINDOW, hop=HOP, samples=len(waveform))


def prepare(
    dataset: str,
    profile: str,
    seed: int,
    device: torch.device | str = "cpu",
    *,
    splits: Sequence[str] = SPLITS,
    setting: Setting | None = None,
) -> Prepared:
    """Mix, transform, and learn the dictionary.

    Args:
        dataset: one of ``DATASETS``; the seed makes new sources of the first and
            draws speakers, pieces and noises anew of the second.
        profile: ``quick`` or ``full``.
        seed: of the run; streams of it make each split and the dictionary.
        device: where everything is put.
        splits: leave ``front`` out where no front-end is trained.
        setting: in place of the profile's.

    Raises:
        ValueError: the data set, the profile or a split is unknown.
    """
    if dataset not in DATASETS or profile not in tuple(SETTINGS):
        raise ValueError(
            f"dataset {dataset!r}, profile {profile!r}: give one of {DATASETS} and "
            f"one of {tuple(SETTINGS)}"
        )
    if not {"train", "test"} <= set(splits) <= set(SPLITS):
        raise ValueError(
            f"splits: got {tuple(splits)}; give 'train' and 'test', and 'front' or not"
        )
    setting = setting or SETTINGS[profile]
    made = {
        split: _split(
            dataset,
            split,
            setting.test if split == "test" else setting.train,
            seed,
            device,
        )
        for split in splits
    }
    frames = made["train"].x.transpose(0, 1).flatten(1)
    chosen = torch.randperm(
        frames.shape[1], generator=generator(seed, "dictionary frames")
    )[: setting.frames]
    frames = frames[:, chosen.to(frames.device)]
    draw = generator(seed, "dictionary")
    W = sparse_nmf(frames, setting.components, generator=draw).W
    place = torch.arange(len(W), device=W.device, dtype=W.dtype)
    low_first = ((place @ W) / W.sum(0).clamp_min(1e-12)).argsort()
    return Prepared(
        setting, made["train"], made["test"], made.get("front"), W[:, low_first]
    )


def _split(
    dataset: str, split: str, count: int, seed: int, device: torch.device | str
) -> Split:
    pools = layer_pools(dataset, split, SOURCE_SECONDS, partial(generator, seed))
    layers = mix_layers(pools, count, SECONDS, generator(seed, f"mix {split}"), hop=HOP)
    layers = replace(
        layers,
        waveforms=layers.waveforms.to(device),
        sources=layers.sources.to(device),
        labels=layers.labels.to(device),
    )
    return Split(layers, log_spectrogram(layers.waveforms))
