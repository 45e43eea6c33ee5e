"""Scores against closed forms, parts of informations, accuracies of trees."""

import math

import pytest
import torch

from chapters.disentanglement.scores import (
    SCORES,
    Usefulness,
    enter,
    rank_agreement,
    told_by_chance,
    turned_state,
)
from chapters.disentanglement.world import draw


def source(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_turned_code_is_never_minimal_but_gains_in_mig():
    free, tied = turned_state(math.inf, 45)[1], turned_state(0.1, 45)[1]
    assert max(free["Min"], tied["Min"]) < 0.7
    assert tied["MIG"] - free["MIG"] > 0.4


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


def test_few_samples_tell_by_chance_and_a_correction_helps():
    factors = draw(math.inf, 3000, source()).factors
    blind = torch.rand(3000, 3, generator=source(1))
    few, many = (told_by_chance(factors, count, blind) for count in (100, 3000))
    assert few > 5 * many > 0
    assert told_by_chance(factors, 100, blind, correction="miller-madow") < few
