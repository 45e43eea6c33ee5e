"""Each exercise says "not yet" to its starter and "passed" to its solution."""

import re
from typing import Any

import pytest

from support.course.project.chapters import Chapter, read_notebook, tags
from tests.notebooks.conftest import CHAPTERS, Executed, name

pytestmark = pytest.mark.timeout(900)
WITH_EXERCISES = [chapter for chapter in CHAPTERS if "exercises" in chapter.stems]
LABEL = re.compile(r"\{(exercise|solution)(?:-start)?\}[^\n]*")


@pytest.fixture(params=WITH_EXERCISES, ids=name)
def chapter(request: pytest.FixtureRequest) -> Chapter:
    return request.param


def printed(cell: dict[str, Any]) -> str:
    texts = [
        "".join(output["text"])
        for output in cell["outputs"]
        if output["output_type"] == "stream" and output["name"] == "stdout"
    ]
    return "".join(texts)


def test_every_chapter_has_exercises() -> None:
    assert WITH_EXERCISES == CHAPTERS


def test_each_exercise_has_a_starter_and_a_solution(chapter: Chapter) -> None:
    cells = read_notebook(chapter.source("exercises")).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    kinds = LABEL.findall(prose)
    starters = [cell for cell in cells if "starter" in tags(cell)]
    solutions = [cell for cell in cells if "solution" in tags(cell)]
    count = kinds.count("exercise")
    assert 3 <= count <= 6
    assert kinds.count("solution") == count
    assert len(starters) >= count
    assert len(solutions) >= count
    assert len(re.findall(r"\b\d+ min", prose)) >= count
    assert len(re.findall(r"[Dd]ifficulty", prose)) >= count
    assert len(re.findall(r"\{dropdown\} Hint", prose)) >= count


def test_checks_fail_on_starters_and_pass_on_solutions(
    chapter: Chapter, executed: Executed
) -> None:
    cells = executed(chapter, "exercises")["cells"]
    checks = [
        cell for cell in cells if cell["cell_type"] == "code" and "check" in tags(cell)
    ]
    solved = [cell for cell in checks if "solution" in tags(cell)]
    started = [cell for cell in checks if "solution" not in tags(cell)]
    assert solved, "no solution is checked: tag its cell 'solution' and 'check'"
    assert started, "no starter is checked: tag its cell 'check'"
    for cell in started:
        words = printed(cell)
        assert "✗ not yet" in words, f"the starter passes:\n{''.join(cell['source'])}"
        assert "Error" not in words.replace("NotImplementedError", "")
        assert "Traceback" not in words
    for cell in solved:
        words = printed(cell)
        assert "✓ passed" in words, f"not solved:\n{''.join(cell['source'])}\n{words}"
        assert "✗" not in words


def test_a_starter_is_answered_with_what_a_student_should_see(
    chapter: Chapter, executed: Executed
) -> None:
    cells = executed(chapter, "exercises")["cells"]
    answers = solution_lines(cells)
    for cell in cells:
        if "check" not in tags(cell) or "solution" in tags(cell):
            continue
        for line in printed(cell).splitlines():
            if line.startswith("✗ not yet · "):
                what, _, words = line.removeprefix("✗ not yet · ").partition(": ")
                assert what, line
                assert len(words.split()) >= 4, f"says too little: {line}"
            told = [answer for answer in answers if answer in line]
            assert told == [], f"tells the solution: {line}"


def solution_lines(cells: list[dict[str, Any]]) -> set[str]:
    """What stands in solutions alone."""
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    split: dict[bool, set[str]] = {True: set(), False: set()}
    for cell in code:
        for line in "".join(cell["source"]).splitlines():
            split["solution" in tags(cell)].add(line.strip())
    return {line for line in split[True] - split[False] if len(line) > 8}
