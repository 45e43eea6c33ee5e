"""Sound in layers: two speakers, noise and music that come and go by themselves.

Frames have four yes-or-no labels instead of one class, and the layers are kept: what
a network says it listened to can be held against what was there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from support.arrays import real

# Private names there, and no second copies of them here.
from support.data.scenes import _decibels, _rows
from support.data.sources import SourcePools, generated_pools
from support.scalars import number, whole

__all__ = ["SOURCES", "SPLITS", "TASKS", "Layers", "layer_pools", "mix_layers"]

SOURCES = ("speech", "noise", "music")
TASKS = (*SOURCES, "overlap")
"""The first three tasks are the presence of the source of that name."""

# Of speaker 1, speaker 2, noise and music: probability to begin switched on, and mean
# frames on and off.  A frame is in speech, noise, music, overlap with probabilities
# of about .73, .43, .47, .19.
_BEGIN = (0.6, 0.3, 0.4, 0.4)
_ON = (80.0, 45.0, 90.0, 110.0)
_OFF = (50.0, 100.0, 110.0, 110.0)
_LEVELS = ((0.0, 0.0), (-5.0, 0.0), (-12.0, -2.0), (-10.0, 2.0))  # dB
_SHORTEST, _FLOOR = 5, 1e-3

SPLITS = ("train", "test", "front")
"""Pools that share no source: to learn the task, to be judged, for a front-end."""
_GENERATED = {"train": 12, "test": 8, "front": 12}
# Of each split: LibriSpeech's speakers, authors of music, folds of ESC-10.
_RECORDED = {"train": (40, 5, 2), "test": (40, 4, 2), "front": (40, 4, 1)}


@dataclass(frozen=True)
class Layers:
    """Mixtures, what they are mixed of, and what is on when.

    Args:
        waveforms: shape (B, N), float32.
        sources: shape (B, 3, N), the layers in the order of ``SOURCES``, as loud as in
            the mixture; their sum is the mixture but for a noise floor at -60 dB.
        labels: whether each of ``TASKS`` is on, shape (B, 4, T), bool.
        rate: sampling rate in hertz.
        hop: samples of a frame; T = N / hop.
    """

    waveforms: Tensor
    sources: Tensor
    labels: Tensor
    rate: int
    hop: int


def mix_layers(
    pools: SourcePools,
    count: int,
    seconds: float,
    generator: torch.Generator,
    *,
    hop: int = 160,
) -> Layers:
    """Mix two speakers, noise and music, each switched on and off by itself.

    Times on and off are exponential, at least 5 frames: means of 80 and 50 frames for
    the first speaker, 45 and 100 for the second, 90 and 110 for noise, 110 and 110 for
    music.  Levels in dB: the first speaker 0, the second -5 to 0, noise -12 to -2,
    music -10 to 2, the whole -6 to 6.  The second speaker is another source of the
    pool; levels change within a frame's length, without a click.

    Args:
        pools: sounds of unit power, at least ``seconds`` long, two of speech or more.
        count: number of mixtures B.
        seconds: length of one, cut to whole frames.
        generator: of everything random, on the pools' device.
        hop: samples of a frame; 160 at 8 kHz is 20 ms.

    Returns:
        The mixtures with their layers.

    Raises:
        ValueError: a size is out of range, a pool is empty, no matrix or not finite, a
            source is shorter than a mixture, or there is but one source of speech.

    >>> pools = generated_pools(2, 2.0, torch.Generator().manual_seed(0))
    >>> mix_layers(pools, 3, 2.0, torch.Generator().manual_seed(1)).labels.shape
    torch.Size([3, 4, 100])
    """
    count, hop = whole("count", count), whole("hop", hop)
    frames = int(number("seconds", seconds, above=0) * pools.rate) // hop
    if frames < 1:
        raise ValueError(f"seconds: got {seconds}; give at least a frame's length")
    samples = frames * hop
    for name in SOURCES:
        pool = real(f"pools.{name}", getattr(pools, name))
        if pool.ndim != 2 or not len(pool):
            raise ValueError(
                f"pools.{name}: got shape {tuple(pool.shape)}; give (sources, samples),"
                " one source or more"
            )
    shortest = min(pool.shape[1] for pool in pools[:3])
    if shortest < samples:
        raise ValueError(
            f"pools: a source of {shortest} samples is shorter than a mixture of "
            f"{samples}; make longer sources or shorter mixtures"
        )
    if len(pools.speech) < 2:
        raise ValueError("pools: one source of speech cannot overlap; give two or more")
    device = generator.device
    speakers = len(pools.speech)
    first, further, noise, music = (
        torch.randint(sources, (count,), generator=generator, device=device)
        for sources in (speakers, speakers - 1, len(pools.noise), len(pools.music))
    )
    second = (first + 1 + further) % speakers  # any but the first
    sounds = torch.stack(
        [
            _cut(pool, which, samples, generator)
            for pool, which in (
                (pools.speech, first),
                (pools.speech, second),
                (pools.noise, noise),
                (pools.music, music),
            )
        ],
        1,
    )  # (B, 4, N)
    on = torch.stack([_track(layer, count, frames, generator) for layer in range(4)], 1)
    level = torch.cat(
        [_decibels((count, 1), low, high, generator) for low, high in _LEVELS], 1
    )
    overall = _decibels((count, 1), -6.0, 6.0, generator)
    gains = (overall * level)[..., None] * on
    layers = sounds * functional.interpolate(gains, size=samples, mode="linear")
    sources = torch.stack([layers[:, :2].sum(1), layers[:, 2], layers[:, 3]], 1)
    floor = torch.randn(count, samples, generator=generator, device=device)
    speech = on[:, :2].sum(1)
    labels = torch.stack([speech > 0, on[:, 2] > 0, on[:, 3] > 0, speech > 1], 1)
    waveforms = sources.sum(1) + overall * _FLOOR * floor
    return Layers(waveforms, sources, labels, pools.rate, hop)


def layer_pools(
    dataset: str,
    split: str,
    seconds: float,
    streams: Callable[[str], torch.Generator],
) -> SourcePools:
    """Generated or recorded sounds to mix from, at 8 kHz; no split shares a source.

    ``embedded``: sources made of formulas, 12, 8 and 12 of a kind.  ``broadcast``:
    speakers of LibriSpeech, pieces of music of at least 4 s whose licence allows
    commercial use, and noises of ESC-10; the streams draw which speakers (40 a
    split), authors of music (5, 4 and 4: pieces of one author may be cut from one
    recording) and folds (2, 2 and 1) are in which split.  A short recording is
    repeated, a long one cut into pieces.

    Args:
        dataset: ``embedded`` or ``broadcast``.
        split: one of ``SPLITS``.
        seconds: length of a source, at least 0.5.
        streams: gives the fresh generator of a named stream, the same for all splits,
            such as ``partial(generator, seed)``.

    Returns:
        The three pools, unit power, float32, on the CPU.

    Raises:
        ValueError: the data set or the split is unknown, or a source is too short.
        DataError: a corpus is not to be had.

    >>> streams = lambda name: torch.Generator().manual_seed(len(name))
    >>> layer_pools("embedded", "test", 1.0, streams).speech.shape
    torch.Size([8, 8000])
    """
    if dataset not in ("embedded", "broadcast"):
        raise ValueError(f"dataset: got {dataset!r}; give 'embedded' or 'broadcast'")
    if split not in SPLITS:
        raise ValueError(f"split: got {split!r}; give one of {SPLITS}")
    seconds = number("seconds", seconds, least=0.5)
    if dataset == "embedded":
        drawn = streams(f"layers {split}")
        return generated_pools(_GENERATED[split], seconds, drawn)
    from support.data.audio import load_audio
    from support.data.manifests import commercial_use

    def chosen(names: Any, kind: int, stream: str) -> Any:
        """Whether each row's name is among those that the seed gives the split."""
        unique = names.drop_duplicates()
        order = torch.randperm(len(unique), generator=streams(stream))
        sizes = [_RECORDED[name][kind] for name in SPLITS]
        part = order[: sum(sizes)].split(sizes)[SPLITS.index(split)]
        return names.isin(unique.iloc[part.numpy()])

    def pieces(frame: Any) -> Any:
        long = (frame["label"] == "music") & (frame["duration_s"] >= 4)
        authors = frame["author"][long & commercial_use(frame)]
        kept = authors[chosen(authors, 1, "layers music")]
        return frame.index.isin(kept.index)

    selected = (
        ("librispeech", lambda frame: chosen(frame["speaker"], 0, "layers speech")),
        ("audio_excerpts", pieces),
        ("esc10", lambda frame: chosen(frame["fold"], 2, "layers noise")),
    )
    rate = 8000
    speech, music, noise = (
        _rows(load_audio(name, rate, select).waveforms, round(seconds * rate))
        for name, select in selected
    )
    return SourcePools(speech, music, noise, rate)


