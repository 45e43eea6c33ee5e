"""The example of a reader's own method does what the chapter asks of one."""

import torch

from chapters.tied_factors.own_method import along_the_enrolment
from chapters.tied_factors.scores import measures, own_scores
from chapters.tied_factors.systems import Setting, train_linear
from tests.chapters.tied_factors.small import RECIPE, small_speech


def test_it_gives_a_score_a_claim_and_beats_guessing():
    data = small_speech()
    means = train_linear(data, RECIPE, 0, Setting(0, 0, 4.0))
    given = own_scores(along_the_enrolment, data, means)
    assert given.shape == data.trials.test.shape
    assert torch.isfinite(given).all()
    assert measures(given, data)["IC"] < 0.4
