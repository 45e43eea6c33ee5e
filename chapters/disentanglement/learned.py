"""Pictures or sounds with known factors, and an encoder that was told them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from support.data.audio import load_fsdd
from support.data.dependence import dependence_weights, draw_rows, spread
from support.data.grey_sprites import GREY_SPRITE_FACTORS, render_grey_sprites
from support.data.images import DSPRITES_FACTORS, load_dsprites
from support.data.lpc import LPC_FACTORS, load_lpc_sprites
from support.models.coders import mlp
from support.signal.mel import log_mel
from support.training import Recipe, generator, predict, seeded_init

__all__ = [
    "DATASETS",
    "REGRESSION",
    "FactorTask",
    "load_factor_task",
    "regress",
    "resample",
]

REGRESSION = Recipe(epochs=10, rate=2e-3, fused=False, schedule="cosine")
"""How an encoder is trained that is told the factors."""

DATASETS = {
    "embedded": ("pos_x", "pos_y"),
    "fsdd": ("digit", "speaker"),
    "lpc_sprites": ("shirt", "pants"),
    "dsprites": ("position_x", "position_y"),
}
"""Each data set and the two of its factors that are made to depend."""

_DSPRITES_STEPS = (1, 1, 4, 4, 4)  # keep every k-th level, 15,360 of the images


class FactorTask(NamedTuple):
    """Inputs with their factors, in two splits whose factors are crossed.

    Args:
        x_train, x_test: (N, C, H, W), uint8, or float32 in [0, 1].
        c_train, c_test: (N, n) int64 factors.
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


def load_factor_task(
    dataset: str, seed: int, *, count: int = 3000, side: int = 32
) -> FactorTask:
    """Draw or load inputs whose factors are independent.

    ``embedded`` renders grey sprites; ``fsdd`` takes 32 log-mel bands of a spoken
    digit, their mean and their deviation over time as 8 x 8 numbers, takes 25 to
    49 for training and 0 to 24 for test; ``lpc_sprites`` and ``dsprites`` cut
    their grids at random, four fifths for training.

    Args:
        dataset: one of `DATASETS`.
        seed: of what is drawn, and of the cut.
        count: embedded pictures of each split.
        side: of the sprites of ``lpc_sprites`` in pixels.

    Raises:
        ValueError: the data set is unknown.
        support.data.errors.DataError: the corpus is not to be had.

    >>> load_factor_task("embedded", 0, count=10).x_train.shape
    torch.Size([10, 1, 16, 16])
    """
    if dataset not in DATASETS:
        raise ValueError(f"dataset: got {dataset!r}; give one of {', '.join(DATASETS)}")
    if dataset == "embedded":
        return _sprites(seed, count)
    if dataset == "fsdd":
        return _spoken_digits()
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
    parts = (images[known], factors[known], images[new], factors[new])
    return _task(dataset, parts, sizes)


def resample(
    task: FactorTask, sigma: float, count: int, source: torch.Generator
) -> Tensor:
    """Draw test rows with replacement so that the task's pair depends.

    Args:
        task: whose test split is drawn from.
        sigma: width of the dependence, see `dependence_weights`.
        count: number of rows.
        source: on the CPU.

    Returns:
        (count,) row numbers.
    """
    places = spread(task.c_test, task.sizes)
    weights = dependence_weights(places, [task.pair], sigma)
    return draw_rows(weights, count, source)


def regress(
    task: FactorTask,
    recipe: Recipe = REGRESSION,
    *,
    seed: int,
    hidden: Sequence[int] = (256, 128),
    device: torch.device | str = "cpu",
) -> Tensor:
    r"""Train one scalar a factor, and encode the test split.

    The loss is $\frac1n\sum_i(z_i-c_i)^2$ with the factors at equal steps in
    $[0,1]$: the plainest encoder that is told what each component is for.

    Args:
        task: what is learned.
        recipe: how.
        seed: of the weights and the order of the batches.
        hidden: widths of the perceptron.
        device: where to train.

    Returns:
        (N, n) codes of the test split, float32, on the CPU.
    """
    features = task.x_train[0].numel()
    with seeded_init(seed, "regression"):
        net = mlp(features, hidden, len(task.sizes)).to(device)

    def step(x: Tensor, c: Tensor) -> Tensor:
        return nn.functional.mse_loss(net(_floats(x)), c)

    recipe.fit(
        step,
        net,
        (task.x_train, spread(task.c_train, task.sizes)),
        generator=generator(seed, "regression batches"),
        label="with targets",
    )
    return predict(net, task.x_test, call=lambda x: net(_floats(x))).cpu()


def _sprites(seed: int, count: int) -> FactorTask:
    sizes = dict(GREY_SPRITE_FACTORS)
    source = generator(seed, "grey sprites")
    columns = [
        torch.randint(size, (2 * count,), generator=source) for size in sizes.values()
    ]
    factors = torch.stack(columns, dim=1)
    images = render_grey_sprites(factors, source)
    parts = (images[:count], factors[:count], images[count:], factors[count:])
    return _task("embedded", parts, sizes)


def _spoken_digits() -> FactorTask:
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
    return _task("fsdd", parts, {"digit": 10, "speaker": len(speakers)})


def _task(dataset: str, parts: tuple[Tensor, ...], sizes: dict[str, int]) -> FactorTask:
    names = tuple(sizes)
    one, other = (names.index(name) for name in DATASETS[dataset])
    return FactorTask(*parts, names, tuple(sizes.values()), (one, other))


def _floats(x: Tensor) -> Tensor:
    return x.float() / 255 if x.dtype == torch.uint8 else x
