"""Known answers: a perfect segmenter, one relevant component, a pull in closed form."""

import pytest
import torch
from torch import nn

from chapters.nmf_segmentation.audit import read
from chapters.nmf_segmentation.scores import (
    always_on,
    dead_weight,
    excited,
    measures,
    pattern,
    pull,
    relevances,
    spreads,
    unevenness,
)
from chapters.nmf_segmentation.systems import SETTINGS, code, untrained
from support.segmentation.experiment import log_spectrogram


@pytest.fixture(scope="module")
def model(small):
    return untrained(small, 0, SETTINGS["by design"])


def test_a_row_has_all_measures_in_their_range(small, model):
    row = measures(model, small)
    tasks = [row[f"F1 {task}"] for task in small.tasks]
    assert row["F1"] == pytest.approx(sum(tasks) / 4)
    assert row["EV"] < 1
    assert 0 < row["zeros"] < 1
    assert 1 <= row["n80"] <= 8


def test_a_code_that_is_the_truth_is_perfect_and_compact(small, model):
    class Truth(nn.Module):
        def forward(self, x):
            y = small.y_test[: len(x)]
            return torch.cat([y, torch.zeros(len(y), 4, y.shape[2])], 1)

    model = untrained(small, 0, SETTINGS["by design"])
    model.encoder = Truth()
    with torch.no_grad():
        model.head.weight.zero_()
        model.head.weight[range(4), range(4), 0] = 2.0
        model.head.bias.fill_(-1.0)
    row = measures(model, small)
    assert row["F1"] == 1
    assert row["n80"] == 1
    assert row["zeros"] > 0.5
    found = relevances(model, small)
    torch.testing.assert_close(found[:, :4], 2.0 * torch.eye(4, dtype=found.dtype))


def test_who_always_says_yes_finds_everything_and_more(small):
    row = always_on(small)
    for place, task in enumerate(small.tasks):
        share = float(small.y_test[:, place].mean())
        assert row[f"F1 {task}"] == pytest.approx(2 * share / (1 + share))
    assert next(iter(row)) == "F1"


def test_relevances_are_means_over_the_frames_of_a_task(small, model):
    h = code(model)(small.x_test).mT
    on = small.y_test[:, 2] > 0
    wanted = (model.theta[2] * h[on]).clamp(min=0).mean(0).detach().double()
    torch.testing.assert_close(
        relevances(model, small)[2], wanted, rtol=1e-4, atol=1e-6
    )


def test_spreads_do_not_see_where_the_zero_of_a_code_lies(small):
    class Shifted(nn.Module):
        def __init__(self, encoder):
            super().__init__()
            self.encoder = encoder

        def forward(self, x):
            return self.encoder(x) + 7.0

    box = untrained(small, 0, SETTINGS["black box"])
    before = spreads(box, small), relevances(box, small)
    box.encoder = Shifted(box.encoder)
    torch.testing.assert_close(spreads(box, small), before[0], rtol=1e-4, atol=1e-6)
    assert (relevances(box, small) - before[1]).abs().max() > 0.1


def test_unevenness_is_a_difference_of_losses():
    def row(*values):
        tasks = ("speech", "noise", "music", "overlap")
        return {f"F1 {task}": v for task, v in zip(tasks, values, strict=True)}

    assert unevenness(row(0.9, 0.7, 0.9, 0.5), row(0.8, 0.4, 0.9, 0.4)) == (
        pytest.approx((0.3 + 0.1) / 2 - (0.1 + 0.0) / 2)
    )


def test_the_pull_is_that_of_two_gradients_in_closed_form(small, model):
    h = code(model)(small.x_train)
    logits = model.head(h).detach()
    slope = (torch.sigmoid(logits) - small.y_train) / logits.numel()
    by_labels = 10 * (model.theta.detach().mT @ slope).norm()
    by_sparsity = 0.1 / h.numel() ** 0.5
    found = pull(model, small)
    assert found == pytest.approx(float(by_sparsity / by_labels), rel=1e-3)


def test_dead_components_and_unlabelled_frames_weigh_nothing(small, model):
    assert dead_weight(relevances(model, small)) < 1e-12


def test_the_clips_that_excite_a_component_most_come_first(small, model):
    factor = small.factors["event"]
    found = excited(model, factor)
    level = code(model)(factor.test.spectra).mean(2)[:, found.component]
    assert found.clips == level.argsort(descending=True)[:3].tolist()
    assert found.labels == factor.test.labels[found.clips].tolist()
    assert read(code(model), factor).uar > 0.9  # kinds of noise are easy to tell


def test_a_component_is_heard_as_a_noise_of_its_spectrum(small):
    sound = pattern(small, 2)
    assert sound.shape == (8000,)
    found = log_spectrogram(sound).mean(1)
    wanted = small.dictionary[:, 2]
    assert float(torch.corrcoef(torch.stack([found, wanted]))[0, 1]) > 0.9


def test_there_is_no_such_component_nor_so_many_clips(small, model):
    for component in (-1, 8, 1.5):
        with pytest.raises(ValueError, match="component: got"):
            pattern(small, component)
    for count in (0, 10**6):
        with pytest.raises(ValueError, match="count: got"):
            excited(model, small.factors["event"], count)
    with pytest.raises(ValueError, match="factor: phone has labels of frames"):
        excited(model, small.factors["phone"])
