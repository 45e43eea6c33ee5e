"""Every computed figure says what it shows, once, under a name of its own."""

from collections import Counter
from pathlib import Path

import nbformat
import pytest

from support.course.book.figures import figures
from support.course.book.notebooks import progress
from support.course.project.chapters import discover


@pytest.fixture(scope="module")
def executed(project_root: Path) -> dict[str, nbformat.NotebookNode]:
    found = {}
    for chapter in discover(project_root):
        for stem in chapter.stems:
            path = project_root / "_build" / "executed" / chapter.slug / f"{stem}.ipynb"
            if not path.is_file():
                pytest.fail(f"{chapter.slug}/{stem} has not been executed: make course")
            found[f"{chapter.slug}/{stem}"] = nbformat.read(path, as_version=4)
    return found


def test_every_figure_has_name_caption_and_alternative_text(
    executed: dict[str, nbformat.NotebookNode],
) -> None:
    for where, notebook in executed.items():
        for figure in figures(notebook):
            assert figure["name"].startswith("fig-"), where
            assert figure["caption"].strip(), (where, figure["name"])
            assert len(figure["alt"].strip()) >= 40, (where, figure["name"])
            assert figure["alt"].strip() != figure["caption"].strip(), figure["name"]


def test_every_lesson_has_figures(executed: dict[str, nbformat.NotebookNode]) -> None:
    for where, notebook in executed.items():
        if where.endswith("/lesson"):
            assert list(figures(notebook)), where


def test_no_two_figures_share_a_name(
    executed: dict[str, nbformat.NotebookNode],
) -> None:
    names = Counter(
        figure["name"] for notebook in executed.values() for figure in figures(notebook)
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_every_image_is_a_figure(executed: dict[str, nbformat.NotebookNode]) -> None:
    for where, notebook in executed.items():
        images = sum(
            any(mime.startswith("image/") for mime in output.get("data", {}))
            for cell in notebook.cells
            for output in cell.get("outputs", [])
        )
        assert images == len(list(figures(notebook))), where


def test_no_notebook_warns(executed: dict[str, nbformat.NotebookNode]) -> None:
    for where, notebook in executed.items():
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                if output.output_type == "stream" and output.name == "stderr":
                    assert progress(output), (where, output.text[:300])
