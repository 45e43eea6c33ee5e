"""The scorer of applications."""

import pytest
import torch

from support.models.fusion import FusionRegressor


@pytest.mark.parametrize("text", ["bag", "bilstm"])
def test_scores_and_hidden_layer(text, device):
    model = FusionRegressor(27, 60, text=text).to(device).eval()
    numbers = torch.rand(5, 27, device=device)
    words = torch.randint(60, (5, 60), device=device)
    score, hidden = model(numbers, words.float() if text == "bag" else words)
    assert score.shape == (5,)
    assert hidden.shape == (5, 40)
    assert ((score > 0) & (score < 1)).all()
    score.sum().backward()
    assert all(weight.grad is not None for weight in model.parameters())


def test_the_released_network_has_its_number_of_weights():
    """300-wide frozen word vectors, 27 numbers: 89,769 trained weights."""
    model = FusionRegressor(27, 5, text="bilstm", embedding=300)
    trained = sum(
        weight.numel()
        for name, weight in model.named_parameters()
        if not name.startswith("words")
    )
    # torch keeps two biases a gate where Keras keeps one: 4 x 32 x 2 more.
    assert trained - 4 * 32 * 2 == 89_769


def test_a_scorer_without_text_asks_for_none():
    score, _ = FusionRegressor(7)(torch.zeros(3, 7))
    assert score.shape == (3,)
    with pytest.raises(ValueError, match="text: got None"):
        FusionRegressor(7, 60)(torch.zeros(3, 7))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [((0,), {}, "structured, vocabulary"), ((7, 3), {"text": "cnn"}, "text: got")],
)
def test_bad_sizes_are_named(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        FusionRegressor(*arguments, **options)
