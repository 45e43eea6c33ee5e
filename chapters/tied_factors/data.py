"""Few samples to learn from: a made problem whose law is known, and the zoo."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from support.data.tables import ZOO_ATTRIBUTES, load_zoo
from support.training import generator

__all__ = ["SHARES", "Data", "load"]

#: Samples for training, for choosing and for testing.
SHARES = {"embedded": (40, 40, 1000), "zoo": (40, 20, 41)}
_FULL = 10  # times as many test samples of the made problem
_CLASSES = 3
_FEATURES = 20
_KNOWN = 4  # features that the class depends on


@dataclass(frozen=True)
class Data:
    """Samples in three parts that the seed has drawn, and what is known of them.

    Attributes:
        x_train, x_valid, x_test: (n, d) float32 features.
        y_train, y_valid, y_test: (n,) int64 classes.
        n_classes: how many there are.
        names: of the features.
        floor: cross-entropy on the test part of whoever knows the true law, in
            nats; None where nobody does.
    """

    x_train: Tensor
    y_train: Tensor
    x_valid: Tensor
    y_valid: Tensor
    x_test: Tensor
    y_test: Tensor
    n_classes: int
    names: tuple[str, ...]
    floor: float | None = None


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Load a corpus and split it.

    Args:
        dataset: ``embedded`` (made here) or ``zoo`` (101 animals).
        profile: ``quick`` or ``full``; sizes depend on it.
        seed: of the made samples and of the split.
        device: where the tensors go.

    Raises:
        ValueError: an unknown data set or profile.
        DataError: the zoo is not to be had.

    >>> load("embedded", "quick", seed=0).x_train.shape
    torch.Size([40, 20])
    """
    makers: dict[str, Callable[[int, int], tuple]] = {"embedded": _made, "zoo": _zoo}
    for name, given, known in (
        ("dataset", dataset, list(makers)),
        ("profile", profile, ["quick", "full"]),
    ):
        if given not in known:
            raise ValueError(f"{name}: got {given!r}; give one of {known}")
    train, valid, test = SHARES[dataset]
    if dataset == "embedded" and profile == "full":
        test *= _FULL
    x, y, n_classes, names, truth = makers[dataset](train + valid + test, seed)
    order = torch.randperm(len(x), generator=generator(seed, "split"))
    first, second, third = order.split([train, valid, test])
    floor = None if truth is None else float(-truth[third, y[third]].mean())
    x, y = x.to(device), y.to(device)
    return Data(
        x_train=x[first],
        y_train=y[first],
        x_valid=x[second],
        y_valid=y[second],
        x_test=x[third],
        y_test=y[third],
        n_classes=n_classes,
        names=names,
        floor=floor,
    )


def _made(count: int, seed: int) -> tuple:
    """Gaussian features; the class is drawn from a softmax of the first few."""
    source = generator(seed, "data")
    x = torch.randn(count, _FEATURES, generator=source)
    weight = torch.randn(_CLASSES, _KNOWN, generator=source)
    truth = (x[:, :_KNOWN] @ weight.T).log_softmax(1)
    y = torch.multinomial(truth.exp(), 1, generator=source)[:, 0]
    names = tuple(f"feature {number}" for number in range(1, _FEATURES + 1))
    return x, y, _CLASSES, names, truth


def _zoo(count: int, seed: int) -> tuple:
    """Yes and no as +1 and -1, the legs in units of eight; all animals, always."""
    animals = load_zoo()
    kinds = sorted(set(animals["type"]))
    x = torch.tensor(animals[list(ZOO_ATTRIBUTES)].to_numpy(), dtype=torch.float32)
    legs = torch.tensor(animals["legs"].to_numpy(), dtype=torch.float32)
    y = torch.tensor([kinds.index(kind) for kind in animals["type"]])
    x = torch.cat([2 * x - 1, legs[:, None] / 8], dim=1)
    return x, y, len(kinds), (*ZOO_ATTRIBUTES, "legs"), None
