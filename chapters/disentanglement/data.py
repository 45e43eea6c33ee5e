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
    "quick": {"count": 3000, "side": 32},
    "full": {"count": 20_000, "side": 64},
}
"""Embedded pictures of each split, and pixels of a side of ``lpc_sprites``."""

DATASETS = {
    "embedded": ("pos_x", "pos_y"),
    "fsdd": ("digit", "speaker"),
    "lpc_sprites": ("shirt", "pants"),
    "dsprites": ("position_x", "position_y"),
}
"""Each data set and the two of its factors that are made to depend."""

Drawn = tuple[tuple[Tensor, Tensor, Tensor, Tensor], dict[str, int]]
"""Inputs and factors of both splits, and the sizes of the factors by name."""
_DSPRITES_STEPS = (1, 1, 4, 4, 4)  # keep every k-th level, 15,360 of the images


@dataclass(frozen=True)
class Data:
    """Inputs with their factors, in two splits whose factors are crossed.

    Args:
        x_train, x_test: (N, C, H, W), uint8, or float32 in [0, 1].
        c_train, c_test: (N, n) int64 factors, on the CPU, where scores count.
        names: of the factors.
        sizes: number of values of each.
        pair: columns of the two factors that are made to depend.
    """

    x_train: Tensor
    c_train: Tensor
    x_test: Tensor
    c_test: Tensor
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    pair: tuple[int, int]


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Draw or load inputs whose factors are independent.

    ``embedded`` renders grey sprites; ``fsdd`` takes 32 log-mel bands of a spoken
    digit, their mean and their deviation over time as 8 x 8 numbers, takes 25 to
    49 for training and 0 to 24 for test; ``lpc_sprites`` and ``dsprites`` cut
    their grids at random, four fifths for training.

    Args:
        dataset: one of `DATASETS`.
        profile: ``quick`` or ``full``, see `SIZES`.
        seed: of the run; its stream "data" draws what is drawn, and the cut.
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
        parts, sizes = _spoken_digits()
    else:
        parts, sizes = _cut_grid(dataset, drawn, size["side"])
    names = tuple(sizes)
    one, other = (names.index(name) for name in DATASETS[dataset])
    x_train, c_train, x_test, c_test = parts
    return Data(
        x_train.to(device),
        c_train,
        x_test.to(device),
        c_test,
        names,
        tuple(sizes.values()),
        (one, other),
    )


def resample(data: Data, sigma: float, count: int, source: torch.Generator) -> Tensor:
    """Draw test rows with replacement so that the data's pair depends.

    Args:
        data: whose test split is drawn from.
        sigma: width of the dependence, see `dependence_weights`.
        count: number of rows.
        source: on the CPU.

    Returns:
        (count,) row numbers.
    """
    places = spread(data.c_test, data.sizes)
    weights = dependence_weights(places, [data.pair], sigma)
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


def _spoken_digits() -> Drawn:
    corpus = load_fsdd()
    frame = corpus.manifest
    features = []
    for waveform in corpus.waveforms:
        mel = log_mel(torch.from_numpy(waveform), rate=corpus.sampling_rate, bands=32)
        features.append(torch.cat([mel.mean(-1), mel.std(-1)]))
    x = torch.stack(features)
    speakers = sorted(frame["speaker"].unique())
    codes = [frame["digit"], frame["speaker"].map(speakers.index)]
    factors = torch.tensor(np.stack(codes, axis=1).astype(np.int64))
    known = torch.tensor((frame["take"] >= 25).tolist())
    low, high = x[known].amin(0), x[known].amax(0)
    x = ((x - low) / (high - low)).clamp(0, 1).reshape(-1, 1, 8, 8)
    parts = (x[known], factors[known], x[~known], factors[~known])
    return parts, {"digit": 10, "speaker": len(speakers)}


def _cut_grid(dataset: str, seed: int, side: int) -> Drawn:
    if dataset == "lpc_sprites":
        sprites = load_lpc_sprites(resolution=side)
        images = torch.from_numpy(sprites.images).permute(0, 3, 1, 2).contiguous()
        factors, sizes = torch.from_numpy(sprites.factors), dict(LPC_FACTORS)
    else:
        grid = np.indices(tuple(DSPRITES_FACTORS.values())).reshape(5, -1).T
        steps = np.array(_DSPRITES_STEPS)
        rows = np.flatnonzero((grid % steps == 0).all(1))
        images = torch.from_numpy(load_dsprites(rows).images).float()[:, None]
        factors = torch.from_numpy(grid[rows] // steps)
        sizes = {
            name: -(-size // step)
            for (name, size), step in zip(
                DSPRITES_FACTORS.items(), _DSPRITES_STEPS, strict=True
            )
        }
    order = torch.randperm(len(images), generator=generator(seed, "cut"))
    known, new = order[: 4 * len(order) // 5], order[4 * len(order) // 5 :]
    return (images[known], factors[known], images[new], factors[new]), sizes
