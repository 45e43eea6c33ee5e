"""Seeds, devices and the training loop."""

import pytest
import torch
from torch import nn

from support.training import (
    fit,
    generator,
    require_tensor,
    resolve_device,
    seeded_init,
    stream_seed,
)


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


def test_streams_are_independent_and_stable():
    names = ["data", "batches", "initialisation", "datab"]
    seeds = {stream_seed(s, name) for s in range(50) for name in names}
    assert len(seeds) == 200
    assert stream_seed(3, "data") == stream_seed(3, "data")
    assert stream_seed(0, "data") == 1557076856005854010


@pytest.mark.parametrize("seed", [-1, 1.5, "abc", True])
def test_a_bad_seed_is_named(seed):
    with pytest.raises(ValueError, match="seed: got"):
        stream_seed(seed, "data")


def test_seeded_init_restores_the_global_generator():
    before = torch.get_rng_state()
    with seeded_init(1, "initialisation"):
        torch.rand(3)
    assert torch.equal(before, torch.get_rng_state())


def test_devices():
    assert resolve_device("cpu").type == "cpu"
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert resolve_device("auto").type == expected
    for spec in ("tpu", "cuda:x", "cuda:", "gpu"):
        with pytest.raises(ValueError, match="device: got"):
            resolve_device(spec)
    with pytest.raises(ValueError, match="usable GPU"):
        resolve_device("cuda:99")


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
        fit(step, model, (x, y), **common, sampler=iter(()))


def test_bad_input_is_named():
    x, y = line()
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def call(tensors=(x, y), epochs=1, batch_size=4, step=lambda x, y: model(x).sum()):
        return fit(
            step,
            model,
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
    with pytest.raises(ValueError, match="epochs"):
        call(epochs=-1)
    with pytest.raises(ValueError, match="batch_size"):
        call(batch_size=0)
    with pytest.raises(FloatingPointError, match="learning rate"):
        call(step=lambda x, y: model(x).sum() * float("nan"))


def test_what_a_method_gave_is_returned_as_it_is():
    value = torch.zeros(2, 5, requires_grad=True)
    assert require_tensor(value, shape=(2, -1), what="it") is value
    assert require_tensor([[1, 2]], shape=(1, 2), what="it") == [[1, 2]]


@pytest.mark.parametrize(
    ("value", "shape", "message"),
    [
        (torch.zeros(2), (3,), r"it has shape \(2,\); expected \(3\)"),
        (torch.zeros(2), (2, -1), r"expected \(2, any\)"),
        (torch.tensor([1.0, float("inf")]), (2,), r"1 of 2 value\(s\) are NaN"),
        ("text", (), "it is a str; give a tensor or a number"),
        ([[1], [1, 2]], (2, 2), "it is a list"),
    ],
)
def test_what_a_method_may_not_give_is_told(value, shape, message):
    with pytest.raises(ValueError, match=message):
        require_tensor(value, shape=shape, what="it")
