"""Captured activations and cut networks."""

import pytest
import torch
from torch import nn

from support.models.hooks import capture, cut


def network(device="cpu") -> nn.Sequential:
    torch.manual_seed(0)
    layers = [
        nn.Linear(3, 4),
        nn.BatchNorm1d(4),
        nn.ReLU(inplace=True),
        nn.Linear(4, 2),
    ]
    return nn.Sequential(*layers).to(device)


def test_captures_what_each_layer_gives_in_evaluation_mode(device):
    model, x = network(device), torch.randn(10, 3)
    model[1].running_mean += 1
    held = model[1].running_mean.clone()
    model[2].eval()
    found = capture(model, ["0", "1", "3"], x, batch_size=4)
    assert model.training
    assert not model[2].training
    assert torch.equal(held, model[1].running_mean)
    model.eval()
    x = x.to(device)
    assert torch.allclose(found["0"], model[0](x))
    assert torch.allclose(found["1"], model[1](model[0](x)))
    assert torch.allclose(found["3"], model(x))
    assert not found["3"].requires_grad
    assert not model[0]._forward_hooks


def test_takes_batches_with_labels():
    model, x = network(), torch.randn(10, 3)
    batches = [(x[:6], torch.zeros(6)), [x[6:], torch.zeros(4)]]
    assert torch.equal(
        capture(model, ["2"], batches)["2"], capture(model, ["2"], x)["2"]
    )


def test_the_two_parts_are_the_network():
    model, x = network().eval(), torch.randn(5, 3)
    body, head = cut(model, "1")
    assert torch.equal(head(body(x)), model(x))
    assert head[-1] is model[3]


def test_bad_input_is_refused_in_words():
    model, x = network(), torch.randn(5, 3)
    named = nn.Sequential()
    named.add_module("stem", nn.Linear(3, 3))
    named.add_module("block", nn.Linear(3, 2))
    with pytest.raises(ValueError, match=r"layer 'blok': .* the nearest is 'block'"):
        capture(named, ["blok"], x)
    with pytest.raises(ValueError, match="got none"):
        capture(model, [], x)
    with pytest.raises(ValueError, match="no batch"):
        capture(model, ["0"], [])

    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.idle = nn.Linear(3, 3), nn.Linear(3, 3)

        def forward(self, x):
            return self.layer(self.layer(x))

    with pytest.raises(ValueError, match="'layer': it ran more than once"):
        capture(Twice(), ["layer"], x)
    with pytest.raises(ValueError, match="'idle': it did not run"):
        capture(Twice(), ["idle"], x)
    with pytest.raises(ValueError, match="output is a tuple"):
        capture(nn.Sequential(nn.GRU(3, 2)), ["0"], x)
    with pytest.raises(ValueError, match="is the last"):
        cut(named, "block")
    with pytest.raises(ValueError, match="got Twice"):
        cut(Twice(), "layer")
