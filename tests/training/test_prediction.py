"""Predictions: those of the module itself, whatever the batches and the kind."""

from dataclasses import dataclass
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn

from support.training import predict, seeded_init


class Pair(NamedTuple):
    scores: Tensor
    nothing: None


@dataclass(frozen=True)
class Output:
    scores: Tensor
    both: Pair


@pytest.fixture
def model(device):
    """With parts that act otherwise in training; one of them is held still."""
    with seeded_init(0, "model"):
        made = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
        made(torch.randn(50, 3))
    made[1].eval()
    return made.to(device)


@pytest.fixture
def x():
    return torch.randn(7, 3, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_it_is_the_module_in_evaluation_mode(model, x, batch_size, device):
    found = predict(model, x, batch_size=batch_size)
    modes = [part.training for part in model.modules()]
    assert modes == [True, True, False, True]
    assert not found.requires_grad
    assert found.device == x.device
    wanted = model.eval()(x.to(device)).detach().cpu()
    torch.testing.assert_close(found, wanted)


def test_every_kind_of_result_is_joined(model, x):
    plain = predict(model, x)

    def call(x):
        scores = model(x)
        pair = Pair(scores, None)
        return {"output": Output(scores, pair), "list": [scores], "tuple": (scores,)}

    found = predict(model, x, call=call, batch_size=3)
    assert isinstance(found["output"], Output)
    assert isinstance(found["output"].both, Pair)
    assert found["output"].both.nothing is None
    assert isinstance(found["list"], list)
    assert isinstance(found["tuple"], tuple)
    for scores in (
        found["output"].scores,
        found["output"].both.scores,
        found["list"][0],
        found["tuple"][0],
    ):
        torch.testing.assert_close(scores, plain)


def test_several_inputs_keep_their_rows(x):
    columns = torch.arange(7)
    found = predict(
        nn.Identity(), x, columns, call=lambda x, c: x[:, 0] + c, batch_size=2
    )
    assert torch.equal(found, x[:, 0] + columns)


def test_no_samples_give_no_rows(model, x):
    assert predict(model, x[:0]).shape == (0, 4)


def test_the_mode_is_put_back_after_an_error(model):
    def stop(x):
        assert not model.training
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        predict(model, torch.zeros(2, 3), call=stop)
    assert model.training
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(
    ("inputs", "options", "message"),
    [
        ((), {}, r"lengths \[\]"),
        ((torch.zeros(3, 2), torch.zeros(2)), {}, r"lengths \[2, 3\]"),
        ((torch.zeros(3, 2),), {"batch_size": 0}, "batch_size: got 0"),
        ((torch.zeros(3, 2),), {"call": torch.sum}, r"shape \(\) for 3 samples"),
        ((torch.zeros(3, 2),), {"call": torch.t}, r"shape \(2, 3\) for 3 samples"),
        ((torch.zeros(3, 2),), {"call": str}, "gave a str"),
    ],
)
def test_bad_requests_are_named(inputs, options, message):
    with pytest.raises(ValueError, match=message):
        predict(nn.Identity(), *inputs, **options)
