"""The choice of strengths: every method tries as often, and takes what it tried."""

from dataclasses import replace

from chapters.translation import systems
from chapters.translation.tuning import SEEDS, choose, hunting, translating
from tests.chapters.translation.small import meter, models


def test_what_was_chosen_was_tried_and_tuning_seeds_are_no_others():
    assert len(systems.GRID) == len(systems.WEIGHTS)
    assert systems.WEIGHT in systems.WEIGHTS
    for chosen in systems.STRENGTHS.values():
        assert set(chosen.values()) <= set(systems.GRID)
    assert all(100 <= seed < 1000 for seed in SEEDS)


def test_merits_prefer_a_trained_model():
    recipe = replace(systems.RECIPES["embedded", "quick"], updates=1)
    chosen = systems.settings_for("embedded")
    tried = {name: chosen[name] for name in (systems.CVAE, systems.EQUAL)}
    raw = choose("embedded", tried, seeds=(200,), recipe=recipe)
    for name in tried:
        assert translating(meter(), models()[name]) > raw[name]
    assert -1 <= hunting(meter(), models()[systems.EQUAL]) <= 0