def _cut(
    pool: Tensor, which: Tensor, samples: int, generator: torch.Generator
) -> Tensor:
    """A stretch of each chosen source that begins at random, (B, N)."""
    start = torch.randint(
        pool.shape[1] - samples + 1,
        (len(which),),
        generator=generator,
        device=generator.device,
    )
    index = start[:, None] + torch.arange(samples, device=generator.device)
    return pool[which[:, None], index]  # only what is kept, and no whole rows


def _track(layer: int, count: int, frames: int, generator: torch.Generator) -> Tensor:
    """When a layer is on, (B, T), float 0 or 1."""
    device = generator.device
    most = frames // _SHORTEST + 1
    begin = torch.rand(count, 1, generator=generator, device=device) < _BEGIN[layer]
    turn = torch.arange(most, device=device) % 2
    on = begin ^ (turn == 1)  # (B, most): whether each stretch is one of sound
    mean = torch.where(on, _ON[layer], _OFF[layer])
    uniform = torch.rand(count, most, generator=generator, device=device)
    ends = (-mean * torch.log1p(-uniform)).clamp_min(_SHORTEST).round().cumsum(1)
    time = torch.arange(frames, device=device, dtype=ends.dtype)
    stretch = torch.searchsorted(ends, time.expand(count, -1).contiguous(), right=True)
    return on.gather(1, stretch.clamp_max(most - 1)).float()
