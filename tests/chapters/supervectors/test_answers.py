"""What passes the checks of the exercises, and what must not."""

import pytest
import torch

from chapters.supervectors import answers
from support.models.chains import forward_backward, viterbi


def nothing(*_):
    """A body of ``pass``."""


def raises(*_):
    raise NotImplementedError


def test_two_frames_are_written_right_or_refused():
    right = [0.5, 0.5], [1, 0, 0, 1], [0, 1, 1, 0]
    assert answers.vectors(*right)
    for wrong in (
        (None, None, None),
        ([0, 0], [0] * 4, [0] * 4),
        (0.5, *right[1:]),  # a number for two
        (right[0], right[2], right[1]),  # the two are swapped
        ("a half", *right[1:]),
        ([1, 1], *right[1:]),  # the sum, not the mean
    ):
        assert not answers.vectors(*wrong)


def test_the_pull_is_right_or_refused():
    assert answers.pull(lambda A, G: A @ (G / A.sum(0)[:, None]))
    for wrong in (
        nothing,
        raises,
        lambda A, G: torch.zeros(len(A), G.shape[1]),
        lambda A, G: A @ G / len(A),  # as for a mean
        lambda A, G: A @ G,
    ):
        assert not answers.pull(wrong)


def best(loglik, frames, stay, go):
    rows = (part.expand(len(loglik), -1) for part in (stay, go))
    return viterbi(loglik, frames, *rows)


def test_the_best_path_is_right_or_refused():
    assert answers.path(best)
    longest = torch.tensor([8] * 4)
    for wrong in (
        nothing,
        raises,
        lambda loglik, *_: torch.full(loglik.shape[:2], -1),
        lambda loglik, *_: loglik.argmax(2),  # no chain at all
        # The trace begins at the batch's end, not the utterance's.
        lambda loglik, frames, stay, go: best(loglik, longest, stay, go),
        # The score of staying is that of another state.
        lambda loglik, frames, stay, go: best(loglik, frames, stay.roll(1), go),
    ):
        assert not answers.path(wrong)


def weights(loglik, stay, go):
    rows = (part[None] for part in (loglik, torch.tensor(len(loglik)), stay, go))
    return forward_backward(*rows)[0][0]


def test_the_posteriors_are_right_or_refused():
    assert answers.posteriors(weights)
    for wrong in (
        nothing,
        raises,
        lambda loglik, *_: torch.full(loglik.shape, 1 / loglik.shape[1]),
        lambda loglik, *_: loglik.softmax(1),  # each frame by itself
        lambda loglik, stay, go: weights(loglik, go, stay),
    ):
        assert not answers.posteriors(wrong)


PAIRS = [(0.07, 0.0), (0.05, 0.05), (0.0, 0.07)]


@pytest.mark.slow
def test_the_spreads_are_right_or_refused():
    assert answers.spreads(answers.spread_error, PAIRS, 3)
    for wrong in (nothing, raises, lambda *_: 0.5):
        assert not answers.spreads(wrong, PAIRS, 3)


def test_spreads_that_are_no_pairs_are_told_in_words(capsys):
    for pairs in (None, [], [0.1], "text"):
        assert answers.spreads(nothing, pairs, 3) is False
        assert "✗ not yet · 5, the spreads" in capsys.readouterr().out


@pytest.mark.slow
def test_a_habit_for_each_sound_tells_more_than_one_length():
    errors = [answers.spread_error(*pair, 3) for pair in (PAIRS[0], PAIRS[2])]
    assert 0 < errors[1] < errors[0] < 0.5
    # Computed anew, not remembered.
    assert answers.spread_error.__wrapped__(*PAIRS[2], 3) == errors[1]
