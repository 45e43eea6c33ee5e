"""Learners repeat what they saw; networks answer for a whole grid."""

from dataclasses import replace

import numpy as np

from chapters.lfit.encodings import APPLICATION, encode, merit, table_of
from chapters.lfit.scores import flip_rate
from chapters.lfit.systems import (
    NETWORK_GRID,
    NETWORKS,
    SYSTEMS,
    ask,
    bias,
    train_box,
)
from support.data.recruitment import make_recruitment
from support.recruitment.scorer import TESTBED, train_scorer
from support.rules.states import quantile_cuts


def test_all_learners_repeat_what_they_saw():
    states, form = encode(make_recruitment(300, 100, version=1))
    cuts = quantile_cuts(merit(states, form), 4)
    labels = table_of(states, merit(states, form), cuts, form).labels
    for name in ("tree", "PRIDE", "PRIDE, weighted"):
        learn = SYSTEMS[name]
        predict = learn(states, labels, APPLICATION.domains, 0)
        assert (np.asarray(predict(states)) == labels).all()


def test_networks_answer_for_the_whole_grid_and_see_what_they_are_given():
    data, short = make_recruitment(300, 100), replace(TESTBED, epochs=2)
    tables = {}
    for name, (target, sees) in NETWORKS.items():
        scorer = train_scorer(data, target, sees, short, seed=0)
        tables[name] = ask(scorer, data)
        # Labels that a few steps of training have not yet told apart are equal.
        lower = replace(data, blind_score=scorer(data))
        tables[f"{name}, own cuts"] = ask(scorer, lower)
    assert all(len(table.distinct) == NETWORK_GRID.size for table in tables.values())
    turned = {name: flip_rate(table.labels) for name, table in tables.items()}
    assert turned["gender-biased labels, competencies alone, own cuts"] == 0
    assert turned["gender-biased labels, own cuts"] > 0
    labels = tables["gender-biased labels, own cuts"].labels
    assert set(labels.tolist()) == {0, 1, 2, 3}


def test_a_pruned_tree_forgets_noise_that_an_unpruned_one_repeats():
    source = np.random.default_rng(0)
    states = source.integers(0, 4, (400, 6))
    truth = (states[:, 0] > 1).astype(int)
    noisy = np.where(source.random(400) < 0.1, 1 - truth, truth)
    right = {
        name: (SYSTEMS[name](states, noisy, [4] * 6, 0)(states) == truth).mean()
        for name in ("tree", "pruned tree")
    }
    assert right["pruned tree"] > right["tree"] + 0.05


def test_a_box_learns_its_labels_and_answers_the_same_twice():
    states = np.random.default_rng(0).integers(0, 3, (200, 3))
    labels = np.maximum(states[:, 0], states[:, 1])
    box, again = (train_box(states, labels, [3, 3, 3], 0) for _ in range(2))
    assert (box(states) == labels).mean() > 0.99
    assert (box(states) == again(states)).all()


def test_a_bias_costs_one_step_and_no_more():
    states = np.array([[1, 0], [1, 1], [1, 1]])
    assert bias(np.array([2, 2, 0]), states).tolist() == [2, 1, 0]
