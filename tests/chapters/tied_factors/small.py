"""Data small enough for tests: the shared little corpus, and a little world."""

from dataclasses import replace
from functools import cache

from chapters.tied_factors.data import Data, spoken, world
from support.training import Recipe
from tests.verification.small import small_corpus

__all__ = ["RECIPE", "small_speech", "small_world"]

RECIPE = Recipe(epochs=16, batch_size=64, rate=1e-2, schedule="cosine")


@cache
def small_speech() -> Data:
    """Six and six speakers, four phrases; nobody changes it."""
    return spoken(small_corpus())


@cache
def small_world() -> Data:
    """The world tanh with a part of its claims."""
    data = world("tanh", "quick", 0)
    some = slice(0, None, 5)
    names = ("test", "model_index", "kind", "anagram")
    trials = {name: getattr(data.trials, name)[some] for name in names}
    return replace(data, trials=replace(data.trials, **trials))
