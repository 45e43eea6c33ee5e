"""Scores against closed forms, parts of informations, accuracies of trees."""

import math

import pytest
import torch

from chapters.disentanglement.scores import (
    SCORES,
    Usefulness,
    enter,
    rank_agreement,
    turned_state,
)
from chapters.disentanglement.world import ENCODERS, draw


def source(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_turned_code_is_never_minimal_but_gains_in_mig():
    free, tied = turned_state(math.inf, 45)[1], turned_state(0.1, 45)[1]
    assert max(free["Min"], tied["Min"]) < 0.7
    assert tied["MIG"] - free["MIG"] > 0.4


def test_older_scores_fare_with_the_perfect_code_as_the_lesson_says():
    free, tied = draw(math.inf, 2000, source()), draw(0.1, 2000, source(1))

    def marks(name, encoder):
        codes = [
            (world.factors, ENCODERS[encoder](world.places, world.nuisances))
            for world in (free, tied)
        ]
        return enter(name, SCORES[name], codes)

    assert marks("IRS", "perfect") == pytest.approx([1, 1], abs=0.02)
    assert marks("DCI Lasso", "perfect") == pytest.approx([1, 1], abs=0.02)
    assert marks("DCI Lasso", "values permuted")[1] < 0.8
    independent, dependent = marks("DCI forest", "perfect")
    assert 1 > independent > dependent + 0.1


def test_every_score_takes_a_code_and_gives_one_number():
    sample = draw(0.2, 600, source())
    for name, score in SCORES.items():
        (perfect,) = enter(name, score, [(sample.factors, sample.places)])
        assert 0 <= perfect <= 1
    assert enter("Min", SCORES["Min"], [(sample.factors, sample.places)]) == [1.0]


@pytest.mark.parametrize("bad", [math.nan, math.inf, "words", None, torch.zeros(2)])
def test_a_score_that_gives_no_number_is_named(bad):
    c = torch.tensor([[0], [1]])
    with pytest.raises(ValueError, match=r"mine: gave .* give one finite number"):
        enter("mine", lambda factors, codes: bad, [(c, c.float())])


def test_trees_read_a_perfect_code_and_guess_from_a_blind_one():
    here, there = draw(0.1, 1500, source()), draw(math.inf, 1500, source(1))
    read = Usefulness(here.factors, there.factors, seed=0)
    assert read(here.places, there.places) == (1.0, 1.0)
    blind = [torch.rand(1500, 3, generator=source(seed)) for seed in (2, 3)]
    assert max(read(*blind)) < 0.3


def test_trees_that_lean_on_the_dependence_fail_without_it():
    here, there = draw(0.1, 1500, source()), draw(math.inf, 1500, source(1))
    read = Usefulness(here.factors, there.factors, seed=0)
    without_second = [world.places[:, [0, 2]] for world in (here, there)]
    same, other = read(*without_second)
    assert same - other > 0.1


def test_rankings_agree_with_themselves_and_not_with_their_reverse():
    marks = {"Min": [0.2, 0.5, 0.9], "Suf": [1.0, 1.0, 1.0], "MIG": [0.1, 0.2, 0.3]}
    assert rank_agreement(marks, marks) == pytest.approx([1, 1])
    turned = marks | {"MIG": [0.3, 0.2, 0.1]}
    assert rank_agreement(marks, turned) == pytest.approx([1, -1])
