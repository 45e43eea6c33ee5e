"""Building and training concept models."""

from dataclasses import replace

import pytest
import torch

from chapters.concepts.scores import calibration, sigmoid_sums
from chapters.concepts.systems import (
    ABLATIONS,
    PAPER,
    RECIPE,
    SPIRAL_LOSSES,
    SYSTEMS,
    build_concept_model,
    finish_heads,
    fit_concepts,
    train_independent,
    train_spiral,
)
from support.data.concept_tasks import load_concept_task
from support.data.spirals import spirals
from support.models.coders import mlp
from support.models.concepts import ConceptModel
from support.training import predict, seeded_init


def data(device: str = "cpu", n: int = 256):
    source = torch.Generator().manual_seed(0)
    c = (torch.rand(n, 3, generator=source) > 0.5).float()
    x = torch.cat([c, torch.randn(n, 3, generator=source)], 1)
    y = (c[:, 0] * 2 + (x[:, 3] > 0)).long()
    return x.to(device), c.to(device), y.to(device)


def train(kind: str, device: str = "cpu", epochs: int = 15, **options):
    x, c, y = data(device)
    with seeded_init(0, "model"):
        encoder = mlp(6, [32], 6 if kind == "cem" else 3)
        model = ConceptModel(encoder, 3, 4, kind).to(device)
    recipe = replace(RECIPE, epochs=epochs, batch_size=32)
    return model, fit_concepts(model, (x, c, y), recipe, **options)


@pytest.mark.parametrize("kind", ["vanilla", "cbm", "hard", "cem", "mcbm"])
def test_losses_fall(kind, device):
    gamma = 1.0 if kind == "mcbm" else 0.0
    model, history = train(kind, device, gamma=gamma)
    assert history["loss"][-1] < 0.85 * history["loss"][0]
    assert ("penalty" in history) == (kind == "mcbm")
    assert not model.training


def test_the_third_term_is_trained_only_where_it_is_asked_for():
    x, c, _ = data()

    def distance(model):
        return float((model(x).z - (6 * c - 3)).square().mean().detach())

    free = train("mcbm", epochs=100)[0]
    pulled = train("mcbm", epochs=100, gamma=3.0)[0]
    assert distance(pulled) < 0.5 * distance(free)
    with pytest.raises(ValueError, match="gamma"):
        train("cbm", gamma=1.0)


def test_same_seed_same_model():
    x, _, _ = data()
    first, second = train("mcbm", gamma=1.0)[0], train("mcbm", gamma=1.0)[0]
    assert torch.equal(first(x).z, second(x).z)
    other = train("mcbm", gamma=1.0, seed=1)[0]
    assert not torch.equal(first(x).z, other(x).z)


@pytest.mark.parametrize("side", [16, 64])
def test_built_models_share_their_encoder_and_train(side, device):
    x = torch.randn(8, 3, side, side, device=device)
    first = build_concept_model(x, 3, 4, "cbm", seed=5)
    second = build_concept_model(x, 3, 4, "mcbm", seed=5)
    pairs = zip(first.encoder.parameters(), second.encoder.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    c = torch.randint(2, (8, 3), device=device).float()
    y = torch.arange(8, device=device) % 4
    recipe = replace(PAPER, epochs=2)
    history = fit_concepts(second, (x, c, y), recipe, gamma=1.0)
    assert len(history["loss"]) == 2


def test_every_system_trains_on_the_chapter_s_task(device):
    task = load_concept_task("embedded", 0, side=16, n_train=60, n_test=10).to(device)
    recipe = replace(RECIPE, epochs=1)
    for name, system in SYSTEMS.items():
        out = predict(system(task, recipe, 0), task.x_test)
        assert out.y_logits.shape == (10, task.n_classes)
        assert out.c_logits is not None, name


def test_a_spiral_is_learned_whatever_the_loss(device):
    arms = spirals(0)
    for name, loss in SPIRAL_LOSSES.items():
        net = train_spiral(arms, loss, 0, device)
        row = calibration(net, arms, sigmoids=name == "four sigmoids")
        assert row["accuracy"] > 0.9
        assert sigmoid_sums(net, side=5).shape == (5, 5)


def test_prediction_in_batches_equals_prediction_at_once():
    x, _, _ = data()
    for kind in ("vanilla", "mcbm"):
        model, _ = train(kind, epochs=1)
        model.train()
        whole, parts = predict(model, x), predict(model, x, batch_size=100)
        assert model.training
        assert torch.allclose(whole.y_logits, parts.y_logits, atol=1e-6)
        assert torch.equal(whole.z, whole.z_noisy)
        assert (whole.c_logits is None) == (kind == "vanilla")
        assert predict(model, x[:0]).y_logits.shape == (0, 4)


def test_one_thing_changes_at_a_time():
    task = load_concept_task("embedded", 0, side=16, n_train=60, n_test=10)
    recipe = replace(RECIPE, epochs=1)
    parts = {
        name: (model.sigma, model.concept_head.kind)
        for name, train_one in {**SYSTEMS, **ABLATIONS}.items()
        for model in [train_one(task, recipe, 0)]
    }
    ladder = [parts[name] for name in ("CBM", "CBM, noise", "MCBM γ=0", "MCBM γ=3")]
    assert ladder == [(0, "identity"), (1, "identity"), (1, "affine"), (1, "affine")]
    assert parts["MCBM γ=3, no noise"] == (0, "affine")
    assert parts["MCBM γ=3, ReLU heads"] == (1, "mlp")


def test_an_independent_model_s_halves_never_meet():
    task = load_concept_task("embedded", 0, side=16, n_train=200, n_test=10)
    recipe = replace(RECIPE, epochs=3)
    first = train_independent(task, recipe, 0)
    other = replace(task, y_train=(task.y_train + 1) % task.n_classes)
    second = train_independent(other, recipe, 0)
    # The labels decide the head and leave the encoder alone.
    assert torch.equal(predict(first, task.x_test).z, predict(second, task.x_test).z)
    logits = [model.task_head(task.c_test) for model in (first, second)]
    assert not torch.allclose(*logits)


def test_finishing_repairs_slow_heads_and_no_silent_one():
    task = load_concept_task("embedded", 0, side=16, n_train=600, n_test=200)
    recipe = replace(RECIPE, epochs=1)
    model = ABLATIONS["MCBM γ=3, ReLU heads"](task, recipe, 0)
    # Components as they should be: the concepts themselves are the pictures.
    model.encoder = Prototypes()
    codes = replace(task, x_train=task.c_train, x_test=task.c_test)
    with torch.no_grad():
        model.concept_head.bias_in[0] = -50.0
        model.concept_head.bias_out[0] = -1.0
    finish_heads(model, codes, replace(RECIPE, epochs=150, rate=1e-2), 0)
    answers = predict(model, codes.x_test).c_logits > 0
    right = (answers == (task.c_test > 0.5)).double().mean(0)
    assert right[1:].min() > 0.95
    assert not answers[:, 0].any()  # silent for ever


class Prototypes(torch.nn.Module):
    """The encoder of an MCBM that learned all: concepts to -3 and 3."""

    def forward(self, c):
        return 6 * c - 3
