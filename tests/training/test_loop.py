"""The loop: it learns, repeats itself, resumes, and follows its schedules."""

import pytest
import torch
from torch import nn

from support.training import fit, generator, seeded_init


def line(seed: int = 0, n: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(n, 3, generator=generator(seed, "data"))
    return x, x @ torch.tensor([1.0, -2.0, 0.5]) + 0.3


def train(epochs: int, *, device: str = "cpu", checkpoint=None, noise: float = 0.0):
    x, y = line()
    with seeded_init(0, "initialisation"):
        model = nn.Linear(3, 1).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 5, 0.5)

    def step(x, y):
        prediction = model(x + noise * torch.randn_like(x)).squeeze(1)
        loss = (prediction - y).square().mean()
        return {"loss": loss, "bias": model.bias.sum()}

    history = fit(
        step,
        model,
        (x, y),
        epochs=epochs,
        batch_size=10,
        optimizer=optimizer,
        scheduler=scheduler,
        generator=generator(0, "batches"),
        checkpoint=checkpoint,
    )
    return model, history


def test_fit_finds_the_line(device):
    model, history = train(80, device=device)
    assert history["loss"][-1] < 1e-2 < history["loss"][0]
    assert len(history["bias"]) == 80
    assert not model.training


def test_fit_repeats_itself_with_noise_and_leaves_the_global_generator():
    before = torch.get_rng_state()
    first, _ = train(3, noise=0.5)
    second, _ = train(3, noise=0.5)
    assert torch.equal(first.weight, second.weight)
    assert torch.equal(before, torch.get_rng_state())


def test_an_interrupted_training_ends_as_if_it_had_not_stopped(tmp_path):
    whole, whole_history = train(6, noise=0.5)
    path = tmp_path / "deep" / "state.pt"
    train(2, checkpoint=path, noise=0.5)
    resumed, history = train(6, checkpoint=path, noise=0.5)
    assert torch.equal(whole.weight, resumed.weight)
    assert history == whole_history
    assert [p.name for p in path.parent.iterdir()] == ["state.pt"]


def test_own_batches_and_drop_last():
    x, y = line()
    model = nn.Linear(3, 1)
    sizes: list[int] = []

    def step(x, y):
        sizes.append(len(x))
        return (model(x).squeeze(1) - y).square().mean()

    common = {
        "epochs": 2,
        "batch_size": 60,
        "optimizer": torch.optim.SGD(model.parameters(), lr=0.0),
        "generator": generator(0, "batches"),
    }
    fit(step, model, (x, y), **common, sampler=[torch.arange(5), torch.arange(7)])
    assert sizes == [5, 7, 5, 7]
    sizes.clear()
    fit(step, model, (x, y), **common, drop_last=True)
    assert sizes == [60, 60]
    with pytest.raises(ValueError, match="no batch"):
        fit(step, model, (x, y), **common, sampler=[])


def test_bad_input_is_named():
    x, y = line()
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def call(
        tensors=(x, y),
        epochs=1,
        batch_size=4,
        step=lambda x, y: model(x).sum(),
        module=model,
    ):
        return fit(
            step,
            module,
            tensors,
            epochs=epochs,
            batch_size=batch_size,
            optimizer=optimizer,
            generator=generator(0, "batches"),
        )

    with pytest.raises(ValueError, match=r"lengths \[63, 64\]"):
        call((x, y[1:]))
    with pytest.raises(ValueError, match="lengths"):
        call((x[:0], y[:0]))
    with pytest.raises(ValueError, match="module: ReLU has no parameters"):
        call(module=nn.ReLU())
    with pytest.raises(ValueError, match="epochs"):
        call(epochs=-1)
    with pytest.raises(ValueError, match="batch_size"):
        call(batch_size=0)
    with pytest.raises(ValueError, match=r"step: gave the terms \['kl'\]"):
        call(step=lambda x, y: {"kl": model(x).sum()})
    with pytest.raises(FloatingPointError, match="learning rate"):
        call(step=lambda x, y: model(x).sum() * float("nan"))


def scheduled(epochs: int, checkpoint=None):
    """Train with a warm-up by step and a halving by epoch; what was seen by step."""
    x, y = line()
    with seeded_init(0, "initialisation"):
        model = nn.Linear(3, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.08)
    warm_up = torch.optim.lr_scheduler.LinearLR(optimizer, 0.25, 1.0, 3)
    halving = torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)
    seen: list[tuple[float, float]] = []

    def step(x, y, beta):
        seen.append((optimizer.param_groups[0]["lr"], beta))
        return (
            model(x).squeeze(1) - y
        ).square().mean() + beta * model.bias.square().sum()

    history = fit(
        step,
        model,
        (x, y),
        epochs=epochs,
        batch_size=30,  # three updates an epoch
        optimizer=optimizer,
        scheduler=halving,
        step_scheduler=warm_up,
        schedules={"beta": lambda done: min(1.0, done / 8)},
        generator=generator(0, "batches"),
        checkpoint=checkpoint,
    )
    return model, history, seen


def test_schedules_move_with_every_step():
    _, _, seen = scheduled(4)
    rates, weights = zip(*seen, strict=True)
    wanted = [0.02, 0.04, 0.06] + [0.08] * 3 + [0.04] * 6
    assert rates == pytest.approx(wanted)
    assert weights == tuple(min(1.0, done / 8) for done in range(12))


def test_schedules_by_step_go_on_where_they_stopped(tmp_path):
    whole, whole_history, seen = scheduled(4)
    *_, first = scheduled(1, tmp_path / "state.pt")
    resumed, history, rest = scheduled(4, tmp_path / "state.pt")
    assert first + rest == seen
    assert torch.equal(whole.weight, resumed.weight)
    assert history == whole_history
    with pytest.raises(ValueError, match="holds 4 epochs of 3"):
        scheduled(3, tmp_path / "state.pt")
