"""The networks that are compared, and the one training that they share."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from chapters.class_token.data import Data, identities
from chapters.class_token.networks import CHOICES, Choice, Listener, build
from support.losses.soft_targets import softmax_kd
from support.signal.erasing import random_erase
from support.training import (
    Recipe,
    evaluating,
    generator,
    predict,
    require_tensor,
    seeded_init,
)

__all__ = [
    "RECIPES",
    "SYSTEMS",
    "answers_of",
    "hear",
    "objective",
    "train",
    "train_own",
]

_ADAMW = Recipe(
    batch_size=64,
    optimizer="adamw",
    weight_decay=1e-2,
    schedule="one_cycle",
    every="step",
)
RECIPES = {
    ("embedded", "quick"): replace(_ADAMW, epochs=20),
    ("embedded", "full"): replace(_ADAMW, epochs=60, batch_size=256),
    ("arabic_digits", "quick"): replace(_ADAMW, epochs=14),
    ("arabic_digits", "full"): replace(_ADAMW, epochs=60),
}
"""Epochs at which the class token has learned its classes; the rate is a choice's."""

NOISE = 0.1


def hear(x: Tensor, mask: Tensor, frames: Tensor) -> Tensor:
    """What a network in training hears: erased at random, and a little noisy."""
    x = random_erase(x, frames)
    return x + NOISE * torch.randn_like(x) * mask[..., None]


def objective(
    logits: Tensor, labels: Tensor, answers: Tensor, share: float, temperature: float
) -> Tensor:
    r"""The loss of one batch: labels for the first token, a teacher for the second.

    $$(1-\alpha)\,\mathrm{CE}(\ell^c,y)+\alpha\,\tau^2\,\mathrm{KL}\big(p^T\,\|\,
    \mathrm{softmax}(\ell^\delta/\tau)\big)$$

    Args:
        logits: (B, heads, C), one head (average, class token) or two.
        labels: (B,) classes.
        answers: (B, C) the teacher's logits; (B, 0) where there is none.
        share: $1-\alpha$, of the label, where there are two heads.
        temperature: $\tau$.

    Returns:
        A scalar; with two heads and no teacher both learn the label.
    """
    named = cross_entropy(logits[:, 0], labels)
    if logits.shape[1] == 1:
        return named
    if answers.shape[1]:
        second = softmax_kd(logits[:, 1], answers, temperature)
    else:
        second = cross_entropy(logits[:, 1], labels)
    return share * named + (1 - share) * second


def answers_of(teacher: Listener, data: Data) -> Tensor:
    """A teacher's logits (B, C) for the background, heard clean and once.

    Raises:
        ValueError: the teacher is in training mode, or knows other classes.
    """
    if teacher.network.training:
        raise ValueError(
            "teacher: it is in training mode, its answers are noisy; call .eval()"
        )
    index = data.background
    _, spoken = predict(teacher.network, data.x[index], data.mask[index])
    logits: Tensor = spoken[:, 0]
    classes = int(identities(data).max()) + 1
    if logits.shape[1] != classes:
        raise ValueError(
            f"teacher: it knows {logits.shape[1]} classes; the data have {classes}"
        )
    return logits


def train(
    data: Data,
    recipe: Recipe,
    seed: int,
    *,
    choice: Choice = CHOICES["class token"],
    teacher: Listener | None = None,
    network: nn.Module | None = None,
    watch: Callable[[int, Listener], None] | None = None,
    label: str = "",
    checkpoint: str | Path | None = None,
) -> Listener:
    """Train a network to name the speaker and the phrase of the background.

    Args:
        data: of `load`.
        recipe: how; its rate is the choice's.
        seed: of weights, order and noise; what two networks have in common starts
            with the same weights.
        choice: what the network is.
        teacher: whose answers the second token learns; needed where the choice has
            a temperature, and trained here where it is left out.
        network: one of the reader's own in the place of the choice's.
        watch: called with the epochs done and the network, five times on the way.
        label: the progress bar's name.
        checkpoint: a file to resume from.

    Returns:
        The verifier.

    Raises:
        ValueError: the teacher is in training mode or knows other classes.
    """
    index, labels = data.background, identities(data)
    x, mask, frames = data.x[index], data.mask[index], data.corpus.frames[index]
    answers = x.new_zeros(len(x), 0)
    if choice.temperature:
        answers = answers_of(teacher or train(data, recipe, seed), data)
    net = build(data, choice, seed) if network is None else network
    heard = Listener(net, data.corpus.speaker[index].unique())
    each = max(1, len(x) // recipe.batch_size)
    marks = {
        each * (recipe.epochs * k // 5): recipe.epochs * k // 5 for k in range(1, 5)
    }

    def step(
        x: Tensor, mask: Tensor, frames: Tensor, y: Tensor, answers: Tensor, done: float
    ) -> Tensor:
        if watch is not None and done in marks:
            with evaluating(net):
                watch(marks[int(done)], heard)
        logits = net(hear(x, mask, frames), mask)[1]
        return objective(logits, y, answers, choice.share, choice.temperature)

    replace(recipe, rate=choice.rate).fit(
        step,
        net,
        (x, mask, frames, labels, answers),
        generator=generator(seed, "network batches"),
        schedules={"done": float},
        label=label,
        checkpoint=checkpoint,
        drop_last=True,  # a batch of one has no spread to be normalised by
    )
    if watch is not None:
        watch(recipe.epochs, heard)
    return heard


def train_own(
    data: Data, recipe: Recipe, seed: int, make: Callable[..., nn.Module]
) -> Listener:
    """A network of the reader's own, trained as the class token is.

    Args:
        data: of `load`.
        recipe: how.
        seed: of weights, order and noise.
        make: ``make(features, speakers, phrases)`` gives a module, called as
            ``module(x, mask)`` with (N, T, F) and (N, T), which gives vectors (N, E)
            and logits (N, heads, speakers * phrases).

    Raises:
        ValueError: it made something else.
    """
    speakers, phrases = int(data.speakers.max()) + 1, len(data.corpus.phrases)
    with seeded_init(seed, "network"):
        network = make(data.features, speakers, phrases)
    if not isinstance(network, nn.Module):
        raise ValueError(f"your method made {type(network).__name__}; give a module")
    network = network.to(data.x.device)
    index = data.background[:4]
    with evaluating(network):
        made = network(data.x[index], data.mask[index])
    if not isinstance(made, tuple) or len(made) != 2:
        raise ValueError("your network gave no pair; give vectors and logits")
    heads = made[1].shape[1] if getattr(made[1], "ndim", 0) == 3 else 1
    require_tensor(
        made[1], shape=(len(index), heads, speakers * phrases), what="logits"
    )
    return train(data, recipe, seed, network=network)


SYSTEMS: dict[str, Callable[..., Listener]] = {
    name: partial(train, choice=choice, label=name) for name, choice in CHOICES.items()
}
"""Name to ``train(data, recipe, seed, teacher=, watch=, checkpoint=)``."""
