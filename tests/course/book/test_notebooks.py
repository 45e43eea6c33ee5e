"""A notebook as a page: what it is joined of, its facts, links and folds."""

import copy
import re

import nbformat
import pytest

from support.course.book.notebooks import (
    cells_of,
    facts,
    join,
    link,
    progress,
)
from support.course.project.errors import CourseError
from tests.course.book.executions import STATUS, stream


def test_a_raising_cell_is_refused() -> None:
    current = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    ran = copy.deepcopy(current)
    ran.cells[0]["outputs"] = [
        nbformat.v4.new_output(
            "error", ename="ZeroDivisionError", evalue="division by zero", traceback=[]
        )
    ]
    with pytest.raises(CourseError, match=r"demo/lesson.*ZeroDivisionError"):
        join(current, ran, "demo/lesson")


def test_the_facts_are_those_of_the_run() -> None:
    said = re.sub(r"<[^>]+>", " ", facts(STATUS, 50))
    for fact in ("50 min", "31 s", "1.2 GB", "cpu", "quick", "3", "9 March 2025"):
        assert re.search(rf"\b{re.escape(fact)}(?:\s|$)", said), (fact, said)
    assert "GPU" not in said
    assert "on the GPU" in facts({**STATUS, "peak_gpu_bytes": 5e8}, 50)
    assert "2 min 30 s" in facts({**STATUS, "wall_s": 150}, 0)


def test_the_facts_are_escaped() -> None:
    assert "<b>" not in facts({**STATUS, "device": "<b>card</b>"}, 0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[A](../one/lesson.md)", "A (not yet written)"),
        ("[A](../one/lesson.md#s)", "A (not yet written)"),
        ("[B](../two/lesson.md)", "[B](../two/lesson.ipynb)"),
        ("[B](../two/exercises.md#s)", "[B](../two/exercises.ipynb#s)"),
        ("[B](../chapters/two/lesson.md)", "[B](../chapters/two/lesson.ipynb)"),
        ("[C](../../book/claims.md)", "[C](../../book/claims.md)"),
        ("[D](exercises.md)", "[D](exercises.md)"),
    ],
)
def test_links_lead_to_pages_that_exist(before: str, after: str) -> None:
    assert link(f"See {before}.", {"one"}) == f"See {after}."


@pytest.mark.parametrize("fence", ["```", "````", ":::"])
def test_solutions_in_words_are_stripped(fence: str) -> None:
    text = f"before\n\n{fence}{{solution}} ex-1\nsecret\n{fence}\n\nafter"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])
    (stripped,) = (cell.source for cell in cells_of(notebook, "student"))
    assert "secret" not in stripped
    assert "before" in stripped
    assert "after" in stripped
    assert "secret" in notebook.cells[0].source


@pytest.mark.parametrize(
    ("text", "name", "dropped"),
    [
        ("100%|####| 3/3", "stderr", True),
        ("tqdm/auto.py: TqdmWarning: no widgets", "stderr", True),
        ("UserWarning: look here", "stderr", False),
        ("TqdmWarning: a\nConvergenceWarning: b", "stderr", False),
        ("100%|####| 3/3", "stdout", False),
    ],
)
def test_progress_is_dropped_and_warnings_stay(
    text: str, name: str, dropped: bool
) -> None:
    assert progress(stream(text, name)) is dropped
