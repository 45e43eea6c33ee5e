"""What the exercises hold a reader's functions to; nothing here raises at a reader."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from support.exercises import check, expect, judged
from support.losses.prototypes import prototype_distance
from support.metrics.intervals import mean_interval

__all__ = ["MARGIN", "geometry", "moving_scale", "referee", "thrown", "tied_head"]

Reader = Callable[..., Any]
#: Of exercise 5: a difference of accuracies that would be missed.
MARGIN = 0.003
_WIDTHS = (8, 16, 32, 64)
_CLASSES, _DRAWS = 150, 3


def geometry(function: Reader) -> bool:
    """Hold distances and cosines of both tables to their formulas."""

    def wanted(classes: int, scale: float) -> np.ndarray:
        cosine = -1 / (classes - 1)
        return np.array([scale * 2**0.5, 0.0, scale * (2 - 2 * cosine) ** 0.5, cosine])

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        return int(rng.integers(2, 40)), float(rng.uniform(0.5, 5))

    return check(function, against=wanted, inputs=inputs, what="1, two tables")


def tied_head(function: Reader) -> bool:
    """Hold weights and biases of a head to the posterior of Gaussians."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        lengths = rng.uniform(0.5, 3, size=(4, 1))  # so that biases matter
        return lengths * rng.normal(size=(4, 6)), float(rng.uniform(0.5, 4))

    def answers(table: np.ndarray, variance: float) -> Any:
        given = function(table.copy(), variance)
        if given is None:
            return None
        if not isinstance(given, tuple | list) or len(given) != 2:
            raise ValueError("what came back is no pair; give weights and biases")
        weights, biases = given
        weights, biases = np.asarray(weights, float), np.asarray(biases, float)
        if weights.shape != table.shape or biases.shape != table.shape[:1]:
            raise ValueError(
                f"the shapes are {weights.shape} and {biases.shape}; give (C, k), (C,)"
            )
        return _softmax(_POINTS @ weights.T + biases)

    def wanted(table: np.ndarray, variance: float) -> np.ndarray:
        away = ((_POINTS[:, None] - table) ** 2).sum(2)
        return _softmax(-away / (2 * variance))

    return check(
        answers, against=wanted, inputs=inputs, what="2, the head", tolerance=1e-8
    )


