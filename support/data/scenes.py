"""A broadcast: speech throughout, and music in front, behind or not at all.

Three classes of a frame, as in the paper's task: *foreground* music, *background*
music under speech, *no* music.  What distinguishes the first two is level alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from support.data.sources import SourcePools

__all__ = ["CLASSES", "Scenes", "mix_scenes", "recorded_pools"]

CLASSES = ("foreground", "background", "none")
SHORTEST, MEAN = 0.3, 1.4  # seconds of a segment


@dataclass(frozen=True)
class Scenes:
    """Mixed sequences and what is in them.

    Args:
        waveforms: shape (B, N), float32.
        labels: class of each frame, an index of ``CLASSES``, shape (B, T), int64.
        rate: sampling rate in hertz.
        hop: samples of a frame; T = N / hop.
    """

    waveforms: Tensor
    labels: Tensor
    rate: int
    hop: int


def mix_scenes(
    pools: SourcePools,
    count: int,
    seconds: float,
    generator: torch.Generator,
    *,
    priors: Sequence[float] = (0.10, 0.30, 0.60),
    hop: int = 160,
) -> Scenes:
    """Mix sequences whose music comes and goes.

    Segments last at least .3 s, exponentially distributed with mean 1.4 s before
    that limit; each has one class.  Levels in dB: speech 0, in foreground music off
    or at -10; music -20 to -9 behind, -1 to +5 in front; noise -26 to -10; the whole
    -6 to +6.  A sequence has one speaker, one piece of music and one noise, cut at
    random from the pools; levels change within a frame's length, without a click.

    Args:
        pools: sounds of unit power, at least ``seconds`` long.
        count: number of sequences B.
        seconds: length of a sequence.
        generator: of everything random, on the pools' device.
        priors: of the classes in the order of ``CLASSES``, for a segment.
        hop: samples of a frame; 160 at 8 kHz is 20 ms.

    Returns:
        The sequences; seconds are cut to whole frames.

    Raises:
        ValueError: a size is out of range, the priors do not fit, or a source is
            shorter than a sequence.

    >>> from support.data.sources import generated_pools
    >>> pools = generated_pools(2, 2.0, torch.Generator().manual_seed(0))
    >>> mix_scenes(pools, 3, 2.0, torch.Generator().manual_seed(1)).labels.shape
    torch.Size([3, 100])
    """
    frames = int(seconds * pools.rate) // hop
    samples = frames * hop
    shortest = min(pool.shape[1] for pool in pools[:3])
    if count < 1 or frames < 1:
        raise ValueError(f"count, seconds: got {count}, {seconds}; give at least 1")
    if shortest < samples:
        raise ValueError(
            f"pools: a source of {shortest} samples is shorter than a sequence of "
            f"{samples}; make longer sources or shorter sequences"
        )
    shares = torch.as_tensor(priors, dtype=torch.float32, device=generator.device)
    if len(shares) != len(CLASSES) or bool((shares < 0).any()) or not shares.sum() > 0:
        raise ValueError(f"priors: got {list(priors)}; give three of at least 0")
    segment = _segments(count, frames, hop / pools.rate, generator)
    most = int(segment.max()) + 1
    drawn = shares.multinomial(count * most, replacement=True, generator=generator)
    by_segment = drawn.reshape(count, most)
    labels = by_segment.gather(1, segment)
    levels = _levels(by_segment, generator).gather(
        2, segment[:, None].expand(-1, 3, -1)
    )  # (B, 3, T)
    gains = functional.interpolate(levels, size=samples, mode="linear")
    crops = torch.stack([_crops(pool, count, samples, generator) for pool in pools[:3]])
    mixed = (crops.transpose(0, 1) * gains).sum(1)
    floor = torch.randn(mixed.shape, generator=generator, device=generator.device)
    overall = _decibels((count, 1), -6.0, 6.0, generator)
    return Scenes(overall * (mixed + 1e-3 * floor), labels, pools.rate, hop)


def recorded_pools(
    split: str,
    seconds: float,
    streams: Callable[[str], torch.Generator],
    *,
    rate: int = 8000,
) -> SourcePools:
    """Pools of real recordings: LibriSpeech, audio excerpts and ESC-10.

    The streams draw who and what is in which split, and nothing is shared by the two:
    40 of LibriSpeech's speakers against 40 others; pieces of music of at least 4 s,
    20 against 8; noises of three folds of ESC-10 against two.  A short recording is
    repeated, a long one cut into pieces.

    Args:
        split: ``"train"`` or ``"test"``.
        seconds: length of a source.
        streams: gives the fresh generator of a named stream; the same for both
            splits, such as ``partial(generator, seed)``.
        rate: sampling rate in hertz.

    Returns:
        The three pools, unit power, float32, on the CPU.

    Raises:
        ValueError: the split is unknown.
        DataError: a corpus is not to be had.

    >>> recorded_pools("test", 6.0, streams).speech.shape[1]  # doctest: +SKIP
    48000
    """
    if split not in ("train", "test"):
        raise ValueError(f"split: got {split!r}; give 'train' or 'test'")
    from support.data.audio import load_audio

    def drawn(names: Any, stream: str, train: int, test: int) -> Any:
        """Whether each row's name is among those that the seed gives the split."""
        unique = names.drop_duplicates()
        order = torch.randperm(len(unique), generator=streams(stream))
        part = order[:train] if split == "train" else order[train : train + test]
        return names.isin(unique.iloc[part.numpy()])

    def speakers(frame: Any) -> Any:
        return drawn(frame["speaker"], "recorded speech", 40, 40)

    def pieces(frame: Any) -> Any:
        good = frame[(frame["label"] == "music") & (frame["duration_s"] >= 4)]
        chosen = good["path"][drawn(good["path"], "recorded music", 20, 8)]
        return frame["path"].isin(chosen)

    def sounds(frame: Any) -> Any:
        return drawn(frame["fold"], "recorded noise", 3, 2)

    chosen = (
        ("librispeech", speakers),
        ("audio_excerpts", pieces),
        ("esc10", sounds),
    )
    length = round(seconds * rate)
    speech, music, noise = (
        _rows(load_audio(name, rate, select).waveforms, length)
        for name, select in chosen
    )
    return SourcePools(speech, music, noise, rate)


