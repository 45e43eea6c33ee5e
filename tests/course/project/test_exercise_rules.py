"""Exercises that would give students an answer, or leave them without a check."""

import pytest

from support.course.project.exercise_rules import faults
from tests.course.conftest import Cell, Project

TASK = "# ```{exercise} Halves\n:label: ex-halves\nHalve it.\n```"
STARTER: Cell = ("def half(x):\n    ...", ["starter"])
CHECK: Cell = ("passed = half(4) == 2", ["check"])
SOLUTION: Cell = ("def half(x):\n    return x / 2", ["solution"])


def found(project: Project, *cells: Cell) -> list[str]:
    project.chapter("demo", exercises=cells)
    return faults(project.read().chapters[0])


def test_an_exercise_in_order(project: Project) -> None:
    assert found(project, TASK, STARTER, CHECK, "# Halve.", SOLUTION) == [
        "exercises.md: 'Halve.' stands before a solution and means nothing without "
        "it; put it into the {solution} block, or tag its cell 'solution'"
    ]
    assert found(project, TASK, STARTER, CHECK, SOLUTION) == []


@pytest.mark.parametrize("tag", ["starter", "check", "solution"])
def test_a_missing_cell_is_named(project: Project, tag: str) -> None:
    cells = [cell for cell in (STARTER, CHECK, SOLUTION) if cell[1] != [tag]]
    (said,) = found(project, TASK, *cells)
    assert said.endswith(f"exercise 1 (Halves) has no cell tagged '{tag}'")


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("half(4)", "it must decide 'passed'"),
        (
            "def ours(x):\n    return x\npassed = half(4) == ours(2)",
            "defines something",
        ),
        ("passed = (lambda x: x)(half(4))", "defines something"),
        ("passed = half(4", "it is not plain Python: '(' was never closed"),
    ],
)
def test_a_check_that_gives_away_or_decides_nothing(
    project: Project, check: str, message: str
) -> None:
    (said,) = found(project, TASK, STARTER, (check, ["check"]), SOLUTION)
    assert said.startswith("exercises.md, the check of exercise 1")
    assert message in said


def test_a_solution_is_not_promised(project: Project) -> None:
    (said,) = found(project, TASK + "\nSee the solution.", STARTER, CHECK, SOLUTION)
    assert "the text says 'the solution'" in said
