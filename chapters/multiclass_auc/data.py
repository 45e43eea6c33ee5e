"""The chapter's data: a broadcast, mixtures with wrong labels, digits with a tail."""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn.functional import one_hot

from support.data.corruption import redraw_labels, redraw_segments
from support.data.mixtures import draw_labels, draw_mixtures
from support.data.scenes import CLASSES, Scenes, mix_scenes, recorded_pools
from support.data.sources import generated_pools
from support.signal.mel import log_mel
from support.training import generator

__all__ = ["MIXTURES", "Data", "Task", "hold_out", "load", "long_tail", "mixture"]

MIXTURES = {
    "A": ((0.70, 0.25, 0.05), 0.0),
    "B": ((1.0, 1.0, 1.0), 0.3),
    "B'": ((0.70, 0.20, 0.10), 0.3),
}
"""Small tasks: shares of the classes, and the share of labels drawn anew."""

SECONDS, RATE_OF_ERRORS = 4.0, 0.3
BANDS = {"quick": 32, "full": 64}


class Task(NamedTuple):
    """Inputs and labels to learn from, and clean ones to be judged on."""

    x: Tensor
    y: Tensor
    x_test: Tensor
    y_test: Tensor


@dataclass(frozen=True)
class Data:
    """The broadcast: sequences of log-mel features with a class for each frame.

    Args:
        scenes: the test sequences as sounds.
        mel: their log-mel values (B, M, T), not standardised.
        clean: standardised features (B, M, T) with labels (B, T) to learn from, and
            features with flat labels (B T,) to be judged on.
        spoilt: the same, with the labels of whole segments drawn anew.
        classes: names of the classes.
    """

    scenes: Scenes
    mel: Tensor
    clean: Task
    spoilt: Task
    classes: tuple[str, ...] = tuple(CLASSES)


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Mix the broadcast from generated or recorded speech, music and noise.

    Args:
        dataset: ``embedded`` for sources made of formulas, ``broadcast`` for
            recordings, of which the seed draws speakers, pieces and noises;
            training and test share no source.
        profile: ``quick`` or ``full``; decides counts and mel bands.
        seed: of the run; one stream a split, and one for the wrong labels.
        device: where features and labels are put.

    Raises:
        ValueError: the profile or the data set is unknown.
    """
    if profile not in BANDS or dataset not in ("embedded", "broadcast"):
        raise ValueError(
            f"dataset {dataset!r}, profile {profile!r}: give embedded or broadcast, "
            "and quick or full"
        )
    few = 24 if dataset == "embedded" else 96
    counts = {"train": few, "test": 60} if profile == "quick" else {}
    scenes, mels = {}, {}
    for split in ("train", "test"):
        rng = generator(seed, f"broadcast {split}")
        pools = (
            generated_pools(8, 5.0, rng)
            if dataset == "embedded"
            else recorded_pools(split, 5.0, partial(generator, seed))
        )
        mixed = mix_scenes(pools, counts.get(split, 240), SECONDS, rng)
        scenes[split] = mixed
        mels[split] = log_mel(
            mixed.waveforms, rate=mixed.rate, bands=BANDS[profile], fft=512
        )
    # Standardised with the training part alone.
    mean = mels["train"].mean((0, 2), keepdim=True)
    deviation = mels["train"].std((0, 2), keepdim=True)
    x, x_test = (((mels[s] - mean) / deviation).to(device) for s in ("train", "test"))
    y, y_test = (scenes[split].labels.to(device) for split in ("train", "test"))
    wrong = redraw_segments(y, RATE_OF_ERRORS, len(CLASSES), generator(seed, "spoil"))
    clean = Task(x, y, x_test, y_test.flatten())
    return Data(scenes["test"], mels["test"], clean, clean._replace(y=wrong))


def hold_out(task: Task) -> Task:
    """Set a quarter of what is learned from aside, to choose by.

    Its labels are as wrong as the rest's.  Samples, or whole sequences, are ordered by
    how much of the rarest class they hold, and every fourth is set aside, so that the
    class is in both parts.

    Args:
        task: with labels (N,) or (N, T), at least eight samples or sequences.

    Returns:
        Three quarters to learn from, and the rest to be judged on, with flat labels.

    Raises:
        ValueError: there are too few.
    """
    if len(task.y) < 8:
        raise ValueError(f"task: got {len(task.y)} samples or sequences; give 8")
    classes = one_hot(task.y.reshape(len(task.y), -1)).sum(1)
    rare = classes.sum(0).argmin()
    order = classes[:, rare].argsort(descending=True, stable=True)
    aside = torch.zeros(len(order), dtype=torch.bool, device=order.device)
    aside[order[1::4]] = True
    return Task(task.x[~aside], task.y[~aside], task.x[aside], task.y[aside].flatten())


def mixture(
    name: str,
    seed: int,
    device: torch.device | str = "cpu",
    *,
    rate: float | None = None,
) -> Task:
    """Draw a small task: three classes, each three Gaussians in twenty dimensions.

    Args:
        name: one of `MIXTURES`; 200 samples to learn from, 3,000 to be judged on.
        seed: of the run.
        device: where the tensors are put.
        rate: share of labels drawn anew, in place of the task's own.
    """
    priors, usual = MIXTURES[name]
    rng = generator(seed, f"mixtures {name}")
    mixtures = draw_mixtures(rng)
    labels = draw_labels(200, priors, rng)
    y_test = torch.arange(3).repeat_interleave(1000)
    x, x_test = (mixtures.sample(y, rng) for y in (labels, y_test))
    spoilt = redraw_labels(labels, usual if rate is None else rate, 3, rng)
    return Task(*(part.to(device) for part in (x, spoilt, x_test, y_test)))


def long_tail(seed: int, device: torch.device | str = "cpu") -> Task:
    """Pick 100 of scikit-learn's digits, the commonest fifteen times the rarest.

    Args:
        seed: of the run.
        device: where the tensors are put.
    """
    pixels, digits = load_digits(return_X_y=True)
    pixels = torch.tensor(pixels / 16, dtype=torch.float32)
    digits = torch.tensor(digits)
    rng = generator(seed, "digits")
    wanted = draw_labels(100, (0.02 / 0.30) ** (torch.arange(10) / 9), rng)
    order = torch.randperm(len(digits), generator=rng)
    picked = torch.cat(
        [order[digits[order] == c][: (wanted == c).sum()] for c in range(10)]
    )
    rest = torch.ones(len(digits), dtype=torch.bool).index_fill(0, picked, False)
    parts = (pixels[picked], digits[picked], pixels[rest], digits[rest])
    return Task(*(part.to(device) for part in parts))