def _segments(
    count: int, frames: int, step: float, generator: torch.Generator
) -> Tensor:
    """Number of the segment that each frame belongs to, shape (B, T)."""
    most = int(frames * step / SHORTEST) + 2
    uniform = torch.rand(
        count, most, generator=generator, device=generator.device, dtype=torch.float64
    )
    durations = (-MEAN * torch.log1p(-uniform)).clamp_min(SHORTEST)
    ends = (durations.cumsum(1) / step).round()
    time = torch.arange(frames, device=generator.device, dtype=ends.dtype)
    return torch.searchsorted(ends, time.expand(count, -1).contiguous(), right=True)


def _levels(by_segment: Tensor, generator: torch.Generator) -> Tensor:
    """Amplitudes of speech, music and noise in each segment, (B, 3, K)."""
    shape = tuple(by_segment.shape)
    front, behind = by_segment == 0, by_segment == 1
    quiet = torch.rand(shape, generator=generator, device=generator.device) < 0.5
    speech = torch.where(front, torch.where(quiet, 0.0, 10 ** (-10 / 20)), 1.0)
    loud = _decibels(shape, -1.0, 5.0, generator)
    soft = _decibels(shape, -20.0, -9.0, generator)
    music = torch.where(front, loud, torch.where(behind, soft, 0.0))
    noise = _decibels((shape[0], 1), -26.0, -10.0, generator).expand(shape)
    return torch.stack([speech, music, noise], 1)


def _decibels(
    shape: tuple[int, ...], low: float, high: float, generator: torch.Generator
) -> Tensor:
    drawn = torch.rand(shape, generator=generator, device=generator.device)
    return 10 ** ((low + (high - low) * drawn) / 20)


def _crops(
    pool: Tensor, count: int, samples: int, generator: torch.Generator
) -> Tensor:
    place: dict[str, Any] = {"generator": generator, "device": generator.device}
    which = torch.randint(len(pool), (count,), **place)
    start = torch.randint(pool.shape[1] - samples + 1, (count,), **place)
    index = start[:, None] + torch.arange(samples, device=generator.device)
    return pool[which].gather(1, index)


def _rows(waveforms: Sequence[np.ndarray], length: int) -> Tensor:
    """Cut or repeat recordings to rows of one length and unit power."""
    rows = []
    for waveform in waveforms:
        whole = max(1, len(waveform) // length)
        rows.append(np.resize(waveform, (whole, length)))
    table = torch.from_numpy(np.concatenate(rows).astype(np.float32))
    power = table.square().mean(1, keepdim=True)
    heard = power[:, 0] > 1e-8  # a piece of silence cannot be scaled
    return table[heard] / power[heard].sqrt()
