"""Learners repeat what they saw; networks answer for a whole grid."""

from dataclasses import replace

import numpy as np
import torch

from chapters.lfit.encodings import APPLICATION, encode, every_state, merit, table_of
from chapters.lfit.systems import NETWORK_GRID, SYSTEMS, ask, train_boxes
from support.data.recruitment import make_recruitment
from support.recruitment.scorer import TESTBED
from support.rules.states import quantile_cuts


def test_all_learners_repeat_what_they_saw():
    states, form = encode(make_recruitment(300, 100, version=1))
    cuts = quantile_cuts(merit(states, form), 4)
    labels = table_of(states, merit(states, form), cuts, form).labels
    for learn in SYSTEMS.values():
        predict = learn(states, labels, APPLICATION.domains, 0)
        assert (np.asarray(predict(states)) == labels).all()


def test_networks_answer_for_the_whole_grid_and_see_what_they_are_given():
    data = make_recruitment(300, 100)
    names = ("gender-biased labels", "gender-biased labels, competencies alone")
    boxes = train_boxes(data, 0, names=names, recipe=replace(TESTBED, epochs=2))
    seeing, blind = (boxes[name] for name in names)
    assert seeing.scores.shape == (NETWORK_GRID.size,)
    labels = blind.table.labels.reshape(-1, 2)
    assert (labels[:, 0] == labels[:, 1]).all()
    pairs = seeing.scores.reshape(-1, 2)
    assert (pairs[:, 0] != pairs[:, 1]).any()
    some = every_state(NETWORK_GRID)[:7]
    again = ask(seeing.scorer, data, some)
    assert torch.allclose(torch.tensor(again), torch.tensor(seeing.scores[:7]))
