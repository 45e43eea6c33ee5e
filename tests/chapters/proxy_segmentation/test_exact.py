"""Identities hold on a trained proxy, and their measures are not empty."""

import math

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
