"""A problem of forgetting: a trained network, and samples that must go."""

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from chapters.unlearning.data import Data
from support.models.coders import mlp, resnet20, small_conv
from support.training import Recipe, generator, predict, seeded_init

__all__ = ["RECIPES", "Problem", "pose", "retrain", "train_network"]

#: How a network is trained, by corpus and profile; the last is the authors' recipe.
RECIPES = {
    ("embedded", "quick"): Recipe(
        epochs=40,
        batch_size=64,
        optimizer="adamw",
        weight_decay=1e-4,
        schedule="cosine",
    ),
    ("eurosat32", "quick"): Recipe(
        epochs=10,
        batch_size=64,
        optimizer="adamw",
        weight_decay=1e-4,
        schedule="cosine",
    ),
    ("eurosat32", "full"): Recipe(
        epochs=100,
        batch_size=256,
        optimizer="adamw",
        weight_decay=5e-4,
        schedule="cosine",
    ),
}
RECIPES["embedded", "full"] = RECIPES["embedded", "quick"]


@dataclass(frozen=True)
class Problem:
    """What must be forgotten, what must stay, and the network that knows both.

    Attributes:
        data: the pictures.
        net: (body, head); neither is ever changed.
        x_r, y_r: training samples to retain, (n, ...) and (n,).
        x_f, y_f: training samples to forget.
        stays: (m,) whether a test sample is of a class that stays.
        label: the forgotten class; None where samples of all classes go.
    """

    data: Data
    net: nn.Sequential
    x_r: Tensor
    y_r: Tensor
    x_f: Tensor
    y_f: Tensor
    stays: Tensor
    label: int | None

    @property
    def head(self) -> nn.Linear:
        """The frozen last layer."""
        return cast(nn.Linear, self.net[1])

    def features(self) -> tuple[Tensor, Tensor]:
        """The frozen body's features of retained and forgotten samples."""
        return predict(self.net[0], self.x_r), predict(self.net[0], self.x_f)

    @cached_property
    def z(self) -> tuple[Tensor, Tensor, Tensor]:
        """Features of retained, forgotten and test samples, computed once."""
        return (*self.features(), predict(self.net[0], self.data.x_test))

    @cached_property
    def mean(self) -> Tensor:
        """(D,) mean feature of all training samples, where forgotten ones go."""
        return torch.cat(self.z[:2]).mean(0)


def train_network(x: Tensor, y: Tensor, recipe: Recipe, seed: int) -> nn.Sequential:
    """Train a classifier of ten classes, in two parts: body and linear head.

    Args:
        x: (n, 64) scans get a perceptron 64-128-64, (n, 3, side, side) photographs a
            small convolution, from 32 pixels a side a residual network.
        y: (n,) classes, 0 to 9.
        recipe: how.
        seed: of weights and batches; with fewer samples the same first weights.
    """
    with seeded_init(seed, "initialisation"):
        width = 64
        if x.ndim == 2:
            body: nn.Module = mlp(x.shape[1], [128], width, norm=False)
        elif x.shape[-1] < 32:
            body = small_conv(x.shape[1], width)
        else:
            width = 512
            body = resnet20(x.shape[1], width)
        net = nn.Sequential(nn.Sequential(body, nn.ReLU()), nn.Linear(width, 10))
    net.to(x.device)
    recipe.fit(
        lambda x, y: cross_entropy(net(x), y),
        net,
        (x, y),
        generator=generator(seed, "batches"),
        label="network",
    )
    return net


def pose(data: Data, net: nn.Sequential, label: int | None, seed: int) -> Problem:
    """Split the training samples into those that stay and those that must go.

    Args:
        data: the pictures.
        net: trained on all of them.
        label: the class to forget; None for a random tenth of the samples.
        seed: of the run; its stream "forget" draws the tenth.

    Raises:
        ValueError: there is no such class.

    >>> from chapters.unlearning.data import load
    >>> data = load("embedded", "quick", 0)
    >>> len(pose(data, nn.Sequential(), None, 0).x_f)
    120
    """
    if label is not None and label not in range(data.n_classes):
        raise ValueError(
            f"label: got {label!r}; give a class of 0 to {data.n_classes - 1}, or None"
        )
    y = data.y_train
    if label is None:
        order = torch.randperm(len(y), generator=generator(seed, "forget"))
        goes = torch.zeros(len(y), dtype=torch.bool, device=y.device)
        goes[order[: len(y) // 10].to(y.device)] = True
        stays = torch.ones_like(data.y_test, dtype=torch.bool)
    else:
        goes, stays = y == label, data.y_test != label
    return Problem(
        data=data,
        net=net,
        x_r=data.x_train[~goes],
        y_r=y[~goes],
        x_f=data.x_train[goes],
        y_f=y[goes],
        stays=stays,
        label=label,
    )


def retrain(problem: Problem, recipe: Recipe, seed: int) -> nn.Sequential:
    """The gold standard: train anew, without the samples that must go."""
    return train_network(problem.x_r, problem.y_r, recipe, seed)
