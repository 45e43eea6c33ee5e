"""What is measured, on networks of which one knows what it should be."""

import pytest
import torch
from torch import nn

from chapters.unlearning import scores
from chapters.unlearning.systems import mapped
from support.models.forgetting import forget_map


def test_the_measures_of_the_original_and_of_a_constant(posed):
    row = scores.measures(posed.net, posed)
    assert row["A_r"] == row["A_f"] == 1
    assert row["test"] > 0.93
    constant = scores.measures(lambda x: torch.eye(10)[[3] * len(x)], posed)
    assert constant["A_f"] == 0
    assert constant["MIA"] < 0.6
    judged = scores.judged(posed.net, posed, constant)
    wanted = sum(abs(row[name] - constant[name]) for name in ("A_f", "test", "MIA"))
    assert judged["distance"] == pytest.approx(wanted)


def test_multiply_adds_of_known_layers():
    net = nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.Flatten(), nn.Linear(64, 5))
    x = torch.zeros(7, 2, 4, 4)
    forward = 7 * (4 * 16 * 2 * 9 + 64 * 5)
    with scores.counted() as cost, torch.no_grad():
        net(x)
    assert cost.total == forward
    with scores.counted() as cost:
        net(x)
    assert cost.total == 3 * forward
    net(x)
    assert cost.total == 3 * forward  # nothing is counted outside


def test_what_is_left_of_the_pictures(posed):
    original = scores.residual(posed.z, posed, 0)
    assert list(original) == list(scores.NOISES)
    assert original[0.01] > 0.7
    assert original[0.01] > original[0.1]
    by_call = scores.residual(scores.encoder(posed.net), posed, 0)
    assert by_call == pytest.approx(original)
    gone = scores.through(scores.closed_form(posed, 100.0), posed)
    assert max(scores.residual(gone, posed, 0).values()) < 0.2


def test_drawings_are_of_the_pictures_until_they_are_gone(posed):
    asked = posed.data.pictures(posed.data.x_test[~posed.stays])
    mean = posed.data.pictures(posed.x_f).mean(0)
    chance = float((asked - mean).square().mean())
    drawn = scores.decoded(posed.z, posed, 0)
    assert drawn.shape == asked.shape
    assert 0 <= float(drawn.min()) <= float(drawn.max()) <= 1
    assert float((asked - drawn).square().mean()) < 0.6 * chance
    gone = scores.through(scores.closed_form(posed, 100.0), posed)
    blind = scores.decoded(gone, posed, 0)
    assert float((asked - blind).square().mean()) > 0.8 * chance


def test_the_clock_and_its_first_step(posed):
    rows = scores.clock({0: forget_map(64), 5: forget_map(64)}, posed, 0)
    assert rows[0]["A_f"] == rows[5]["A_f"] == 1
    assert rows[0][0.05] == rows[5][0.05]
    falls = {0: {"A_f": 0.0}, 2: {"A_f": 0.4}, 8: {"A_f": 0.1}, 9: {"A_f": 0.0}}
    assert scores.first_at_most(falls, "A_f", 0.1) == 8
    assert scores.first_at_most(falls, "A_f", -1.0) == 9


def test_a_fresh_head_finds_the_class_unless_all_are_one(posed):
    assert scores.recall(posed.net, posed) > 0.9
    flat = mapped(posed.net, _Alike())
    assert scores.recall(flat, posed) in (0, 1)  # all get the most frequent class


def test_rows_point_along_the_means_and_are_shorter(posed):
    found = scores.collapse(posed)
    assert 0.8 < found["cosine"] <= 1
    assert found["longer"] > 2


class _Alike(nn.Module):
    def forward(self, z):
        return torch.zeros_like(z)
