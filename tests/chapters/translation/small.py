"""A few glyphs, and models that have learnt a little of them."""

from dataclasses import replace
from functools import cache

import torch

from chapters.translation.data import Data, load
from chapters.translation.scores import Meter
from chapters.translation.systems import RECIPES, settings_for, train
from chapters.translation.translator import Translator


@cache
def glyphs() -> Data:
    return load("embedded", "quick", seed=0)


@cache
def scans() -> Data:
    data = load("mnist", "quick", seed=0)
    few = {part: getattr(data, part)[:64] for part in ("x_train", "y_train")}
    held = {part: getattr(data, part)[:64] for part in ("x_test", "y_test")}
    return replace(data, **few, **held)


@cache
def models(updates: int = 94) -> dict[str, Translator]:
    recipe = replace(RECIPES["embedded", "quick"], updates=updates)
    return train(glyphs(), settings_for("embedded"), recipe, seed=0)


@cache
def meter() -> Meter:
    return Meter(glyphs(), seed=0)


def source(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
