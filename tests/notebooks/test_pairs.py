"""A source and its paired notebook say the same."""

import pytest

from support.course.project.chapters import Chapter, discover
from support.course.run.references import check_pair
from tests.notebooks.conftest import NOTEBOOKS, ROOT, name


def test_there_are_chapters() -> None:
    assert len(discover(ROOT)) >= 2


@pytest.mark.parametrize(("chapter", "stem"), NOTEBOOKS, ids=name)
def test_the_pair_has_not_drifted(chapter: Chapter, stem: str) -> None:
    assert check_pair(chapter, stem) == []
