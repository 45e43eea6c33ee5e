"""The book's sources: current words, the outputs of the last execution."""

import copy
import json
from pathlib import Path

import nbformat
import pytest
import yaml

from support.claims import RECORD_MIME
from support.course.book.stage import EDITIONS, stage
from support.course.project.chapters import read_notebook
from support.course.project.errors import CourseError
from support.course.project.project import Project
from tests.course.book.executions import STATUS, figure, stream

LESSON = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
kernelspec:
  display_name: Python 3
  language: python
  name: python3
course:
  slug: demo
  title: A demonstration
  minutes: 50
  datasets: [embedded]
  method: ""
---

# A title

Some words.

```{code-cell} ipython3
:tags: [parameters]

seed = 0
```

```{code-cell} ipython3
draw(seed)
```

+++ {"tags": ["teacher"]}

Ask the room.

+++

```{solution} ex-demo-1
:label: sol-demo-1

The answer in words.
```

```{code-cell} ipython3
:tags: [solution]

answer = 42
```
"""


def _executed(current: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """As papermill leaves it: outputs, and a cell with the run's parameters."""
    ran = copy.deepcopy(current)
    code = [cell for cell in ran.cells if cell.cell_type == "code"]
    code[1]["outputs"] = [stream("drawn\n"), figure()]
    injected = nbformat.v4.new_code_cell("seed = 3")
    injected.metadata["tags"] = ["injected-parameters"]
    ran.cells.insert(ran.cells.index(code[0]) + 1, injected)
    return ran


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "chapters" / "demo"
    folder.mkdir(parents=True)
    (folder / "lesson.md").write_text(LESSON, "utf-8")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "welcome.md").write_text("# Welcome\n", "utf-8")
    (tmp_path / "book" / "references.bib").write_text("", "utf-8")
    (tmp_path / "chapters/alpha").mkdir(parents=True, exist_ok=True)
    (tmp_path / "chapters/alpha/references.bib").write_text("", "utf-8")
    settings = {"title": "T", "sphinx": {"config": {"html_theme_options": {}}}}
    (tmp_path / "_config.yml").write_text(yaml.safe_dump(settings), "utf-8")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/welcome\n", "utf-8")
    executed = tmp_path / "_build" / "executed" / "demo"
    executed.mkdir(parents=True)
    nbformat.write(
        _executed(read_notebook(folder / "lesson.md")), executed / "lesson.ipynb"
    )
    (executed / "lesson.json").write_text(json.dumps(STATUS), "utf-8")
    return tmp_path


def _staged(project: Path, edition: str = "public") -> nbformat.NotebookNode:
    text = stage(Project.at(project), edition=edition)[
        "chapters/demo/lesson.ipynb"
    ].decode("utf-8")
    return nbformat.reads(text, as_version=4)


def _text(notebook: nbformat.NotebookNode) -> str:
    return "\n".join(cell.source for cell in notebook.cells)


def test_the_stage_depends_on_the_files_alone(project: Path) -> None:
    assert stage(Project.at(project)) == stage(Project.at(project))


def test_new_words_take_the_old_outputs(project: Path) -> None:
    path = project / "chapters" / "demo" / "lesson.md"
    path.write_text(LESSON.replace("Some words.", "Better words."), "utf-8")
    notebook = _staged(project)
    assert "Better words." in _text(notebook)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert outputs[0]["text"] == "drawn\n"


def test_the_injected_parameters_are_not_in_the_page(project: Path) -> None:
    assert "seed = 3" not in _text(_staged(project))


def test_changed_code_is_refused(project: Path) -> None:
    path = project / "chapters" / "demo" / "lesson.md"
    path.write_text(LESSON.replace("draw(seed)", "draw(seed + 1)"), "utf-8")
    with pytest.raises(CourseError, match=r"code has changed.*course run demo"):
        stage(Project.at(project))


def test_a_chapter_without_an_execution_is_refused(project: Path) -> None:
    (project / "_build" / "executed" / "demo" / "lesson.ipynb").unlink()
    with pytest.raises(CourseError, match=r"has not been executed.*course run demo"):
        stage(Project.at(project))


@pytest.mark.parametrize("name", ["lesson.ipynb", "lesson.json"])
def test_a_damaged_execution_is_refused(project: Path, name: str) -> None:
    path = project / "_build" / "executed" / "demo" / name
    path.write_text(path.read_text("utf-8")[:100], "utf-8")
    with pytest.raises(CourseError, match=r"is damaged. Run: course run demo"):
        stage(Project.at(project))


