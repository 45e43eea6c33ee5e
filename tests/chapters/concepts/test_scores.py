"""Scores of concept models."""

from dataclasses import replace

import pytest
import torch

from chapters.concepts.scores import (
    LeakMeter,
    beyond_concepts,
    concept_accuracy,
    correction_curve,
    most_striped,
    never_said,
    score_code,
    score_method,
    score_model,
    stripe_width,
    task_accuracy,
)
from chapters.concepts.systems import RECIPE, build_concept_model, fit_concepts
from support.data.concept_tasks import load_concept_task
from support.metrics.probes import urr
from support.models.concepts import class_means
from support.training import predict


@pytest.fixture(scope="module")
def task():
    return load_concept_task("embedded", 0, n_train=400, n_test=200)


@pytest.fixture(scope="module")
def meter(task):
    return LeakMeter(task.c_train, task.c_test, task.nuisances, probe="logistic")


@pytest.fixture(scope="module")
def model(task):
    model = build_concept_model(task.x_train, 9, 3, "cbm")
    fit_concepts(
        model, (task.x_train, task.c_train, task.y_train), replace(RECIPE, epochs=3)
    )
    return model


class Own:
    """A method that knows nothing: the code is the mean colour."""

    def __init__(self, x, c, y, n_classes, seed, device):
        self.n_classes = n_classes
        assert x.device == device

    def encode(self, x):
        return x.mean((2, 3))

    def predict(self, z):
        return torch.zeros(len(z), self.n_classes)


def test_the_meter_equals_urr(task, meter):
    z = task.x_train.flatten(1)[:, ::40], task.x_test.flatten(1)[:, ::40]
    measured = meter(*z)
    assert list(measured) == ["pos_x", "bg", "pos_y"]
    for name, (train, test, size) in task.nuisances.items():
        given = {"given_train": task.c_train, "given_test": task.c_test}
        expected = urr(z[0], train, z[1], test, size, **given)
        assert measured[name] == pytest.approx(expected, abs=1e-9)
    assert measured["bg"] > 0.5


def test_side_by_side_probes_equal_urr(task):
    meter = LeakMeter(task.c_train, task.c_test, task.nuisances, seed=3)
    z = task.x_train.flatten(1)[:, ::40], task.x_test.flatten(1)[:, ::40]
    train, test, size = task.nuisances["bg"]
    options = {"given_train": task.c_train, "given_test": task.c_test}
    options |= {"probe": "mlp", "seed": 3}
    expected = urr(z[0], train, z[1], test, size, **options)
    assert meter(*z)["bg"] == pytest.approx(expected, abs=1e-3)


def test_the_concepts_themselves_do_not_leak(task, meter):
    leaks = meter(task.c_train, task.c_test)
    assert max(abs(value) for value in leaks.values()) < 0.02


def test_rows_of_a_model_and_of_its_code_agree(task, meter, model):
    row = score_model(task, meter, model)
    known, new = predict(model, task.x_train), predict(model, task.x_test)
    again = score_code(task, meter, known.z, new.z, new.y_logits, new.c_logits)
    assert row == again
    assert row["minus ceiling"] == row["task accuracy"] - task.ceiling
    assert row["concept accuracy"] > 0.7
    assert set(row) >= {"URR pos_x", "URR bg", "URR pos_y", "CKA(z, c)"}


def test_a_method_of_the_reader_enters_the_table(task, meter):
    row = score_method(Own, task, meter, 0)
    assert row["URR bg"] > 0.3  # the mean colour tells the ground
    assert "concept accuracy" not in row


def test_its_failure_is_told_in_words(task, meter):
    def broken(*_):
        raise RuntimeError("no such layer")

    with pytest.raises(RuntimeError, match="no such layer"):
        score_method(broken, task, meter, 0)

    class Narrow(Own):
        def predict(self, z):
            return torch.zeros(len(z), 2)

    with pytest.raises(ValueError, match=r"predict .* \(200, 2\); expected \(200, 3\)"):
        score_method(Narrow, task, meter, 0)

    class Lost(Own):
        def encode(self, x):
            return super().encode(x) * float("nan")

    with pytest.raises(ValueError, match="what encode returned is not finite"):
        score_method(Lost, task, meter, 0)


def test_correction_curve_runs_from_the_plain_error_to_a_table(task, model):
    known, new = predict(model, task.x_train), predict(model, task.x_test)
    settings = class_means(known.z, task.c_train)
    errors = correction_curve(model, known, new, task.c_test, task.y_test, settings)
    assert errors.shape == (10,)
    assert errors[0] == pytest.approx(1 - task_accuracy(new.y_logits, task.y_test))
    everything = torch.ones_like(task.c_test).bool()
    logits, _ = model.intervene(new.z, task.c_test, everything, settings)
    assert errors[-1] == pytest.approx(1 - task_accuracy(logits, task.y_test))
    mute = known._replace(c_logits=None)
    with pytest.raises(ValueError, match="known: a vanilla model has no concepts"):
        correction_curve(model, mute, new, task.c_test, task.y_test, settings)


def test_the_striped_component_is_found():
    source = torch.Generator().manual_seed(0)
    c = (torch.rand(600, 4, generator=source) > 0.5).float()
    nuisance = torch.randint(3, (600,), generator=source)
    z = 6 * c - 3 + 0.1 * torch.randn(600, 4, generator=source)
    z[:, 2] += torch.tensor([0.0, 1.0, -1.0])[nuisance]
    assert most_striped(z, c, nuisance) == (2, [2, 1])
    widths = stripe_width(z, c, nuisance, [2, 1])
    assert widths.tolist() == pytest.approx([0, 0, 2, 0], abs=0.1)


def test_accuracies():
    c = torch.tensor([[1.0, 0.0]])
    assert concept_accuracy(torch.tensor([[2.0, 2.0]]), c) == 0.5
    logits = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    assert task_accuracy(logits, torch.tensor([1, 1])) == 0.5


def test_set_concepts_decide_an_mcbm_but_not_a_mixed_pair(task):
    mcbm = build_concept_model(task.x_train, 9, 3, "mcbm")
    assert beyond_concepts(mcbm, task) < 1e-6
    # A pair keeps two free numbers, so its answer still depends on the picture.
    pair = build_concept_model(task.x_train, 9, 3, "cem")
    assert beyond_concepts(pair, task) > 1e-3


def test_a_concept_can_go_unsaid_with_units_awake(task):
    model = build_concept_model(task.x_train, 9, 3, "mcbm", concept_head="mlp")
    head = model.concept_head
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.fill_(1.0)
        head.bias_in[:] = 100.0  # every unit awake, every answer yes
        head.bias_out[3] = -1e6  # awake, and always no
        head.bias_in[5], head.bias_out[5] = -1e6, -1.0  # silent, and always no
    assert never_said(model, task) == {"never": 2, "silent": 1}
    with pytest.raises(ValueError, match="concept_head='mlp'"):
        never_said(build_concept_model(task.x_train, 9, 3, "vanilla"), task)
