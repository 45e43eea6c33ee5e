"""The chapters, and their executions with the book's own parameters."""

from collections.abc import Callable
from typing import Any

import pytest
from nbformat import NotebookNode

from support.course.project.chapters import Chapter, discover
from tests.notebooks.recorded import ROOT, execution

CHAPTERS = discover(ROOT)
NOTEBOOKS = [(chapter, stem) for chapter in CHAPTERS for stem in chapter.stems]


def name(value: Any) -> str:
    """Name a chapter or a notebook in the list of tests."""
    return value.slug if isinstance(value, Chapter) else str(value)


Executed = Callable[[Chapter, str], NotebookNode]


@pytest.fixture(scope="session")
def executed() -> Executed:
    """A function of chapter and stem that returns the executed notebook."""
    return execution