@pytest.mark.parametrize("state", ["failed", "timed out", "skipped"])
def test_only_a_finished_run_is_shown(project: Path, state: str) -> None:
    status = {**STATUS, "state": state, "reason": "it was late"}
    path = project / "_build" / "executed" / "demo" / "lesson.json"
    path.write_text(json.dumps(status), "utf-8")
    with pytest.raises(CourseError, match=f"{state}.*it was late"):
        stage(Project.at(project))


def test_the_facts_stand_under_the_title(project: Path) -> None:
    first = _staged(project).cells[0].source.splitlines()
    assert first[0] == "# A title"
    assert first[2].startswith('<ul class="facts"')


def test_set_up_and_solutions_are_folded(project: Path) -> None:
    tagged = [cell.metadata.get("tags", []) for cell in _staged(project).cells]
    assert ["parameters", "hide-input"] in tagged
    assert ["solution", "hide-cell"] in tagged
    assert ":class: dropdown" in _text(_staged(project))


def test_the_code_of_a_figure_is_folded_and_what_it_shows_stays(project: Path) -> None:
    said, drawn = _shown(project)
    assert said.metadata["tags"] == ["figure", "hide-input"]
    assert said.metadata["mystnb"] == {
        "code_prompt_show": "Show the code of this figure",
        "code_prompt_hide": "Fold the code of this figure",
    }
    assert said.outputs[0]["text"] == "drawn\n"
    assert "remove-input" in drawn.metadata["tags"]
    assert drawn.metadata["mystnb"]["figure"]["name"] == "fig-demo-line"


def test_a_cell_that_speaks_is_folded_as_no_figure(project: Path) -> None:
    path = project / "_build/executed/demo/lesson.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if "outputs" in cell:
            cell["outputs"] = cell.outputs[:1]  # without the figure
    nbformat.write(notebook, path)
    (said,) = _shown(project)
    prompt = said.metadata["mystnb"]["code_prompt_show"]
    assert prompt == "Show the code of these numbers"
    assert said.outputs[0]["text"] == "drawn\n"


def _shown(project: Path) -> list[nbformat.NotebookNode]:
    path = project / "chapters/demo/lesson.md"
    tagged = LESSON.replace("ipython3\ndraw", "ipython3\n:tags: [figure]\n\ndraw")
    path.write_text(tagged, "utf-8")
    cells = _staged(project).cells
    return [cell for cell in cells if "figure" in cell.metadata.get("tags", [])]


def test_no_cell_is_removed_from_the_page(project: Path) -> None:
    notebook = _staged(project)
    removed = {"remove-cell", "remove-output"}
    assert not any(
        removed & set(cell.metadata.get("tags", [])) for cell in notebook.cells
    )


def test_the_editions_differ_in_solutions_and_notes(project: Path) -> None:
    texts = {name: _text(_staged(project, name)) for name in EDITIONS}
    assert {name for name, text in texts.items() if "answer = 42" in text} == {
        "public",
        "teacher",
    }
    assert "The answer in words" not in texts["student"]
    assert [name for name, text in texts.items() if "Ask the room" in text] == [
        "teacher"
    ]


def test_a_student_gets_no_solution_in_any_file(project: Path) -> None:
    for name, content in stage(Project.at(project), edition="student").items():
        assert b"answer = 42" not in content, name


def test_the_record_is_not_in_the_page(project: Path) -> None:
    path = project / "_build" / "executed" / "demo" / "lesson.ipynb"
    notebook = nbformat.read(path, as_version=4)
    data = {RECORD_MIME: {"schema": 1}, "text/plain": "the table"}
    notebook.cells[-1]["outputs"] = [nbformat.v4.new_output("display_data", data=data)]
    nbformat.write(notebook, path)
    assert "the table" in str(_staged(project).cells[-1]["outputs"])
    assert RECORD_MIME not in str(_staged(project).cells[-1]["outputs"])


def test_an_unknown_edition_is_refused(project: Path) -> None:
    with pytest.raises(CourseError, match=r"'pupil'.*public, student, teacher"):
        stage(Project.at(project), edition="pupil")


def test_every_bibliography_is_used(project: Path) -> None:
    settings = yaml.safe_load(stage(Project.at(project))["_config.yml"])
    assert settings["bibtex_bibfiles"] == [
        "book/references.bib",
        "chapters/alpha/references.bib",
    ]
