"""The player that stands in for a kernel: nbval must still see what differs."""

import subprocess
import sys
from pathlib import Path
from queue import Empty

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tests.notebooks.conftest import CHAPTERS, ROOT, Executed
from tests.notebooks.recorded import RecordedKernel


def cell(source: str, *outputs: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return new_code_cell(source, outputs=list(outputs))


def test_it_plays_the_outputs_of_each_cell_and_then_falls_silent() -> None:
    parameters = cell("seed = 3")
    parameters.metadata["tags"] = ["injected-parameters"]
    said = new_output("stream", name="stdout", text="one\n")
    shown = new_output("display_data", data={"text/plain": "two"})
    cells = [new_markdown_cell("prose"), parameters, cell("x"), cell("y", said, shown)]
    kernel = RecordedKernel(new_notebook(cells=cells))
    for source, kinds in (
        ("x", ["status"]),
        ("y", ["stream", "display_data", "status"]),
    ):
        number = kernel.execute_cell_input(source)
        kernel.await_reply(number)
        messages = [kernel.get_message("iopub") for _ in kinds]
        assert [message["msg_type"] for message in messages] == kinds
        assert all(m["parent_header"]["msg_id"] == number for m in messages)
        with pytest.raises(Empty):
            kernel.get_message("iopub")
    with pytest.raises(RuntimeError, match="no cell for"):
        kernel.execute_cell_input("z")


def test_another_cell_than_the_executed_one_is_refused() -> None:
    kernel = RecordedKernel(new_notebook(cells=[cell("x")]))
    with pytest.raises(RuntimeError, match="where the execution has\nx"):
        kernel.execute_cell_input("y")


def test_nbval_finds_a_reference_that_says_something_else(
    executed: Executed, tmp_path: Path
) -> None:
    chapter = CHAPTERS[0]
    executed(chapter, "exercises")
    reference = nbformat.read(chapter.folder / "exercises.ipynb", as_version=4)
    changed = next(
        place
        for place, item in enumerate(c for c in reference.cells if "outputs" in c)
        if any(output.get("name") == "stdout" for output in item.outputs)
    )
    coded = [item for item in reference.cells if "outputs" in item]
    coded[changed].outputs[0].text = "something else\n"
    copy = tmp_path / chapter.slug / "exercises.ipynb"
    copy.parent.mkdir()
    nbformat.write(reference, copy)
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "tests.notebooks.recorded"),
            *("--nbval-recorded", "-p", "no:cacheprovider", "--color=no"),
            *("-c", str(ROOT / "pyproject.toml"), "-W", "default", str(copy)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "Cell outputs differ" in ran.stdout
    assert "something else" in ran.stdout
    assert f"1 failed, {len(coded) - 1} passed" in ran.stdout
