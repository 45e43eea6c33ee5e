"""Whatever an answer is, a check says so in words; and nothing at hand passes one."""

import ast
import importlib
from collections.abc import Callable
from typing import Any

import pytest

from support.course.project.chapters import Chapter, read_notebook
from support.course.project.exercise_rules import faults
from support.course.project.tasks import Cell, exercise_cells
from tests.notebooks.conftest import CHAPTERS, name


def nothing(*_: Any, **__: Any) -> None:
    """A forgotten return."""


def raising(*_: Any, **__: Any) -> None:
    raise KeyError("not yet")


WRONG: tuple[Any, ...] = (nothing, raising, "text")


def at_hand(chapter: Chapter, cells: list[Cell]) -> list[Callable[..., Any]]:
    """What the checks bring with them, but for the checks: a student can call it."""
    answers = importlib.import_module(f"chapters.{chapter.slug}.answers")
    checks = {
        ast.unparse(node.func).rpartition(".")[2]
        for cell in cells
        if cell.role == "check"
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call)
    }
    return [getattr(answers, word) for word in answers.__all__ if word not in checks]


def bound(cell: Cell) -> list[str]:
    """The names that an answer cell gives to its check; imports are none."""
    found = []
    for part in ast.parse(cell.source).body:
        if isinstance(part, ast.FunctionDef | ast.ClassDef):
            found.append(part.name)
        elif isinstance(part, ast.Assign):
            found += [t.id for t in part.targets if isinstance(t, ast.Name)]
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("chapter", CHAPTERS, ids=name)
def test_no_answer_makes_a_check_raise_and_nothing_at_hand_passes(
    chapter: Chapter,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(chapter.folder)
    cells = exercise_cells(read_notebook(chapter.source("exercises")).cells)
    helpers = at_hand(chapter, cells)
    space: dict[str, Any] = {}
    asked: list[str] = []
    checked = 0
    for cell in cells:
        if cell.role == "answer":
            asked += bound(cell)
        if cell.role in ("given", "answer"):
            exec(cell.source, space)
        if cell.role != "check":
            continue
        starters = {word: space[word] for word in asked}
        for wrong in (*WRONG, *helpers):
            space |= dict.fromkeys(asked, wrong)
            space["passed"] = None
            capsys.readouterr()
            exec(cell.source, space)
            said = capsys.readouterr().out
            assert space["passed"] is False, f"exercise {cell.exercise}: {wrong}"
            assert "✗ not yet · " in said, f"exercise {cell.exercise}: {wrong}"
            checked += 1
        space |= starters
        asked = []
    assert checked >= 3 * len(WRONG)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=name)
def test_the_exercises_keep_their_rules(chapter: Chapter) -> None:
    assert faults(chapter) == []
