"""Scorers refitted on arrays of the released form."""

import numpy as np
import pytest
import torch

from chapters.recruitment.released import (
    first_version,
    levels,
    published_statistics,
    recover_weights,
    refit,
    refit_files,
)
from support.data.errors import DataError
from support.data.faircv import FILES, Released
from support.data.recruitment import make_recruitment


@pytest.fixture(scope="module")
def data():
    return make_recruitment(3000, 5, version=1)


def nearly_constant(data):
    """One unit vector and a trace of the face, as the released columns are."""
    constant = torch.full((20,), 20**-0.5, dtype=torch.float64)
    return constant + 1e-5 * (data.face.double() - data.face.mean(0))


def test_a_nearly_constant_face_feeds_nothing_and_hides_nothing(data):
    found = refit(Released(data, nearly_constant(data)), "gender", seed=0)
    reports = found.reports
    assert reports["+ face"].kl > 2 * reports["competencies"].kl
    assert reports["+ agnostic face"].kl < 2 * reports["competencies"].kl
    assert reports["+ face"].shares[1] < 0.42
    assert found.deviation < 1e-5
    assert found.agnostic.raw < 0.6 < 0.8 < found.agnostic.standardised


def test_files_are_read_from_a_folder(tmp_path, data):
    profiles = torch.cat(
        [
            data.ethnicity[:, None].double(),
            data.gender[:, None].double(),
            data.competencies.double(),
            data.face.double(),
            nearly_constant(data),
        ],
        dim=1,
    )
    content = {
        "profiles": profiles.numpy(),
        "blindLabels": data.blind_score.double().numpy(),
        "biasedLabels": data.ethnicity_score.double().numpy(),
    }
    with pytest.raises(DataError, match="cannot be read"):
        refit_files(tmp_path, seed=0, kinds=["ethnicity"])
    np.save(tmp_path / FILES["ethnicity"], np.array(content, dtype=object))
    found = refit_files(tmp_path, seed=0, kinds=["ethnicity"])
    shares = found["ethnicity"].reports["+ face"].shares
    assert shares.argmax() == 0
    assert shares.argmin() == 2


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
