"""The list of papers: what a chapter builds on stands before it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from support.course.project.errors import CourseError
from support.course.project.papers import load_papers, prerequisites


def write(root: Path, *papers: dict[str, Any]) -> Path:
    words = dict.fromkeys(("title", "authors", "venue", "arxiv", "sentence"), "A")
    common = {"part": "I", "year": 2024, "question": "Is it so?", **words}
    (root / "book").mkdir()
    text = yaml.safe_dump([common | paper for paper in papers])
    (root / "book" / "papers.yml").write_text(text, "utf-8")
    return root


def test_a_chapter_builds_on_those_before_it_alone(tmp_path: Path) -> None:
    papers = load_papers(
        write(tmp_path, {"slug": "first"}, {"slug": "second", "after": ["first"]})
    )
    assert [paper["after"] for paper in papers] == [[], ["first"]]


@pytest.mark.parametrize("after", ["second", "third", "nothing"])
def test_a_chapter_builds_on_none_that_comes_later(tmp_path: Path, after: str) -> None:
    root = write(
        tmp_path,
        {"slug": "first"},
        {"slug": "second", "after": ["first", after]},
        {"slug": "third"},
    )
    with pytest.raises(CourseError, match=rf"'second' comes after \['{after}'\]"):
        load_papers(root)


def test_a_paper_without_a_question_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"'first' lacks \['question'\]"):
        load_papers(write(tmp_path, {"slug": "first", "question": ""}))


def test_prerequisites_can_be_read_in_their_order(project_root: Path) -> None:
    papers = load_papers(project_root)
    assert prerequisites(papers, "disentanglement") == []
    assert prerequisites(papers, "unlearning") == ["disentanglement", "concepts"]
    for paper in papers:
        found = prerequisites(papers, paper["slug"])
        assert set(paper["after"]) <= set(found)
        assert paper["question"].endswith("?")
