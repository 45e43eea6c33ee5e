"""The measures: peers, extremes, and a choice that looks at validation pairs alone."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.functional import normalize

from chapters.alignment.data import Parts, load
from chapters.alignment.scores import Meter, embed, tuned
from chapters.alignment.systems import RECIPES, Pair, untrained
from support.metrics.probes import urr


@pytest.fixture(scope="module", params=["embedded", "mnist"])
def world(request):
    data = load(request.param, "quick", seed=0)
    return data, Meter(data), untrained(data, RECIPES["quick"], 0)


def test_urr_is_that_of_the_package(world):
    data, meter, pair = world
    z, _ = embed(pair, data)
    for name in (data.untold[0], data.told[-1]):
        labels, captions = data.column(name), data.captions
        given = (
            {"given_train": captions.train, "given_test": captions.test}
            if not data.independent and name in data.untold
            else {}
        )
        wanted = urr(
            z.train, labels.train, z.test, labels.test, data.values[name], **given
        )
        assert meter.urr(z, name)[1] == pytest.approx(wanted, abs=1e-9)


def test_a_row_is_finite_and_has_what_the_lesson_shows(world):
    data, meter, pair = world
    row = meter(pair)
    assert all(torch.isfinite(torch.tensor(list(row.values()))))
    untold = [row[f"URR {name}"] for name in data.untold]
    assert row["URR nuisance"] == pytest.approx(sum(untold) / len(untold))
    assert row["R@1"] < 0.05
    assert 0.5 < row["gap"] <= 2


def test_a_picture_that_is_its_caption_is_perfect():
    data = load("embedded", "quick", seed=0)
    told = replace(data, pictures=Parts(*(part[:, :, None] for part in data.captions)))
    row = Meter(told)(Pair(nn.Flatten(), nn.Flatten(), 0.1))
    assert row["CKA"] == pytest.approx(1)
    assert row["R@1"] == 1
    assert row["gap"] == pytest.approx(0, abs=1e-6)
    assert row["5-NN"] > 0.3  # ties: many pictures share a vector
    assert row["URR essence"] > 0.9
    assert abs(row["URR nuisance"]) < 0.05


def test_a_gap_is_not_seen_by_cka():
    data = load("embedded", "quick", seed=0)

    class Shifted(nn.Module):
        def forward(self, t):
            return normalize(t, dim=1) + torch.eye(14)[0]

    told = replace(data, pictures=data.captions)
    pair = Pair(nn.Identity(), nn.Identity(), 0.1)
    pair.forward = lambda x, t: (normalize(x, dim=1), Shifted()(t))
    row = Meter(told)(pair)
    assert row["CKA"] == pytest.approx(1)
    assert row["gap"] == pytest.approx(1, abs=1e-5)


def test_the_rival_is_chosen_by_validation_pairs():
    rows = {
        "penalty": {"valid R@1": 0.40},
        "weak": {"valid R@1": 0.379, "valid URR": 0.0, "URR nuisance": 0.0},
        "good": {"valid R@1": 0.381, "valid URR": 0.2, "URR nuisance": 0.9},
        "fair": {"valid R@1": 0.50, "valid URR": 0.3, "URR nuisance": 0.1},
    }
    assert tuned(rows, "penalty", ["weak", "good", "fair"]) == "good"
    assert tuned(rows, "penalty", ["weak"]) == ""