def moving_scale(kind: Reader) -> bool:
    """Ask of a module that its scale is a parameter, and moves in training."""
    what = "3, a scale that moves"

    def judge() -> bool:
        table = torch.tensor([[0.6, 0.8, 0.0], [-0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])
        module = kind(table.clone(), 1.0)
        if not isinstance(module, nn.Module):
            found = type(module).__name__
            return expect(False, f"it made a {found}; wanted an nn.Module.", what=what)
        y = torch.tensor([0, 1, 2, 0])
        for scale in (1.0, 1.7):
            places = kind(table.clone(), scale)(y)
            if not isinstance(places, Tensor) or not torch.allclose(
                places.float(), scale * table[y]
            ):
                return expect(
                    False,
                    f"at scale {scale} its answer is not {scale} times the prototypes "
                    "of y.",
                    what=what,
                )
        known = [part for part in module.parameters() if part.requires_grad]
        if [part.numel() for part in known] != [1]:
            return expect(
                False,
                f"it has {sum(part.numel() for part in known)} numbers to train; "
                "wanted one, the scale alone.",
                what=what,
            )
        optimizer = torch.optim.SGD(known, 0.2)
        for _ in range(40):
            optimizer.zero_grad()
            prototype_distance(2 * table[y], module(y).float()).mean().backward()
            optimizer.step()
        length = float(module(y).detach().norm(dim=1).mean())
        return expect(
            abs(length - 2) < 0.01,
            f"embeddings of length 2 were given, and after 40 steps the prototypes "
            f"have length {length:.3f}; wanted 2.",
            what=what,
            tried="three prototypes, 40 steps",
        )

    return judged(judge, what)


def thrown(function: Reader) -> bool:
    """Ask of a table with too many classes how its cosines spread as it widens."""
    what = "4, more classes than dimensions"

    def judge() -> bool:
        spreads, lengths = [], []
        for width in _WIDTHS:
            given = [function(_CLASSES, width, seed) for seed in range(_DRAWS)]
            if any(table is None for table in given):
                words = f"it returned nothing; wanted shape {(_CLASSES, width)}."
                return expect(False, words, what=what)
            tables = [torch.as_tensor(table).double() for table in given]
            if any(table.shape != (_CLASSES, width) for table in tables):
                shapes = {tuple(table.shape) for table in tables}
                wanted = (_CLASSES, width)
                return expect(False, f"got {shapes}; wanted {wanted}.", what=what)
            again = torch.as_tensor(function(_CLASSES, width, 0)).double()
            if not torch.equal(tables[0], again):
                return expect(False, "one seed gives two tables.", what=what)
            if torch.equal(tables[0], tables[1]):
                return expect(False, "two seeds give one table.", what=what)
            spreads.append(sum(map(_spread, tables)) / _DRAWS)
            lengths.append(float(torch.stack(tables).square().sum(2).mean()))
        slope = float(np.polyfit(np.log(_WIDTHS), np.log(spreads), 1)[0])
        told = f"the slope is {slope:.2f}, squared lengths are {min(lengths):.2f} to "
        told += f"{max(lengths):.2f}"
        right = abs(slope + 0.5) < 0.1 and 0.8 < min(lengths) <= max(lengths) < 1.2
        return expect(
            right and abs(spreads[-1] * 8 - 1) < 0.25,
            f"{told}, the spread at width 64 is {spreads[-1]:.3f}; wanted -0.5, about "
            "1, and about 1/8.",
            what=what,
            tried=f"{_CLASSES} classes in {_WIDTHS} dimensions; {told}",
        )

    return judged(judge, what)


def referee(function: Reader) -> bool:
    """Hold three verdicts to the intervals of paired differences."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        # What seeds share is far larger than the differences; the last case of all is
        # a mean above the margin whose interval is not.
        gains = _CASES[int(rng.integers(len(_CASES)))]
        base = rng.normal(0.9, 0.03, size=10)
        noise = np.linspace(-1, 1, 10)
        rivals = [
            base - gain + (0.006 if gain == _NEAR else 0.0005) * rng.permutation(noise)
            for gain in gains
        ]
        return ({"prototypes": base} | dict(zip(_RIVALS, rivals, strict=True)),)

    def wanted(accuracies: Mapping[str, np.ndarray]) -> np.ndarray:
        some, place, more = (
            mean_interval(accuracies["prototypes"] - accuracies[rival])[0] > MARGIN
            for rival in _RIVALS
        )
        return np.array([some, some and place, some and place and more])

    return check(
        function, against=wanted, inputs=inputs, what="5, the verdicts", tries=40
    )


_NEAR = 0.0045
_CASES = (
    (0.02, 0.02, 0.02),
    (0.02, 0.02, -0.01),
    (0.02, -0.01, 0.02),
    (-0.01, 0.02, 0.02),
    (0.02, _NEAR, 0.02),
    (_NEAR, 0.02, 0.02),
    (0.02, 0.02, _NEAR),
    (0.02, 0.001, 0.02),
)
_RIVALS = ("cross-entropy", "pull to origin", "regularised")
_POINTS = np.random.default_rng(1).normal(size=(20, 6))


def _softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max(1, keepdims=True))
    return raised / raised.sum(1, keepdims=True)


def _spread(table: Tensor) -> float:
    unit = table / table.norm(dim=1, keepdim=True)
    products = unit @ unit.T
    other = ~torch.eye(len(table), dtype=torch.bool)
    value = float(products[other].std())
    return value if math.isfinite(value) and value > 0 else 1e-9
