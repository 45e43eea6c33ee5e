"""Checks answer in words, never raise and never show the solution."""

import numpy as np
import pytest
import torch

from support.exercises import check, expect


def square(x):
    return np.asarray(x) ** 2


def ask(function, capsys, **options):
    passed = check(
        function,
        against=square,
        inputs=lambda rng: (rng.normal(size=3),),
        what="Exercise 1",
        **options,
    )
    return passed, capsys.readouterr().out


def test_a_right_answer_passes_and_says_what_was_not_checked(capsys):
    passed, words = ask(lambda x: x * x, capsys, not_checked="empty input")
    assert passed
    assert words.startswith("✓ passed · Exercise 1: 20 fresh inputs agree")
    assert "Not checked: empty input." in words
    assert ask(lambda x: torch.as_tensor(x).square(), capsys)[0]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: None, "returned nothing"),
        (lambda x: x, "it returned [≈ "),
        (lambda x: np.ones((2, 4)), "shape (2, 4); expected shape (3,)"),
        (lambda x: x[:2] ** 2, "shape (2,); expected shape (3,)"),
        (lambda x: x * np.nan, "not finite"),
        (lambda x: "four", "'four'"),
        (lambda x: 1 / 0, "it raised ZeroDivisionError"),
        (lambda: 1, "it raised TypeError"),
    ],
)
def test_a_wrong_answer_is_told_in_words(function, message, capsys):
    passed, words = ask(function, capsys)
    assert not passed
    assert words.startswith("✗ not yet · Exercise 1: ")
    assert message in words
    assert "** 2" not in words


def test_several_values_and_numbers(capsys):
    def both(x):
        return float(x.sum()), square(x)

    def run(function):
        return check(
            function,
            against=both,
            inputs=lambda rng: (rng.normal(size=2),),
            what="Exercise 2",
        )

    assert run(both)
    assert not run(lambda x: (x.sum(), x))
    assert not run(lambda x: x)
    assert not run(lambda x: (0.5, square(x)))
    assert "returned ≈ 0.5; expected ≈ " in capsys.readouterr().out


def test_a_condition(capsys):
    assert expect(True, "", what="Exercise 3")
    assert not expect(np.bool_(False), "it is 1; expected 2", what="Exercise 3")
    assert "✗ not yet · Exercise 3: it is 1; expected 2" in capsys.readouterr().out
