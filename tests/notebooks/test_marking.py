"""A real chapter's exercises handed out, handed in and marked."""

import csv
import json
from pathlib import Path

import pytest

from support.course.mark.folder import mark_folder
from support.course.mark.kernel import Limits
from support.course.mark.marking import solutions
from support.course.mark.submissions import chapter_of
from support.course.project.chapters import read_notebook
from support.course.project.project import Project
from support.course.project.tasks import exercise_cells
from support.course.seminar.editions import edition
from support.course.seminar.plain import Words
from tests.notebooks.conftest import ROOT

SLUG = "lfit"  # whose checks train nothing


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_solutions_pass_and_one_forgotten_return_costs_one_exercise(
    tmp_path: Path,
) -> None:
    project = Project.at(ROOT)
    (chapter,) = project.select([SLUG])
    source = read_notebook(chapter.source("exercises"))
    right = solutions(exercise_cells(source.cells)).answers
    handed_in = json.loads(edition(source, "student", Words(), outputs=False))
    for cell in handed_in["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in right:
            cell["source"] = right[name]
        if name == "exercise-3":
            cell["source"] = "def smallest(differs):\n    pass\n"
    folder, out = tmp_path / "handed in", tmp_path / "marks"
    folder.mkdir()
    (folder / "anna.ipynb").write_text(json.dumps(handed_in), "utf-8")
    assert chapter_of(folder) == SLUG
    limits = Limits(seconds=300, memory=4 << 30)
    said: list[str] = []
    mark_folder(project, chapter, folder, out, seed=12, limits=limits, say=said.append)
    with (out / "marks.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    states = [row[f"exercise {number}"] for number in range(1, 5)]
    assert states == ["passed", "passed", "not yet", "passed"]
    assert row["look at"] == ""
    assert "it returned nothing" in (out / "anna.html").read_text("utf-8")
