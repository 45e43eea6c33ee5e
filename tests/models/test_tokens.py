"""Tokens: drawn in training, averaged at the test."""

import pytest
import torch
from torch.testing import assert_close

from support.models.tokens import Token


def test_one_vector_is_the_same_in_training_and_at_the_test():
    token = Token(4)
    assert_close(token.train()(3), token.eval()(3))
    assert_close(token(3)[0, 0], token.vectors[0])


def test_every_vector_is_drawn_and_learns():
    token = Token(4, vectors=3).train()
    drawn = token(300, torch.Generator().manual_seed(0))
    same = (drawn == token.vectors).all(2).float()
    assert_close(same.sum(1), torch.ones(300))
    assert (same.mean(0) > 0.25).all()
    drawn.sum().backward()
    assert (token.vectors.grad != 0).all()


def test_the_mean_stands_at_the_test():
    token = Token(4, vectors=5).eval()
    assert_close(token(2), token.vectors.mean(0).expand(2, 1, -1))


def test_the_generator_decides_the_draw():
    token = Token(4, vectors=8).train()
    one, same, other = (
        token(20, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_nobody_gets_a_token_and_too_few_are_refused():
    assert Token(4, vectors=2)(0).shape == (0, 1, 4)
    for width, vectors, words in ((0, 1, "width: got 0"), (4, 0, "vectors: got 0")):
        with pytest.raises(ValueError, match=words):
            Token(width, vectors)
    with pytest.raises(ValueError, match="count: got -1"):
        Token(4)(-1)
    with pytest.raises(ValueError, match="generator: got int"):
        Token(4, vectors=2)(1, 0)
