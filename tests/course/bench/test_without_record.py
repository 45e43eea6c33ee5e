"""A lesson needs no record beside it, its own or any other's.

So it does for whoever downloads one chapter, or records a new one: an empty record is
a sentence in the page, never an error.  The book's own example goes through the bench
whole; every lesson is rehearsed without a record when the book executes it.
"""

import json
import shutil
from pathlib import Path

import pytest

from support.claims import load_claims
from support.course.run.planning import Execution, make_plan
from support.course.run.runner import Report, run
from tests.course.conftest import Project
from tests.notebooks.rehearsal import Rehearsing

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = "multiclass_auc"
SEED = 3
COUNTS = "import json\ncount = len(json.load(open('results.json'))['records'])"
ABSENT = "from pathlib import Path\nprint(Path('results.json').is_file(), 'record')"


@pytest.mark.slow
def test_the_example_of_the_book_goes_through_the_bench(project: Project) -> None:
    shutil.copytree(
        ROOT / "chapters",
        project.root / "chapters",
        ignore=shutil.ignore_patterns("results.json", "__pycache__"),
        dirs_exist_ok=True,
    )
    words = ("bench", EXAMPLE, "--seeds", str(SEED), "--out", "out")
    ran = project.course(*words, "--timeout", "300", timeout=330)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (path,) = (project.root / "out" / "runs").iterdir()
    measured = json.loads(path.read_text("utf-8"))["record"]["claims"]
    claims = load_claims(ROOT / "chapters" / EXAMPLE / "claims.yml")
    assert set(measured) <= {c.id for c in claims if "embedded" in c.reads}
    assert measured


def rehearse(project: Project, cell: str) -> Report[Execution]:
    folder = project.chapter("tiny", [cell], record=True)
    (folder / "results.json").write_text('{"records": [1, 2]}', encoding="utf-8")
    read = project.read()
    return run(read, make_plan(read), place=Rehearsing(read, 1), quiet=True)


def test_a_lesson_that_cannot_do_without_its_record_fails(project: Project) -> None:
    (outcome,) = rehearse(project, COUNTS).outcomes.values()
    assert outcome.state == "failed"
    assert outcome.reason.startswith("FileNotFoundError")


def test_the_book_keeps_what_was_shown_with_the_record(project: Project) -> None:
    (outcome,) = rehearse(project, ABSENT).outcomes.values()
    assert outcome.state == "done", outcome.failure
    path = project.root / "_build" / "executed" / "tiny" / "lesson.ipynb"
    printed = [
        output["text"]
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream"
    ]
    assert "".join(map("".join, printed)) == "True record\n"
