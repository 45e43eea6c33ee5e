"""The exercise's judge sees which network moved, and what is still there."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from chapters.recruitment.answers import (
    alternate,
    moves,
    try_floor,
    try_forgetful,
    try_penalty,
    try_rule,
    try_steps,
)
from chapters.recruitment.systems import GAMES, Game, train_sensitive
from support.losses.erasure import identity_triplet, sensitive_regularizer
from support.models.erasure import leace


def detect(projection, detector, of_detector, face, gender):
    of_detector.zero_grad()
    cross_entropy(detector(projection(face).detach()), gender).backward()
    of_detector.step()


def project(projection, detector, of_projection, anchor, positive, negative):
    of_projection.zero_grad()
    seen = projection(anchor)
    loss = identity_triplet(seen, projection(positive), projection(negative))
    (loss + 0.1 * sensitive_regularizer(detector(seen))).backward()
    of_projection.step()


def idle(*_):
    return None


def meddling(projection, detector, of_projection, *pictures):
    project(projection, detector, of_projection, *pictures)
    with torch.no_grad():
        next(detector.parameters()).add_(0.1)


def test_the_right_steps_move_one_network_each():
    assert moves(detect, project) == ((False, True), (True, False))
    assert moves(idle, idle) == ((False, False), (False, False))
    assert moves(detect, meddling)[1] == (True, True)


def test_a_fresh_probe_judges_the_training():
    read, mistaken = alternate(detect, project, steps=300, seed=1)
    assert read < 0.7
    assert mistaken < 0.05
    assert alternate(idle, project, steps=100, seed=1)[0] > 0.8
    assert alternate(idle, idle, steps=1, seed=1)[0] > 0.85


def test_faces_that_are_all_alike_tell_no_gender_and_no_person():
    def flatten(projection, detector, of_projection, *pictures):
        with torch.no_grad():
            for part in projection.parameters():
                part.zero_() if part.ndim > 1 else part.fill_(1.0)

    read, mistaken = alternate(idle, flatten, steps=1, seed=1)
    assert read < 0.6
    assert mistaken > 0.4


def fail(*_):
    raise RuntimeError("no")


@pytest.mark.parametrize(
    ("judge", "wrong"),
    [
        (try_rule, lambda chosen, sizes: (chosen.min() / chosen.max(), True)),
        (try_rule, lambda *_: (0.9, True)),
        (try_floor, lambda *_: 0.017),
        (try_floor, lambda filled, sizes: (filled - 1) / 2 * sum(1 / n for n in sizes)),
        (try_penalty, lambda x, *_: (np.zeros(12), 0.119)),
        (try_penalty, lambda x, group, score: (np.zeros(12), score.mean())),
        (try_forgetful, lambda data, seed: lambda face: face),
        (try_forgetful, lambda data, seed: torch.ones_like),
        (
            try_forgetful,
            lambda data, seed: (
                train_sensitive(
                    data, game=Game(against="prior", steps=300), seed=seed
                ).projection
            ),
        ),
        *[
            (judge, nothing)
            for judge in (try_rule, try_floor, try_penalty, try_forgetful)
            for nothing in (idle, fail)
        ],
    ],
)
def test_wrong_answers_are_refused_in_words(judge, wrong, capsys):
    assert not judge(wrong)
    assert "✗ not yet" in capsys.readouterr().out


def test_wrong_steps_are_refused_in_words(capsys):
    for steps in ((idle, idle), (fail, project), (detect, fail), (detect, meddling)):
        assert not try_steps(*steps, steps=2)
    assert capsys.readouterr().out.count("✗ not yet") == 4


def test_right_answers_pass():
    def trained(data, seed):
        return train_sensitive(data, game=GAMES["quick"], seed=seed).projection

    assert try_forgetful(trained)
    assert try_forgetful(lambda data, seed: leace(data.face, data.gender))
    assert try_floor(
        lambda filled, sizes: (filled - 1) * sum(1 / n for n in sizes) / len(sizes)
    )
