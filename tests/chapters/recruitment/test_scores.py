"""Scores held to groups, decisions in a library's words, faces on a plane."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from fairlearn.metrics import demographic_parity_ratio

from chapters.recruitment import scores
from chapters.recruitment.data import Data
from support.models.erasure import leace
from support.recruitment.applications import load_applications
from support.recruitment.scorer import Sees, train_scorer


class Known:
    """A scorer whose scores and hidden numbers are columns of the applications."""

    def __init__(self, score, hidden="competencies"):
        self.score, self.layer = score, hidden

    def both(self, data):
        return getattr(data, self.score).clamp(max=1), self.hidden(data)

    def hidden(self, data):
        return getattr(data, self.layer)


@pytest.fixture(scope="module")
def data():
    return Data(*load_applications(100, train=1200, test=1200))


def test_the_truth_is_fair_and_the_biased_score_is_not(data):
    fair = scores.rate(Known("blind_score"), data, seed=0)
    assert fair.kl < fair.floor_95 * 1.5
    assert (fair.gap, fair.to_blind) == (0, 0)
    assert fair.p > 0.7
    assert fair.hidden == pytest.approx(0.5, abs=0.06)
    unfair = scores.rate(Known("gender_score", "face"), data, seed=0)
    assert unfair.kl > 1.5 * unfair.floor_95
    assert unfair.p < 0.5
    assert unfair.to_biased == 0
    assert unfair.hidden > 0.8
    assert float(unfair.shares.sum()) == pytest.approx(1)
    assert torch.equal(unfair.scores, data.test.gender_score)
    three = scores.rate(Known("ethnicity_score"), data, "ethnicity", seed=0)
    assert three.shares.argsort().tolist() == [2, 1, 0]
    rows = scores.summary({"fair": fair, "unfair": unfair})
    assert rows["p"].tolist() == [fair.p, unfair.p]
    with pytest.raises(ValueError, match="attribute: got 'age'"):
        scores.rate(Known("blind_score"), data, "age", seed=0)


def test_p_is_the_parity_ratio_of_fairlearn(data):
    report = scores.rate(Known("gender_score"), data, seed=0)
    best = np.zeros(len(data.test))
    best[report.scores.argsort(descending=True)[:250]] = 1
    theirs = demographic_parity_ratio(
        best, best, sensitive_features=data.test.gender.numpy()
    )
    assert report.p == pytest.approx(theirs, abs=1e-12)
    curve = scores.p_curve(report.scores, data.test.gender, (250, 1200))
    assert curve == [pytest.approx(theirs), 1.0]


def test_an_exchange_changes_the_score_of_who_sees_it(data):
    who = data.test.gender == 0
    scorer = train_scorer(data.train, "gender", Sees(True, ""), seed=0)
    found = scores.changes(scorer, data.test, who)
    assert found["words"] == 0
    assert found["face"] == found["both"] < -0.01
    blind = scores.changes(scorer, data.test, who, torch.zeros_like)
    assert set(blind.values()) == {0.0}


def test_a_way_to_forget_is_measured_on_its_own_faces(data):
    scorer = train_scorer(data.train, "gender", Sees(True, ""), seed=0)
    row = scores.measures(lambda face: face, scorer, data, 0)
    report = scores.look_at(lambda face: face, data, 0)
    assert row["leakage"] == scores.stranger_leakage(lambda face: face, data) > 0.8
    assert row["mistaken"] == report.error
    assert row["KL"] == scores.rate(scorer, data, seed=0).kl
    assert scores.collapse(report, report)["deviation / untouched"] == 1
    table = scores.face_table({"untouched": lambda face: face}, data, 0)
    assert table.loc["untouched", "gender, probe"] == report.gender
    assert table.loc["untouched", "gender, strangers"] == row["leakage"]
    assert table.loc["untouched", "EER of persons"] == row["mistaken"]
    assert table.loc["untouched", "ethnicity, probe"] > 0.8


def test_strangers_are_read_by_a_probe_that_knows_new_persons_only(data):
    erased = leace(data.train.face, data.train.gender)
    assert (
        scores.mean_gap(erased, data.train) < 1e-5 < scores.mean_gap(erased, data.test)
    )
    assert scores.mean_gap(lambda face: face, data.train) > 0.05
    assert scores.stranger_leakage(erased, data) == pytest.approx(0.5, abs=0.08)
    # Everybody applies twice; a number that only names the person tells of no other.
    person = torch.arange(len(data.test)) // 2
    named = replace(
        data,
        test=replace(data.test, gender=person % 4 // 2),
        persons=(torch.arange(len(data.train)), person),
    )
    own = torch.eye(len(person) // 2)[person]
    assert scores.stranger_leakage(lambda _: own, named) < 0.6


def test_directions_are_orthonormal_and_tell_the_groups_apart(data):
    train = data.train
    ways = scores.group_directions(train)
    torch.testing.assert_close(ways.T @ ways, torch.eye(3), atol=1e-5, rtol=0)
    seen = train.face @ ways
    women = seen[train.gender == 1].mean(0) - seen[train.gender == 0].mean(0)
    assert float(women[0]) > 0.2
    assert women[1:].abs().max() < 0.05
    centres = torch.stack([seen[train.ethnicity == k].mean(0) for k in range(3)])
    gaps = torch.cdist(centres[:, 1:], centres[:, 1:])
    assert (gaps + torch.eye(3) > 0.2).all()
    clouds = scores.on_plane(lambda face: face, data, ways[:, :2], "gender", 100)
    assert sum(map(len, clouds.values())) == 100
    apart = clouds["women"].mean(0) - clouds["men"].mean(0)
    assert float(apart[0]) > 0.2
    # The mean of the training faces is the origin.
    again = replace(data, test=data.train)
    whole = torch.cat(
        list(
            scores.on_plane(
                lambda face: face, again, ways[:, :2], "gender", 1200
            ).values()
        )
    )
    assert whole.mean(0).abs().max() < 1e-5
