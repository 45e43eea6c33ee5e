"""The authors' numbers beside ours."""

import numpy as np
import pytest
import torch

from chapters.recruitment.data import Data
from chapters.recruitment.released import (
    SCENARIOS,
    beside,
    first_version,
    levels,
    published_statistics,
    recover_weights,
    scenarios,
)
from support.data.errors import DataError
from support.data.recruitment import make_recruitment
from support.recruitment.applications import take


@pytest.fixture(scope="module")
def data():
    return make_recruitment(3000, 5, version=1)


def test_scenarios_stand_beside_the_authors(data):
    half = torch.arange(len(data)) < 1500
    split = Data(take(data, half), take(data, ~half))
    found = scenarios(split, torch.zeros_like, seed=0)
    assert list(found) == list(SCENARIOS)
    assert found["2: all"].kl > found["4: + face"].kl > found["3: competencies"].kl
    assert found["4: + face"].shares[1] < 0.42 < found["4: + agnostic face"].shares[1]
    table = beside(found)
    assert table.loc["4: + face", "KL, theirs"] == 0.171
    assert table.loc["4: + face", "KL, ours"] == found["4: + face"].kl
    assert table.shape == (5, 6)
    assert table.notna().all(axis=None)


def test_weights_and_the_penalty_are_recovered(data):
    blind = recover_weights(data.competencies, data.gender, data.blind_score)
    biased = recover_weights(data.competencies, data.gender, data.gender_score)
    assert np.allclose(blind[:4], [0.0890, 0.1175, 0.1185, 0.0297], rtol=0.02)
    assert np.allclose(blind[4:12], 0.018, rtol=0.05)
    assert abs(blind[12]) < 0.002
    assert biased[12] == pytest.approx(-0.119, abs=0.003)


def test_shares_of_levels_sum_to_one(data):
    shares = levels(data.competencies[:, 0], 0, 6)
    assert sum(shares) == pytest.approx(1)
    assert shares[1] == max(shares)


def test_statistics_are_there_or_are_not(monkeypatch, tmp_path):
    found = published_statistics()
    assert found is None or "face_embedding" in found

    def absent(**_):
        raise DataError("not here")

    monkeypatch.setattr("chapters.recruitment.released.load_faircv_statistics", absent)
    assert published_statistics() is None


def test_the_first_version_is_shown_beside_what_is_published(monkeypatch):
    monkeypatch.setattr("chapters.recruitment.released.published_statistics", dict)
    alone = first_version(0, 600)
    assert list(alone.shares["availability"]) == ["1", "2", "3", "4", "5"]
    assert alone.shares["education"]["1"].keys() == {"generated"}
    assert [len(row) for row in alone.weights.values()] == [13, 13]
    assert alone.weights["biased score"][-1] < -0.1 < alone.weights["merit"][-1]
    told = {
        "marginals": {
            name: {"probability": [0.5] * 6}
            for name in ("educ_attainment", "availability", "language_1")
        },
        "blind_score": {"least_squares_weights": dict.fromkeys(range(12), 0.25)},
    }
    monkeypatch.setattr(
        "chapters.recruitment.released.published_statistics",
        lambda: {"experiments": {"gender": told}},
    )
    beside = first_version(0, 600)
    assert beside.shares["language_1"]["3"]["published"] == 0.5
    assert beside.weights["merit, published"] == [0.25] * 12 + [0.0]
    assert beside.weights["merit"] == pytest.approx(alone.weights["merit"])
