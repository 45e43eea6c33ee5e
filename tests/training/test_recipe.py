"""Recipes: the rates they promise, in closed form, and what they refuse."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from support.training import Recipe, fit, generator, seeded_init

SHAPES = {
    "constant": lambda p: 1.0,
    "cosine": lambda p: (1 + math.cos(math.pi * p)) / 2,
    "linear": lambda p: 1 - 0.99 * p,
    "drops": lambda p: 0.1 ** sum(p >= share for share in (0.4, 0.8)),
}


@pytest.fixture
def rates():
    """A function that trains, and returns each update's rate and the weights."""
    seen: list[float] = []
    handle = register_optimizer_step_pre_hook(
        lambda optimizer, *_: seen.append(optimizer.param_groups[0]["lr"])
    )

    def run(recipe: Recipe, **options):
        seen.clear()
        with seeded_init(0, "model"):
            model = nn.Linear(2, 1)
            x = torch.randn(25, 2)

        def step(x, **given):
            return model(x).square().mean()

        batches = generator(0, "batches")
        recipe.fit(step, model, (x,), generator=batches, **options)
        return list(seen), model.weight.detach()

    yield run
    handle.remove()


@pytest.mark.parametrize("every", ["epoch", "step"])
@pytest.mark.parametrize("warm_up", [0.0, 0.4])
@pytest.mark.parametrize("schedule", sorted(SHAPES))
def test_the_rate_is_what_the_closed_form_says(schedule, every, warm_up, rates):
    recipe = Recipe(
        epochs=10,
        batch_size=10,  # three updates an epoch, the last one smaller
        rate=0.2,
        schedule=schedule,
        every=every,
        warm_up=warm_up,
        drops=(0.4, 0.8) if schedule == "drops" else (),
    )
    found, _ = rates(recipe)
    total, repeat = (10, 3) if every == "epoch" else (30, 1)
    wanted = [
        0.2
        * SHAPES[schedule](t / total)
        * (min(1, (t + 1) / (warm_up * total)) if warm_up else 1)
        for t in range(total)
        for _ in range(repeat)
    ]
    assert found == pytest.approx(wanted)


def test_one_cycle_rises_to_the_peak_and_falls_to_nothing(rates):
    recipe = Recipe(
        epochs=4, batch_size=5, rate=0.1, schedule="one_cycle", every="step"
    )
    found, _ = rates(recipe)
    top = found.index(max(found))
    assert len(found) == 20
    assert max(found) == pytest.approx(0.1, rel=0.02)
    assert 3 <= top <= 7
    assert found[: top + 1] == sorted(found[: top + 1])
    assert found[top:] == sorted(found[top:], reverse=True)
    assert found[0] == pytest.approx(0.1 / 25)
    assert found[-1] < 2e-3


@pytest.mark.parametrize(
    "options", [{"schedule": "one_cycle"}, {"schedule": "cosine", "warm_up": 0.7}]
)
def test_a_training_by_step_goes_on_where_it_stopped(options, tmp_path, rates):
    recipe = Recipe(epochs=4, batch_size=5, every="step", **options)
    whole = rates(recipe)
    path = tmp_path / "state.pt"

    thirteen = [0.0] * 13  # the fourteenth update asks for one too many
    with pytest.raises(IndexError):
        rates(recipe, checkpoint=path, schedules={"unused": thirteen.__getitem__})
    rest = rates(recipe, checkpoint=path)
    assert rest[0] == whole[0][10:]  # two whole epochs of five updates were kept
    assert torch.equal(rest[1], whole[1])


@pytest.mark.parametrize(
    ("recipe", "made"),
    [
        (Recipe(rate=0.1, fused=False), lambda p: torch.optim.Adam(p, 0.1)),
        (
            Recipe(rate=0.1, optimizer="adamw", weight_decay=0.1),
            lambda p: torch.optim.AdamW(p, 0.1, weight_decay=0.1, fused=True),
        ),
        (
            Recipe(rate=0.1, optimizer="sgd", momentum=0.9, fused=False),
            lambda p: torch.optim.SGD(p, 0.1, momentum=0.9),
        ),
    ],
)
def test_it_is_the_plain_loop_with_the_plain_optimizer(recipe, made, rates):
    recipe = replace(recipe, epochs=3, batch_size=10)
    with seeded_init(0, "model"):
        model = nn.Linear(2, 1)
        x = torch.randn(25, 2)
    fit(
        lambda x: model(x).square().mean(), model, (x,), epochs=3, batch_size=10,
        optimizer=made(model.parameters()), generator=generator(0, "batches"),
    )  # fmt: skip
    assert torch.equal(rates(recipe)[1], model.weight)


def test_steps_are_counted_with_samplers_and_dropped_batches(rates):
    recipe = Recipe(epochs=2, batch_size=10, rate=1.0, schedule="linear", every="step")
    assert rates(recipe, drop_last=True)[0] == pytest.approx([1, 0.7525, 0.505, 0.2575])
    sampler = [torch.arange(4)]
    assert rates(recipe, sampler=sampler)[0] == pytest.approx([1, 0.505])
    with pytest.raises(ValueError, match="sampler: it has no length"):
        rates(recipe, sampler=iter(sampler))
    assert rates(replace(recipe, epochs=0))[0] == []


def test_updates_are_rounded_to_whole_passes(rates):
    recipe = Recipe(updates=7, batch_size=10)  # three a pass
    assert len(rates(recipe)[0]) == 6
    assert len(rates(replace(recipe, updates=1))[0]) == 3
    assert len(rates(recipe, drop_last=True)[0]) == 8
    assert len(rates(recipe, sampler=[torch.arange(4)])[0]) == 7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"optimizer": "lbfgs"}, "optimizer: got 'lbfgs'; give one of adam"),
        ({"schedule": "stairs"}, "schedule: got 'stairs'"),
        ({"every": "batch"}, "every: got 'batch'"),
        ({"epochs": -1}, "epochs: got -1"),
        ({"updates": 0}, "updates: got 0"),
        ({"batch_size": 0}, "batch_size: got 0"),
        ({"rate": 0.0}, "rate: got 0.0"),
        ({"weight_decay": -1.0}, "weight_decay: got -1.0"),
        ({"drops": (0.5,)}, "drops: got"),
        ({"schedule": "drops", "drops": (1.5,)}, "drops: got"),
        ({"factor": 0.0}, "factor: got 0.0"),
        ({"momentum": 0.9}, "momentum: got 0.9, which 'adam'"),
        ({"warm_up": 1.0}, "warm_up: got 1.0"),
        ({"schedule": "one_cycle", "warm_up": 0.1}, "has its own"),
    ],
)
def test_what_does_not_fit_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        Recipe(**options)
