"""Figures of an executed notebook: each numbered, with its words, and not too heavy."""

import nbformat
import pytest

from support.course.book.figures import figures, split_figures, weigh_frames
from support.course.project.errors import CourseError
from tests.course.book.executions import WORDS, figure, stream


def test_each_figure_gets_a_cell_of_its_own_with_its_words() -> None:
    cell = nbformat.v4.new_code_cell("draw()")
    cell["outputs"] = [
        figure(),
        stream("second\n"),
        stream("third\n"),
        figure(name="fig-demo-two"),
        figure(name="fig-demo-three"),
    ]
    parts = split_figures(cell, "demo/lesson")
    assert [len(part["outputs"]) for part in parts] == [1, 2, 1, 1]
    assert [output for part in parts for output in part["outputs"]] == cell["outputs"]
    assert parts[0].source == "draw()"
    for part in parts[1:]:
        assert "remove-input" in part.metadata["tags"]
    told = {"caption": WORDS["caption"], "name": "fig-demo-line"}
    assert parts[0].metadata["mystnb"]["figure"] == told
    assert parts[0].metadata["mystnb"]["image"]["alt"] == WORDS["alt"]
    assert "mystnb" not in parts[1].metadata
    assert parts[3].metadata["mystnb"]["figure"]["name"] == "fig-demo-three"
    assert len({part["id"] for part in parts}) == 4
    assert "mystnb" not in cell.metadata


def test_a_cell_without_figures_stays_as_it_is() -> None:
    cell = nbformat.v4.new_code_cell("print(1)")
    cell["outputs"] = [stream("1\n")]
    (same,) = split_figures(cell, "demo/lesson")
    assert same.source == cell.source
    assert same["outputs"] == cell["outputs"]


@pytest.mark.parametrize("missing", ["name", "caption", "alt"])
def test_a_figure_without_words_is_refused(missing: str) -> None:
    cell = nbformat.v4.new_code_cell("draw()")
    cell["outputs"] = [figure(**{missing: ""})]
    with pytest.raises(CourseError, match=missing):
        split_figures(cell, "demo/lesson")


def test_an_image_that_is_no_figure_is_refused() -> None:
    cell = nbformat.v4.new_code_cell("draw()")
    cell["outputs"] = [nbformat.v4.new_output("display_data", data={"image/png": "aa"})]
    with pytest.raises(CourseError, match=r"support\.plots\.show"):
        split_figures(cell, "demo/lesson")


def test_figures_are_found_in_order() -> None:
    cell = nbformat.v4.new_code_cell("draw()")
    cell["outputs"] = [figure(), figure(name="fig-demo-two")]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    names = [words["name"] for words in figures(notebook)]
    assert names == ["fig-demo-line", "fig-demo-two"]


def test_the_caption_for_jupyter_is_not_repeated_in_the_book() -> None:
    cell = nbformat.v4.new_code_cell("plot()")
    caption = nbformat.v4.new_output(
        "display_data",
        {"text/markdown": "*Same words.*"},
        metadata={"course_caption": True},
    )
    cell["outputs"] = [figure(), caption]
    (one,) = split_figures(cell, "demo/lesson")
    assert len(one.outputs) == 1


def test_a_page_holds_a_megabyte_of_frames() -> None:
    def cell(name: str, size: int) -> nbformat.NotebookNode:
        output = figure(name=name)
        output["metadata"]["course_frames"] = size
        return nbformat.v4.new_code_cell("show()", outputs=[output])

    light = [cell("fig-demo-a", 400_000), cell("fig-demo-b", 600_000)]
    notebook = nbformat.v4.new_notebook(cells=light)
    assert weigh_frames(notebook, "demo/lesson") == 1_000_000
    notebook.cells.append(cell("fig-demo-c", 1_000))
    with pytest.raises(CourseError, match=r"demo/lesson: .* 1\.00 MB.*demo-a 400 kB"):
        weigh_frames(notebook, "demo/lesson")
