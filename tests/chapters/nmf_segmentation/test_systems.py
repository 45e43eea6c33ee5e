"""The four trainings: what they share, what they lower, and what each leaves out."""

from dataclasses import replace

import pytest
import torch

from chapters.nmf_segmentation.data import Data
from chapters.nmf_segmentation.systems import (
    ALPHA,
    GRIDS,
    RECIPES,
    SETTINGS,
    SYSTEMS,
    TRAINED,
    before,
    code,
    objective,
    train,
    untrained,
)
from support.losses.nmf_segmentation import masked_bce, nmf_segmentation
from support.segmentation.experiment import SETTINGS as FULL
from support.segmentation.experiment import prepare
from support.training import predict

RECIPE = RECIPES["quick"]


@pytest.fixture(scope="module")
def models(small):
    return {name: system(small, RECIPE, 0) for name, system in SYSTEMS.items()}


def test_all_begin_with_the_same_weights(small):
    first, *others = (
        untrained(small, 0, setting).state_dict() for setting in SETTINGS.values()
    )
    for other in others:
        assert all(torch.equal(first[key], other[key]) for key in first)
    assert not torch.equal(
        first["head.weight"],
        untrained(small, 1, SETTINGS["by design"]).state_dict()["head.weight"],
    )


def test_codes_are_non_negative_but_for_the_black_box(small, models):
    for name, model in models.items():
        h = code(model)(small.x_test)
        assert h.shape == (8, 8, 200)
        assert bool((h < 0).any()) == (name == "black box")
        signed = before(model)(small.x_test)
        assert torch.equal(signed if name == "black box" else signed.relu(), h)


def test_logits_and_spectrum_are_linear_in_the_code(small, models):
    for model in models.values():
        h, logits, recon = predict(model, small.x_test)
        wanted = model.theta @ h + model.bias[:, None]
        torch.testing.assert_close(logits, wanted.detach(), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(recon, small.dictionary @ h, rtol=1e-4, atol=1e-4)


def test_the_objective_is_the_papers_but_for_the_black_box(small):
    x, y = small.x_test, small.y_test
    for name, setting in SETTINGS.items():
        model = untrained(small, 0, setting)
        found = objective(model, x, y, setting, None)
        h, logits, recon = model(x)
        if name == "black box":
            wanted = ALPHA * masked_bce(logits, y)
        else:
            parts = nmf_segmentation(
                logits, y, recon, x, h, beta=setting.beta, gamma=setting.gamma
            )
            wanted = parts.total
        assert found.item() == pytest.approx(wanted.item(), rel=1e-6)


def test_training_lowers_the_loss(small, models):
    for name in (*TRAINED, "untrained"):
        setting = SETTINGS[name]
        before_it, after = (
            objective(model, small.x_train, small.y_train, setting, None)
            for model in (untrained(small, 0, setting), models[name])
        )
        assert after.item() < 0.95 * before_it.item()


def test_an_untrained_network_keeps_its_weights_and_trains_its_layer(small, models):
    first = untrained(small, 0, SETTINGS["untrained"])
    for key, value in models["untrained"].state_dict().items():
        assert torch.equal(value, first.state_dict()[key]) != key.startswith("head")


def test_only_rebuilding_rebuilds(small, models):
    def error(name):
        recon = predict(models[name], small.x_test).recon
        return float((recon - small.x_test).square().mean())

    assert error("by design") < 0.7 * error("non-negative")


def test_the_seed_repeats(small, models):
    again = SYSTEMS["by design"](small, RECIPE, 0)
    assert torch.equal(again.theta, models["by design"].theta)


def test_a_loss_of_ones_own_takes_its_place(small):
    seen = []

    def loss(logits, labels, recon, x, h):
        seen.append(tuple(part.shape[1] for part in (logits, labels, recon, x, h)))
        return logits.square().mean()

    model = train(small, replace(RECIPE, epochs=1), 0, SETTINGS["by design"], loss)
    assert set(seen) == {(4, 4, 129, 129, 8)}
    assert not model.training


def test_the_full_network_takes_its_first_steps():
    sizes = replace(FULL["full"], train=8, test=2, frames=400, updates=1)
    prepared = prepare("embedded", "full", 0, splits=("train", "test"), setting=sizes)
    model = SYSTEMS["by design"](Data(prepared, {}, None), RECIPES["full"], 0)
    h = code(model)(prepared.test.x)
    assert h.shape == (2, 256, 200)
    assert h.isfinite().all()


def test_what_was_chosen_is_in_its_grid_and_not_at_an_end():
    for name, grid in GRIDS.items():
        for key, tried in grid.items():
            assert getattr(SETTINGS[name], key) in tried
        assert min(grid["rate"]) < SETTINGS[name].rate < max(grid["rate"])
    trials = {
        name: len(grid["rate"]) + len(grid.get("beta", "1")) - 1
        for name, grid in GRIDS.items()
    }
    assert {trials[name] for name in TRAINED} == {9}
