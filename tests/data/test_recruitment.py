"""The generator against the published statistics."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression, LogisticRegression

from support.data.errors import DataError
from support.data.recruitment import (
    COMPETENCIES,
    OCCUPATIONS,
    explicit_words,
    make_recruitment,
)
from support.data.tables import load_faircv_statistics


def statistics():
    try:
        return load_faircv_statistics(download=False)
    except DataError as error:
        pytest.skip(f"the published statistics are not here: {error}")


def test_one_seed_gives_one_batch():
    one, two, other = (make_recruitment(60, seed) for seed in (3, 3, 4))
    for name in one.__slots__:
        assert torch.equal(getattr(one, name), getattr(two, name))
    assert not torch.equal(one.face, other.face)


@pytest.mark.parametrize("version", [1, 2])
def test_groups_are_balanced(version):
    batch = make_recruitment(600, 0, version=version)
    cells = torch.bincount(batch.ethnicity * 2 + batch.gender)
    assert cells.tolist() == [100] * 6
    assert batch.competencies.shape == (600, len(COMPETENCIES[version]))
    torch.testing.assert_close(batch.face.norm(dim=1), torch.ones(600))


def test_version_one_has_the_published_marginals():
    published = statistics()["experiments"]
    batch = make_recruitment(40_000, 0, version=1)
    columns = dict(zip(COMPETENCIES[1], batch.competencies.T.numpy(), strict=True))
    for name, given in (("educ_attainment", "education"), ("language_1",) * 2):
        pooled = [published[kind]["marginals"][name] for kind in published]
        for place, value in enumerate(pooled[0]["values"]):
            wanted = np.mean([entry["probability"][place] for entry in pooled])
            assert (columns[given] == value).mean() == pytest.approx(wanted, abs=0.01)
    assert columns["experience"].mean() == pytest.approx(1.505, abs=0.01)
    assert columns["experience"].std() == pytest.approx(0.505, abs=0.01)


def test_every_other_marginal_of_version_one_is_the_published_one():
    published = statistics()["experiments"]
    batch = make_recruitment(40_000, 1, version=1)
    columns = dict(zip(COMPETENCIES[1], batch.competencies.T.numpy(), strict=True))
    given = {"availability": "availability", "recommendation": "recommendation"}
    given |= {name: name for name in COMPETENCIES[1] if name.startswith("language_")}
    for name, told in given.items():
        pooled = [published[kind]["marginals"][told] for kind in published]
        for place, value in enumerate(pooled[0]["values"]):
            wanted = np.mean([entry["probability"][place] for entry in pooled])
            assert (columns[name] == value).mean() == pytest.approx(wanted, abs=0.01)


# Counts of 19,200 applications of 2023, from a published audit of the released file.
COUNTED = {
    "education": [2508, 6000, 6920, 3078, 694],
    "experience": [359, 2624, 6093, 6439, 3148, 537],
    "availability": [318, 528, 1609, 4219, 12526],
}


def test_version_two_has_the_counted_marginals():
    batch = make_recruitment(40_000, 2, version=2)
    columns = dict(zip(COMPETENCIES[2], batch.competencies.T.numpy(), strict=True))
    for name, counts in COUNTED.items():
        levels, found = np.unique(columns[name], return_counts=True)
        assert np.allclose(np.diff(levels), 0.2, atol=1e-6), name
        assert found / 40_000 == pytest.approx(np.array(counts) / 19_200, abs=0.01)
    assert columns["recommendation"].mean() == pytest.approx(1994 / 19_200, abs=0.01)
    levels, found = np.unique(batch.suitability.numpy(), return_counts=True)
    assert levels == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert found / 40_000 == pytest.approx(0.25, abs=0.01)


def test_version_one_has_the_published_weights_and_biases():
    published = statistics()["experiments"]["gender"]
    batch = make_recruitment(20_000, 0, version=1)
    fitted = LinearRegression().fit(batch.competencies, batch.blind_score)
    wanted = list(published["blind_score"]["least_squares_weights"].values())
    assert np.allclose(fitted.coef_, wanted, rtol=0.02)
    lost = (batch.blind_score - batch.gender_score)[batch.gender == 1]
    assert float(lost.mean()) == pytest.approx(0.119, abs=0.001)
    assert float(lost.std()) == pytest.approx(0.018, abs=0.001)
    assert torch.equal(
        batch.gender_score[batch.gender == 0], batch.blind_score[batch.gender == 0]
    )
    moved = batch.ethnicity_score - batch.blind_score
    groups = statistics()["experiments"]["ethnicity"]["biased_score_by_group"]
    for group, sign in ((0, 1), (1, 0), (2, -1)):
        wanted = groups[f"ethnicity{group}_gender0"]["difference_mean"]
        found = float(moved[batch.ethnicity == group].mean())
        assert found == pytest.approx(wanted, abs=0.01)
        assert (moved[batch.ethnicity == group] * sign >= 0).all()
    assert float(batch.ethnicity_score.min()) >= 0


def test_version_two_has_the_audited_ratios():
    batch = make_recruitment(20_000, 0)
    ratio = batch.gender_score.sum() / batch.blind_score.sum()
    women = batch.blind_score[batch.gender == 1].sum() / batch.blind_score.sum()
    assert float(ratio) == pytest.approx(1 - 0.25 * float(women), abs=0.002)
    for group, factor in ((0, 1.25), (1, 1.0), (2, 0.75)):
        member = batch.ethnicity == group
        found = batch.ethnicity_score[member].sum() / batch.blind_score[member].sum()
        assert float(found) == pytest.approx(factor, abs=0.003)
    assert float(batch.blind_score.min()) == 0
    assert float(batch.blind_score.max()) == 1
    counts = torch.bincount(batch.occupation, minlength=len(OCCUPATIONS))
    assert (counts > 0).all()
    sectors = [
        float((batch.suitability == value).float().mean()) for value in (0.25, 1)
    ]
    assert sectors == pytest.approx([0.25, 0.25], abs=0.01)


def test_merit_is_blind_and_the_face_is_not():
    train, test = make_recruitment(3000, 0), make_recruitment(3000, 1)
    for name, least in (("gender", 0.85), ("ethnicity", 0.85)):
        labels = getattr(train, name)
        probe = LogisticRegression(max_iter=1000).fit(train.face, labels)
        assert probe.score(test.face, getattr(test, name)) > least
        blind = LogisticRegression(max_iter=1000).fit(
            train.competencies.numpy(), labels
        )
        chance = 1 / len(labels.unique())
        assert (
            blind.score(test.competencies.numpy(), getattr(test, name)) < chance + 0.05
        )


def test_two_pictures_of_a_person_are_nearer_than_two_persons():
    batch = make_recruitment(500, 0)
    own = (batch.face - batch.face_second).norm(dim=1)
    others = (batch.face - batch.face_second.roll(6, 0)).norm(dim=1)
    assert float((own < others).float().mean()) > 0.9


def test_the_blinded_text_lacks_what_says_a_gender_and_nothing_else():
    batch = make_recruitment(500, 0)
    assert (batch.text.sum(1) == 19).all()
    assert (batch.text[:, explicit_words()].sum(1) == 3).all()
    assert (batch.text_blind[:, explicit_words()] == 0).all()
    assert torch.equal(batch.text_blind.sum(1), batch.text.sum(1) - 3)
    words = batch.text[:, explicit_words()]
    assert (words[batch.gender == 0][:, 4:] == 0).all()
    assert (words[batch.gender == 1][:, :4] == 0).all()
    occupation = batch.text[:, :30].reshape(-1, 10, 3).sum(2).argmax(1)
    assert torch.equal(occupation, batch.occupation)
    assert make_recruitment(12, 0, version=1).text.shape == (12, 0)


def test_bad_requests_are_named():
    with pytest.raises(ValueError, match="n: got 11"):
        make_recruitment(11, 0)
    with pytest.raises(ValueError, match="version: got 3"):
        make_recruitment(12, 0, version=3)
