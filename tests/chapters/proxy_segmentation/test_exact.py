"""Identities hold on a trained proxy, and their measures are not empty."""

import math

import pytest
import torch

from chapters.proxy_segmentation import exact, systems
from tests.chapters.proxy_segmentation.small import data

TAUGHT = systems.teach(data(), systems.black_box(data(), 0))
STUDENT = systems.SYSTEMS["proxy B"](TAUGHT, 0)
SAID = STUDENT.said(TAUGHT)
X = TAUGHT.x.test


def rng():
    return torch.Generator().manual_seed(0)


def test_identities_hold_and_are_not_empty():
    model, heard = STUDENT.model, TAUGHT.features.test
    assert exact.identity_gap(SAID, model, X) < 1e-9
    order = torch.tensor([1, 2, 3, 4, 0])
    assert exact.decisions_changed(model, heard, order) == 0
    answers = systems.ask(systems.black_box(TAUGHT, 1), heard)
    assert 0 < exact.gradient_gap(SAID.logits, answers) < 1e-9


def test_the_objective_does_not_rise():
    assert 0 <= exact.largest_rise(X, rng(), 4) < 1e-6
    assert math.isfinite(exact.largest_rise(0 * X, rng(), 4))


def test_gradients_are_compared_on_copies():
    z = SAID.logits.double()
    exact.gradient_gap(z, 0 * z)
    assert not z.requires_grad


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: exact.gradient_gap(SAID.logits, SAID.logits[:, :2]), "teacher"),
        (lambda: exact.gradient_gap(SAID.logits[0], SAID.logits[0]), "student"),
        (lambda: exact.gradient_gap(SAID.logits / 0, SAID.logits), "student"),
        (
            lambda: exact.decisions_changed(
                STUDENT.model, TAUGHT.features.test, torch.tensor([0, 0, 1, 2, 3])
            ),
            "order",
        ),
        (
            lambda: exact.decisions_changed(
                STUDENT.model, TAUGHT.features.test, torch.arange(4)
            ),
            "order",
        ),
        (lambda: exact.largest_rise(X[0], rng(), 4), "x"),
        (lambda: exact.largest_rise(X[:0], rng(), 4), "x"),
        (lambda: exact.largest_rise(X, rng(), 0), "components"),
        (lambda: exact.identity_gap(SAID, STUDENT.model, X[:, 1:]), "x"),
        (lambda: exact.identity_gap(SAID, STUDENT.model, -X), "x"),
    ],
)
def test_bad_input_is_refused_by_name(call, name):
    with pytest.raises(ValueError, match=f"^{name}"):
        call()
