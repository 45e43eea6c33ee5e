"""The example of a reader's own method does what the chapter asks of one."""

from dataclasses import replace

from torch import nn

from chapters.class_token.own_method import perceptron
from chapters.class_token.scores import errors_of
from chapters.class_token.systems import RECIPES, train_own
from tests.verification.small import small_corpus


def test_it_is_trained_and_judged_like_the_class_token():
    voices = small_corpus()
    recipe = replace(RECIPES["embedded", "quick"], epochs=2)
    system = train_own(voices, recipe, 0, perceptron)
    assert isinstance(system.network.layers[0].memory[1], nn.GELU)
    assert 0 < errors_of(system, voices)["all"] < 0.6
