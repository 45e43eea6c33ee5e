"""The chapter's data: pictures or sounds with known factors, in two splits."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from support.data.audio import load_fsdd
from support.data.dependence import dependence_weights, draw_rows, spread
from support.data.grey_sprites import GREY_SPRITE_FACTORS, render_grey_sprites
from support.data.images import DSPRITES_FACTORS, load_dsprites
from support.data.lpc import LPC_FACTORS, load_lpc_sprites
from support.signal.mel import log_mel
from support.training import generator, stream_seed

__all__ = ["DATASETS", "SIZES", "Data", "load", "resample"]

SIZES = {
    "quick": {"count": 3000, "side": 16},
    "full": {"count": 20_000, "side": 64},
}
"""Pictures of each split at most, and pixels of a side of ``lpc_sprites``."""

DATASETS = {
    "embedded": ("pos_x", "pos_y", "scale"),
    "fsdd": ("digit", "speaker"),
    "lpc_sprites": ("skin", "hair_color", "shirt"),
    "dsprites": ("position_x", "position_y", "scale"),
}
"""Each data set and the factors that are asked for; the first two can be made to
depend, and what else shapes the inputs is nuisance."""

Drawn = tuple[tuple[Tensor, Tensor, Tensor, Tensor], dict[str, int]]
"""Inputs and factors of both splits, and the sizes of the factors by name."""
_DSPRITES_STEPS = (1, 1, 4, 4, 4)  # keep every k-th level, 15,360 of the images


@dataclass(frozen=True)
class Data:
    """Inputs with their factors, in two splits whose factors are crossed.

    Args:
        x_train, x_test: (N, C, H, W), uint8, or float32 in [0, 1].
        c_train, c_test: (N, n) int64 factors, on the CPU, where scores count.
        names: of the factors; the first two can be made to depend.
        sizes: number of values of each.
    """

    x_train: Tensor
    c_train: Tensor
    x_test: Tensor
    c_test: Tensor
    names: tuple[str, ...]
    sizes: tuple[int, ...]


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Draw or load inputs whose factors are independent.

    ``embedded`` renders grey sprites; ``fsdd`` takes 32 log-mel bands of a spoken
    digit, their mean and their deviation over time as 8 x 8 numbers, half of the
    recordings of each digit and speaker for training; ``lpc_sprites`` and
    ``dsprites`` cut their grids at random, four fifths for training, and draw at
    most the count of `SIZES` from either part.

    Args:
        dataset: one of `DATASETS`.
        profile: ``quick`` or ``full``, see `SIZES`.
        seed: of the run; its stream "data" draws pictures and the split.
        device: where the inputs are put.

    Raises:
        ValueError: the data set or the profile is unknown.
        support.data.errors.DataError: the corpus is not to be had.

    >>> load("embedded", "quick", 0).x_train.shape
    torch.Size([3000, 1, 16, 16])
    """
    if dataset not in DATASETS:
        raise ValueError(f"dataset: got {dataset!r}; give one of {', '.join(DATASETS)}")
    if profile not in SIZES:
        raise ValueError(f"profile: got {profile!r}; give {' or '.join(SIZES)}")
    size, drawn = SIZES[profile], stream_seed(seed, "data")
    if dataset == "embedded":
        parts, sizes = _sprites(drawn, size["count"])
    elif dataset == "fsdd":
        parts, sizes = _spoken_digits(drawn)
    else:
        parts, sizes = _cut_grid(dataset, drawn, **size)
    names = DATASETS[dataset]
    columns = [list(sizes).index(name) for name in names]
    x_train, c_train, x_test, c_test = parts
    return Data(
        x_train.to(device),
        c_train[:, columns],
        x_test.to(device),
        c_test[:, columns],
        names,
        tuple(sizes[name] for name in names),
    )


def resample(data: Data, sigma: float, count: int, source: torch.Generator) -> Tensor:
    """Draw test rows with replacement so that the first two factors depend.

    Args:
        data: whose test split is drawn from.
        sigma: width of the dependence, see `dependence_weights`.
        count: number of rows.
        source: on the CPU.

    Returns:
        (count,) row numbers.
    """
    places = spread(data.c_test, data.sizes)
    weights = dependence_weights(places, [(0, 1)], sigma)
    return draw_rows(weights, count, source)


def _sprites(seed: int, count: int) -> Drawn:
    sizes = dict(GREY_SPRITE_FACTORS)
    source = generator(seed, "grey sprites")
    columns = [
        torch.randint(size, (2 * count,), generator=source) for size in sizes.values()
    ]
    factors = torch.stack(columns, dim=1)
    images = render_grey_sprites(factors, source)
    parts = (images[:count], factors[:count], images[count:], factors[count:])
    return parts, sizes


def _spoken_digits(seed: int) -> Drawn:
    corpus = load_fsdd()
    frame = corpus.manifest
    features = []
    for waveform in corpus.waveforms:
        mel = log_mel(torch.from_numpy(waveform), rate=corpus.sampling_rate, bands=32)
        features.append(torch.cat([mel.mean(-1), mel.std(-1)]))
    x = torch.stack(features)
    speakers = sorted(frame["speaker"].unique())
    codes = [frame["digit"], frame["speaker"].map(speakers.index), frame["take"]]
    digit, speaker, take = torch.tensor(np.stack(codes).astype(np.int64))
    # The 50 takes of each digit and speaker in a random order, half for training.
    drawn = torch.rand(10, len(speakers), 50, generator=generator(seed, "takes"))
    known = drawn.argsort(-1)[digit, speaker, take] < 25
    low, high = x[known].amin(0), x[known].amax(0)
    x = ((x - low) / (high - low)).clamp(0, 1).reshape(-1, 1, 8, 8)
    factors = torch.stack([digit, speaker], dim=1)
    parts = (x[known], factors[known], x[~known], factors[~known])
    return parts, {"digit": 10, "speaker": len(speakers)}


def _cut_grid(dataset: str, seed: int, count: int, side: int) -> Drawn:
    steps = np.array(_DSPRITES_STEPS if dataset == "dsprites" else (1,) * 7)
    levels = DSPRITES_FACTORS if dataset == "dsprites" else LPC_FACTORS
    grid = np.indices(tuple(levels.values())).reshape(len(levels), -1).T
    rows = np.flatnonzero((grid % steps == 0).all(1))
    order = torch.randperm(len(rows), generator=generator(seed, "cut"))
    cut = 4 * len(order) // 5
    drawn = rows[torch.cat([order[:cut][:count], order[cut:][:count]]).numpy()]
    if dataset == "lpc_sprites":
        sprites = load_lpc_sprites(drawn, resolution=side)
        images = torch.from_numpy(sprites.images).permute(0, 3, 1, 2).contiguous()
    else:
        images = torch.from_numpy(load_dsprites(drawn).images).float()[:, None]
    factors = torch.from_numpy(grid[drawn] // steps)
    sizes = [
        -(-size // step) for size, step in zip(levels.values(), steps, strict=True)
    ]
    known = min(cut, count)
    parts = (images[:known], factors[:known], images[known:], factors[known:])
    return parts, dict(zip(levels, sizes, strict=True))
