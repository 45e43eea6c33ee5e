"""Checks answer in words, never raise and never show the solution."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from support.exercises import check, expect, judged


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
    assert "Tried: x: shape (3,), ≈ -2.325 to ≈ 1.96." in words
    assert "Not checked: empty input; inputs unlike these, speed, memory." in words
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
        (lambda x: sys.exit("enough"), "it raised SystemExit: enough"),
        (lambda x: [x, 1j, [[1], 2]], "returned ([≈ "),
        (lambda x: [[x], "two"] * 99, "returned a list; expected"),
    ],
)
def test_a_wrong_answer_is_told_in_words(function, message, capsys):
    passed, words = ask(function, capsys)
    assert not passed
    assert words.startswith("✗ not yet · Exercise 1: ")
    assert message in words
    assert "** 2" not in words


def test_a_failure_names_the_input_by_the_readers_own_names(capsys):
    def late(numbers):
        return square(numbers) if numbers[0] > 0 else numbers

    _, words = ask(late, capsys)
    number = next(
        number for number, draw in enumerate(_draws(3, 20), start=1) if draw[0] <= 0
    )
    assert f"Tried: input {number} of 20: numbers = [≈ -" in words
    assert f"Not checked: the {20 - number} inputs after this one." in words


def _draws(size, count):
    rng = np.random.default_rng(0)
    return [rng.normal(size=size) for _ in range(count)]


def test_of_many_numbers_the_first_that_is_off_is_shown(capsys):
    def table(x):
        return np.outer(x, x)

    def spoilt(x):
        result = np.outer(x, x)
        result[1, 2:] = 7
        return result

    assert not check(
        spoilt,
        against=table,
        inputs=lambda rng: [rng.normal(size=4)],
        what="Exercise 5",
    )
    words = capsys.readouterr().out
    assert "of the 16 numbers it returned 2 are off; the first, at [1, 2], is 7" in (
        words
    )
    assert "expected ≈ -0.0846" in words


def test_a_function_that_changes_its_input_spoils_nothing(capsys):
    def greedy(x):
        result = square(x)
        x[:] = 0
        return result

    assert ask(greedy, capsys)[0]


def test_what_was_tried_is_said_of_every_kind_of_argument(capsys):
    def draw(rng):
        table = torch.from_numpy(rng.integers(0, 3, (int(rng.integers(2, 5)), 4)))
        return table, 3, len, int(rng.integers(1, 9))

    def rows(table, classes, function, k):
        return len(table)

    assert check(rows, against=rows, inputs=draw, what="Exercise 4")
    words = capsys.readouterr().out
    assert "table: shape (2 to 4, 4), 0 to 2; classes: 3; function: len; k: 1 to 8" in (
        words
    )


def test_arguments_of_several_parts_are_named_in_one_line(capsys):
    world = SimpleNamespace(codes=torch.zeros(9, 9))

    def tell(table, world):
        return len(table)

    def draw(rng):
        return {"ours": rng.normal(size=9), "theirs": (1, "two")}, world

    assert check(tell, against=tell, inputs=draw, what="Exercise 6")
    said = capsys.readouterr().out
    assert "(ours: numbers of shape (9,), theirs: (1, 'two')); world: a Simple" in said
    assert not check(lambda *_: None, against=tell, inputs=draw, what="Exercise 6")
    assert "argument 2 = a SimpleNamespace." in capsys.readouterr().out


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
    assert not run(lambda x: None)
    assert "returned nothing; expected (≈ " in capsys.readouterr().out
    assert not run(lambda x: (x.sum(), x))
    assert not run(lambda x: x)
    assert not run(lambda x: (0.5, square(x)))
    assert "returned ≈ 0.5; expected ≈ " in capsys.readouterr().out


def test_a_condition_may_say_what_it_asks(capsys):
    expect(True, "", what="Exercise 3", tried="40 tables", not_checked="ties")
    words = capsys.readouterr().out
    assert words.splitlines()[1:] == ["  Tried: 40 tables.", "  Not checked: ties."]


def test_a_condition(capsys):
    assert expect(True, "", what="Exercise 3")
    assert not expect(np.bool_(False), "it is 1; expected 2", what="Exercise 3")
    assert "✗ not yet · Exercise 3: it is 1; expected 2" in capsys.readouterr().out


def test_what_a_check_of_several_steps_raises_is_a_wrong_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails() -> bool:
        raise KeyError("rows")

    assert judged(lambda: True, "1, the table")
    assert not judged(fails, "2, the table")
    assert not judged(sys.exit, "3, the table")
    said = capsys.readouterr().out
    assert "2, the table: it could not be judged: KeyError: 'rows'" in said
