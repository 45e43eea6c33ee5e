"""The segmenter that rebuilds: its three equations, its dictionary, bad input."""

import pytest
import torch
from torch import nn

from support.models.segmenter import NMFSegmenter
from support.training import seeded_init


def made(**options):
    with seeded_init(0, "segmenter"):
        W = torch.rand(7, 3)
        return NMFSegmenter(nn.Conv1d(5, 3, 1), W, 4, **options)


X = torch.randn(2, 5, 9, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("activation", ["relu", "softplus"])
def test_it_is_its_three_equations(activation, device):
    model, x = made(activation=activation).to(device), X.to(device)
    h, logits, recon = model(x)
    act = torch.relu if activation == "relu" else nn.functional.softplus
    assert torch.equal(h, act(model.encoder(x)))
    wanted = torch.einsum("ck,bkt->bct", model.theta, h) + model.bias[:, None]
    torch.testing.assert_close(logits, wanted)
    torch.testing.assert_close(recon, torch.einsum("fk,bkt->bft", model.dictionary, h))
    assert h.shape == (2, 3, 9)
    assert h.min() >= 0


def test_a_fixed_dictionary_is_no_parameter_and_the_callers_own_is_not_touched():
    W = torch.rand(7, 3)
    model = NMFSegmenter(nn.Conv1d(5, 3, 1), W, 4)
    assert "W" not in dict(model.named_parameters())
    assert torch.equal(model.dictionary, W)
    model.W.zero_()
    assert W.abs().sum() > 0


def test_a_learning_dictionary_stays_non_negative_and_of_length_one():
    model = made(train_dictionary=True)
    with torch.no_grad():
        model.W[0, 0] = -3.0
    assert model.dictionary.min() == 0
    torch.testing.assert_close(model.dictionary.norm(dim=0), torch.ones(3))
    model(X).recon.sum().backward()
    assert model.W.grad is not None


def test_shuffled_patterns_change_no_decision():
    model = made()
    before = model(X)
    model.W.copy_(model.W[:, [2, 0, 1]])
    after = model(X)
    assert torch.equal(before.logits, after.logits)
    assert not torch.allclose(before.recon, after.recon)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"W": -torch.ones(7, 3)}, "W: got -1"),
        ({"W": torch.ones(7)}, r"W: got shape \(7,\)"),
        ({"W": "abc"}, "W: got str"),
        ({"W": torch.full((7, 3), float("nan"))}, "W: got nan"),
        ({"W": torch.zeros(7, 3), "train_dictionary": True}, "a column is 0"),
        ({"classes": 0}, "classes: got 0"),
        ({"classes": 2.0}, "classes: got 2.0"),
        ({"activation": "gelu"}, "give one that is never negative"),
        ({"activation": ["relu"]}, "give one that is never negative"),
        ({"W": torch.full((7, 3), 1e300, dtype=torch.double)}, "W: got inf"),
    ],
)
def test_bad_input_is_named(options, words):
    given = {"encoder": nn.Conv1d(5, 3, 1), "W": torch.ones(7, 3), "classes": 4}
    with pytest.raises(ValueError, match=words):
        NMFSegmenter(**given | options)


def test_an_encoder_of_another_width_is_named():
    model = NMFSegmenter(nn.Conv1d(5, 2, 1), torch.ones(7, 3), 4)
    with pytest.raises(ValueError, match="encoder: gave shape"):
        model(X)
