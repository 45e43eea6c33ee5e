"""Which measure for which question: names that exist, chapters that use them."""

from pathlib import Path

import pytest
import yaml

from support.course.pages.measures import measures
from support.course.project.chapters import read_notebook
from support.course.project.errors import CourseError
from support.course.project.papers import load_papers
from support.course.project.project import Project
from support.course.run.imports import imported_files


def test_every_question_says_by_what_and_what_is_not_seen(project_root: Path) -> None:
    text = measures(Project.at(project_root))
    questions = text.split("\n### ")[1:]
    assert len(questions) >= 25
    for question in questions:
        title, _, rest = question.partition("\n")
        assert title.endswith("?")
        assert "](#api-support." in rest
        assert "*It does not see:*" in rest
        assert "*Shown in:*" in rest


def test_a_chapter_that_shows_it_uses_one_of_the_functions(project_root: Path) -> None:
    project = Project.at(project_root)
    slugs = {paper["slug"] for paper in load_papers(project_root)}
    used = {
        chapter.slug: {
            path.relative_to(project_root).with_suffix("").as_posix()
            for path in imported_files(
                [
                    cell.source
                    for cell in read_notebook(chapter.source("lesson")).cells
                    if cell.cell_type == "code"
                ],
                project_root,
                (),
            )
        }
        for chapter in project.chapters
    }
    groups = yaml.safe_load((project_root / "book" / "measures.yml").read_text("utf-8"))
    shown = set()
    for question in (one for group in groups for one in group["questions"]):
        modules = {
            "support/" + name.rpartition(".")[0].replace(".", "/")
            for name in question["by"]
        }
        for slug in question.get("shown", ()):
            assert slug in slugs
            shown.add(slug)
            if slug in used:
                assert modules & used[slug], (slug, question["ask"])
    assert len(shown) >= len(slugs) - 1  # of translation, measures of its own


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "measures.yml").write_text(
        "- about: A\n  questions: [{ask: 'Why?', by: [metrics.auc.nothing]}]\n", "utf-8"
    )
    with pytest.raises(CourseError, match=r"'Why\?' names support\.metrics\.auc\.noth"):
        measures(Project(tmp_path, tmp_path, (), ()))
