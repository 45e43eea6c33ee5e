"""The authors' arrays are read without running them; faces follow aggregates."""

import os
import pickle

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from support.data.errors import DataError
from support.data.faircv import load_faircv_v1, published_faces
from support.data.recruitment import make_recruitment
from support.data.tables import load_faircv_statistics


def content(n=60, columns=54):
    rng = np.random.default_rng(0)
    profiles = rng.random((n, columns))
    profiles[:, 0], profiles[:, 1] = np.arange(n) % 3, np.arange(n) % 2
    return {
        "profiles": profiles,
        "blindLabels": rng.random(n),
        "biasedLabels": rng.random(n),
        "image_list": np.array(["a.png"] * n),
    }


def saved(folder, value):
    path = folder / "some.npy"
    np.save(path, np.array(value, dtype=object), allow_pickle=True)
    return path


@pytest.fixture(scope="module")
def statistics():
    try:
        return load_faircv_statistics(download=False)
    except DataError as error:
        pytest.skip(f"the published statistics are not here: {error}")


def test_columns_go_where_they_belong(tmp_path):
    given = content()
    released = load_faircv_v1(saved(tmp_path, given), "gender")
    data = released.applications
    profiles = torch.from_numpy(given["profiles"])
    assert torch.equal(data.ethnicity, torch.arange(60) % 3)
    assert torch.equal(data.gender, torch.arange(60) % 2)
    assert torch.equal(data.competencies, profiles[:, 2:14].float())
    assert torch.equal(data.face, profiles[:, 14:34].float())
    assert torch.equal(released.agnostic, profiles[:, 34:])
    assert torch.equal(
        data.gender_score, torch.from_numpy(given["biasedLabels"]).float()
    )
    assert data.ethnicity_score.isnan().all()
    assert data.text.shape == (60, 0)
    other = load_faircv_v1(tmp_path / "some.npy", "ethnicity").applications
    assert other.gender_score.isnan().all()


@pytest.mark.parametrize("protocol", [3, 4])
def test_old_and_new_names_of_numpy_are_known(tmp_path, protocol):
    path = tmp_path / "old.npy"
    body = pickle.dumps(np.array({"a": np.float64(1)}, dtype=object), protocol)
    old = body.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    if protocol == 4:  # its strings carry their lengths
        old = body
    with path.open("wb") as file:
        header = {"descr": "|O", "fortran_order": False, "shape": ()}
        np.lib.format.write_array_header_1_0(file, header)
        file.write(old)
    with pytest.raises(DataError, match="lacks profiles, blindLabels, biasedLabels"):
        load_faircv_v1(path, "gender")


class Foreign:
    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


def test_a_foreign_global_is_refused_and_not_run(tmp_path):
    proof = tmp_path / "ran"
    path = saved(tmp_path, content() | {"extra": Foreign(f"touch {proof}")})
    with pytest.raises(DataError, match=r"asks for (posix|nt)\.system, which no array"):
        load_faircv_v1(path, "gender")
    assert not proof.exists()
    np.load(path, allow_pickle=True)  # the trap is a real one
    assert proof.exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"profiles": np.zeros((60, 51))}, r"shape \(60, 51\); expected \(n, 54\)"),
        ({"profiles": np.zeros(60)}, r"shape \(60,\)"),
        ({"profiles": np.zeros((60, 54))}, "column ethnicity holds"),
        ({"profiles": np.full((60, 54), np.nan)}, "NaN"),
        ({"blindLabels": np.zeros(59)}, r"shapes \(59,\) and \(60,\)"),
        ({"biasedLabels": np.array(["a"] * 60)}, "biasedLabels holds no numbers"),
    ],
)
def test_wrong_arrays_are_named(tmp_path, change, message):
    with pytest.raises(DataError, match=message):
        load_faircv_v1(saved(tmp_path, content() | change), "gender")


def test_what_is_no_file_of_theirs_is_named(tmp_path):
    (tmp_path / "text.npy").write_text("hello, this is no array", "utf-8")
    np.save(tmp_path / "plain.npy", np.zeros(3))
    box = np.empty((), dtype=object)
    box[()] = [1]
    np.save(tmp_path / "list.npy", box, allow_pickle=True)
    whole = saved(tmp_path, content()).read_bytes()
    (tmp_path / "cut.npy").write_bytes(whole[:-400])
    for name, message in (
        ("nowhere", "cannot be read"),
        ("text", "is damaged"),
        ("plain", "float64 of shape"),
        ("list", "holds a list"),
        ("cut", "is damaged"),
    ):
        with pytest.raises(DataError, match=message):
            load_faircv_v1(tmp_path / f"{name}.npy", "gender")
    with pytest.raises(ValueError, match="kind: got 'age'"):
        load_faircv_v1("x", "age")


def test_drawn_faces_have_the_published_moments(statistics):
    data = make_recruitment(30_000, 0)
    drawn = published_faces(data, statistics, seed=1)
    torch.testing.assert_close(drawn.face.norm(dim=1), torch.ones(30_000))
    assert torch.equal(drawn.competencies, data.competencies)
    for key, group in statistics["face_embedding"]["groups"].items():
        rows = (drawn.ethnicity == int(key[9])) & (drawn.gender == int(key[-1]))
        # Scaling to unit length moves the moments a little.
        mean, wanted = drawn.face[rows].mean(0), torch.tensor(group["mean"])
        assert float((mean - wanted).norm() / wanted.norm()) < 0.1
        assert torch.cosine_similarity(mean, wanted, dim=0) > 0.99
        spread = drawn.face[rows].T.cov().diagonal().sum()
        told = torch.tensor(group["covariance"]).diagonal().sum()
        assert float(spread / told) == pytest.approx(1, abs=0.15)
    again = published_faces(data, statistics, seed=1)
    assert torch.equal(again.face_second, drawn.face_second)


def test_drawn_faces_leak_as_the_published_ones_do(statistics):
    train, test = (
        published_faces(make_recruitment(4800, s), statistics, seed=s) for s in (0, 1)
    )
    told = statistics["face_embedding"]["linear_probe_5fold_accuracy"]["face_embedding"]
    for name, wanted in told.items():
        probe = LogisticRegression(max_iter=1000).fit(train.face, getattr(train, name))
        found = probe.score(test.face.numpy(), getattr(test, name))
        assert found == pytest.approx(wanted, abs=0.05)


def test_a_group_that_is_not_published_is_named():
    with pytest.raises(DataError, match="lack ethnicity0_gender0"):
        published_faces(
            make_recruitment(12, 0), {"face_embedding": {"groups": {}}}, seed=0
        )
