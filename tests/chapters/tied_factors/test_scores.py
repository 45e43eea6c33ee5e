"""Known answers of what is measured."""

import pytest
import torch

from chapters.tied_factors import scores
from chapters.tied_factors.systems import Setting, train_linear
from support.data.trials import TrialKind
from tests.chapters.tied_factors.small import RECIPE, small_speech, small_world


@pytest.fixture(scope="module")
def means():
    return train_linear(small_speech(), RECIPE, 0, Setting(0, 0, 4.0))


def test_a_perfect_list_has_no_errors_and_a_reversed_one_all():
    data = small_world()
    truth = (data.trials.kind == TrialKind.TC).double()
    assert scores.measures(truth, data)["IC"] == 0
    assert scores.measures(truth, data)["AUC"] == 1
    assert scores.measures(-truth, data)["IC"] == 1


def test_a_reduction_of_no_errors_is_no_number():
    table = {"a": {"IC": 0.2}, "b": {"IC": 0.1}, "none": {"IC": 0.0}}
    assert scores.reduction(table, "a", "b") == 0.5
    assert scores.reduction(table, "none", "a") is None


def test_factors_are_found_up_to_a_map():
    data = small_world()
    true = data.truth.y[:75]
    turned = true @ torch.tensor([[1.0, 2, 0], [0, 1, 0], [3, 0, 1]]).double() + 4
    assert torch.allclose(scores.aligned(turned, true), true)


def test_speech_has_no_factors_to_be_found(means):
    with pytest.raises(ValueError, match="nobody knows the factors of speech"):
        scores.recovered(means, small_speech())


def test_ratios_are_parted_by_who_speaks():
    data = small_world()
    parted = scores.by_kind(torch.arange(len(data.trials)), data)
    assert sum(map(len, parted.values())) == len(data.trials)
    truth = (data.trials.kind == TrialKind.TC).double()
    assert scores.impostor_mean(truth, data) == 0


def test_recordings_are_compared_two_by_two(means):
    data = small_speech()
    rows = data.trials.test[:3].tolist()
    apart = scores.distances(data, rows)
    assert apart.shape == (3, 3)
    assert apart.diagonal().abs().max() < 1e-6
    table = scores.face_to_face(means, data, rows)
    assert table.diagonal().isnan().all()
    assert int(table.isnan().sum()) == 3


def test_a_readers_scores_are_taken_or_refused(means):
    data = small_speech()

    def longer(enrolled, test, mean, variance):
        assert enrolled.F.shape == test.F.shape == mean.shape
        assert variance.shape == mean.shape[2:]
        return test.N.sum(1)

    given = scores.own_scores(longer, data, means)
    assert torch.equal(given, data.statistics.N[data.trials.test].sum(1))
    for wrong in (
        lambda *_: None,
        lambda *_: torch.zeros(2),
        lambda *_: torch.full((len(data.trials),), torch.nan),
    ):
        with pytest.raises(ValueError, match="what your method returned"):
            scores.own_scores(wrong, data, means)
