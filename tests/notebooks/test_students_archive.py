"""What students get runs from an empty folder, without a network."""

import os
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from support.course.project.chapters import tags
from support.course.project.project import Project
from support.course.seminar.write import write_seminars
from tests.notebooks.conftest import CHAPTERS, ROOT, Executed

pytestmark = pytest.mark.timeout(900)
NOWHERE = "http://127.0.0.1:9"  # where a request would go: nobody listens


@pytest.mark.slow
def test_the_exercises_run_and_every_starter_is_answered_in_words(
    executed: Executed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chapter = CHAPTERS[-1]
    for stem in chapter.stems:
        executed(chapter, stem)
    out = tmp_path / "made"
    write_seminars(Project.at(ROOT), [chapter], out)
    empty = tmp_path / "a laptop"
    with zipfile.ZipFile(out / f"{chapter.slug}-students.zip") as packed:
        packed.extractall(empty)
    (home,) = empty.iterdir()
    assert not [path for path in home.rglob("*") if "teacher" in path.name]

    # the package of the archive, not this checkout's
    monkeypatch.setenv("PYTHONPATH", str(home / "package"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, NOWHERE)
    monkeypatch.delenv("COURSE_ROOT", raising=False)
    notebook = nbformat.read(home / "student" / "exercises.ipynb", as_version=4)
    where = nbformat.v4.new_code_cell("import support; print(support.__file__)")
    notebook.cells.insert(0, where)
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(home / "student")}},
    )
    client.execute(env=dict(os.environ))
    assert str(home / "package") in where.outputs[0].text
    answers = [
        "".join(output.text for output in cell.outputs if "text" in output)
        for cell in notebook.cells
        if "check" in tags(cell)
    ]
    assert len(answers) >= 3
    assert all("✗ not yet · " in words for words in answers)
    assert not any("solution" in tags(cell) for cell in notebook.cells)
