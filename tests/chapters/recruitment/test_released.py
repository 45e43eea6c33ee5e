"""The authors' numbers beside ours."""

import numpy as np
import pytest
import torch

from chapters.recruitment.data import Data
from chapters.recruitment.released import (
    PUBLISHED_SHARES,
    PUBLISHED_WEIGHTS,
    SCENARIOS,
    beside,
    recover_weights,
    scenarios,
    shares,
    weights,
)
from support.data.errors import DataError
from support.data.recruitment import make_recruitment
from support.data.tables import load_faircv_statistics
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


def test_the_first_version_stands_beside_what_is_published(data):
    beside = shares(data)
    assert list(beside["availability"]) == ["1", "2", "3", "4", "5"]
    for levels in beside.values():
        for column in ("generated", "published"):
            assert sum(level[column] for level in levels.values()) == pytest.approx(1)
        assert all(
            level["generated"] == pytest.approx(level["published"], abs=0.04)
            for level in levels.values()
        )
    table = weights(data)
    assert table.loc["woman", "biased score"] < -0.1 < table.loc["woman", "merit"]
    assert np.allclose(table["merit"], table["merit, published"], atol=0.003)


def test_what_is_published_is_what_the_file_says():
    try:
        told = load_faircv_statistics(download=False)["experiments"]["gender"]
    except DataError:
        pytest.skip("the published statistics are not here")
    fitted = told["blind_score"]["least_squares_weights"]
    assert tuple(fitted.values()) == PUBLISHED_WEIGHTS
    for name, column in (
        ("education", "educ_attainment"),
        ("availability", "availability"),
        ("language_1", "language_1"),
    ):
        lowest, published = PUBLISHED_SHARES[name]
        assert told["marginals"][column]["values"][0] == lowest
        assert tuple(told["marginals"][column]["probability"]) == published
