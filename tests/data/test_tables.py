"""Zoo, sung attributes, recruitment statistics and published results."""

import json

import numpy as np
import pytest

from support.data.errors import DataError
from support.data.tables import (
    ZOO_ATTRIBUTES,
    load_faircv_statistics,
    load_reference_results,
    load_vocalset_egemaps,
    load_zoo,
)


def test_zoo_matches_its_description(real_corpora):
    zoo = load_zoo()
    assert zoo.shape == (101, 18)
    assert len(ZOO_ATTRIBUTES) == 15
    assert zoo["type"].value_counts().to_dict() == {
        "mammal": 41, "bird": 20, "fish": 13, "shellfish": 10, "insect": 8,
        "reptile": 5, "amphibian": 4,
    }  # fmt: skip
    assert (zoo["name"] == "frog").sum() == 2


def test_vocalset_matches_its_description(real_corpora):
    sung = load_vocalset_egemaps()
    assert sung.features.shape == (2_699, 88)
    assert sung.features.dtype == np.float32
    assert len(set(sung.feature_names)) == 88
    assert sung.labels["singer"].nunique() == 15
    assert sung.labels["technique"].nunique() == 17
    assert set(sung.labels["vowel"]) == {"a", "e", "i", "o", "u", ""}
    assert len(sung) == len(sung.labels)


def test_faircv_covariances_are_covariances(real_corpora):
    statistics = load_faircv_statistics()
    assert set(statistics["experiments"]) == {"gender", "ethnicity"}
    assert len(statistics["published_scenarios"]["results"]) == 10
    for group in statistics["face_embedding"]["groups"].values():
        covariance = np.array(group["covariance"])
        assert covariance.shape == (20, 20)
        np.testing.assert_allclose(covariance, covariance.T, atol=1e-9)
        assert np.linalg.eigvalsh(covariance).min() > -1e-6


def test_published_results_are_fractions(real_corpora):
    results = load_reference_results()
    assert len(results) == 61
    assert results["value"].between(0.1, 1).all()
    assert {"Fashion-MNIST", "MNIST", "ESC-50"} <= set(results["dataset"])


def small(tiny, tmp_path, name, file, content):
    tiny.add(name, {file: content})
    return tiny.place(tmp_path / "here", name)


def zoo_text(rows: int = 101, legs: str = "024568", bit: str = "1") -> bytes:
    head = ",".join(["name", *ZOO_ATTRIBUTES, "legs", "type"])
    lines = [
        ",".join(["a", *[bit] * 15, legs[n % len(legs)], "fish"]) for n in range(rows)
    ]
    return "\n".join([head, *lines]).encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zoo_text(rows=100), "100 animals"),
        (zoo_text(legs="4"), "101 animals with"),
        (zoo_text(bit="2"), "neither 0 nor 1"),
        (zoo_text().replace(b"milk", b"silk", 1), "milk missing"),
    ],
)
def test_another_zoo_is_refused(tiny, tmp_path, content, message):
    folder = small(tiny, tmp_path, "zoo", "zoo.csv", content)
    with pytest.raises(DataError, match=message):
        load_zoo(data_dir=folder)


def test_a_right_zoo_passes(tiny, tmp_path):
    folder = small(tiny, tmp_path, "zoo", "zoo.csv", zoo_text())
    assert len(load_zoo(data_dir=folder)) == 101


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"not json", "it is no JSON"),
        (b"{}", "coding, columns"),
        (
            json.dumps(
                {
                    "columns": [],
                    "coding": {},
                    "experiments": {"gender": {}, "ethnicity": {}},
                    "face_embedding": {"groups": {}},
                    "published_scenarios": {},
                }
            ).encode(),
            "0 groups",
        ),
    ],
)
def test_other_statistics_are_refused(tiny, tmp_path, content, message):
    file = "faircv_v1_statistics.json"
    folder = small(tiny, tmp_path, "faircv_statistics", file, content)
    with pytest.raises(DataError, match=message):
        load_faircv_statistics(data_dir=folder)


def test_other_results_are_refused(tiny, tmp_path):
    text = b"dataset,task,method,metric,value,source\na,b,c,d,87,e\n"
    folder = small(tiny, tmp_path, "reference_results", "published_results.csv", text)
    with pytest.raises(DataError, match=r"outside \[0, 1\]"):
        load_reference_results(data_dir=folder)


@pytest.mark.parametrize(
    ("features", "singers", "message"),
    [
        (np.zeros((10, 88)), 10, r"features \(10, 88\)"),
        (np.full((2_699, 88), np.nan), 2_699, "not finite"),
        (np.zeros((2_699, 88)), 5, "another length"),
    ],
)
def test_other_attributes_are_refused(tiny, tmp_path, features, singers, message):
    path = tmp_path / "made.npz"
    words = {
        label: np.array(["x"] * singers)
        for label in ("singer", "sex", "exercise", "technique", "vowel")
    }
    names = np.array([f"f{n}" for n in range(88)])
    np.savez_compressed(path, features=features, feature_names=names, **words)
    file = "vocalset_egemaps.npz"
    folder = small(tiny, tmp_path, "vocalset_egemaps", file, path.read_bytes())
    with pytest.raises(DataError, match=message):
        load_vocalset_egemaps(data_dir=folder)
