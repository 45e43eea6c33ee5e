"""A new chapter runs, is checked, and takes its place in the contents."""

from typing import Any

import pytest
import yaml

from support.course.cli.app import main
from support.course.cli.checks import claims, figures, parameters
from support.course.project.chapters import discover, toc_slugs
from support.course.project.errors import CourseError
from support.course.project.scaffold import add_to_contents, scaffold
from support.course.run.references import check_pair
from tests.course.conftest import Project

TOC = """\
format: jb-book
root: book/welcome
parts:
  - caption: Begin here
    chapters:
      - file: book/running
  # a comment that stays
  - caption: I. Representations and information
    chapters:
      - file: chapters/concepts/lesson
        sections:
          - file: chapters/concepts/exercises
  - caption: III. Explainable audio
    chapters:
      - file: chapters/multiclass_auc/lesson
  - caption: Reference
    chapters:
      - file: book/glossary
"""


def order(text: str) -> list[str]:
    return [
        entry["file"]
        for part in yaml.safe_load(text)["parts"]
        for entry in part["chapters"]
    ]


@pytest.mark.parametrize(
    ("part", "before"),
    [
        ("I. Representations and information", "chapters/multiclass_auc/lesson"),
        ("II. Fair and explainable decisions", "chapters/multiclass_auc/lesson"),
        ("III. Explainable audio", "book/glossary"),
        ("IV. Who is speaking", "book/glossary"),
        ("", "book/glossary"),
    ],
)
def test_a_chapter_enters_its_part_which_is_made_where_missing(
    part: str, before: str
) -> None:
    text = add_to_contents(TOC, "new_one", part)
    files = order(text)
    place = files.index("chapters/new_one/lesson")
    assert files[place + 1] == before
    assert [name for name in files if "new_one" not in name] == order(TOC)
    assert "# a comment that stays" in text
    captions = [entry["caption"] for entry in yaml.safe_load(text)["parts"]]
    assert part in captions or not part


def test_contents_without_parts_or_chapters_work(project: Project) -> None:
    for text in ("format: jb-book\nroot: book/welcome\n", "root: a\nchapters:\n"):
        (project.root / "_toc.yml").write_text(
            add_to_contents(text, "new_one", ""), encoding="utf-8"
        )
        assert toc_slugs(project.root) == ["new_one"]


@pytest.mark.parametrize("slug", ["", "A", "a", "1a", "a-b", "a b", "../a", "a" * 41])
def test_a_bad_slug_writes_nothing(project: Project, slug: str) -> None:
    with pytest.raises(CourseError, match="give 2 to 40"):
        scaffold(project.root, slug)
    assert list((project.root / "chapters").iterdir()) == []


def test_an_existing_folder_is_left_alone(project: Project) -> None:
    (project.root / "chapters" / "mine").mkdir()
    with pytest.raises(CourseError, match="exists already"):
        scaffold(project.root, "mine")


@pytest.mark.slow
def test_a_new_chapter_runs_and_passes_the_checks(
    project: Project, capsys: Any
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["new", "my_chapter", "--title", "Means: what they do"])
    assert caught.value.code == 0
    assert "course run my_chapter" in capsys.readouterr().out
    with pytest.raises(SystemExit) as caught:
        main(["reference"])
    assert caught.value.code == 0, capsys.readouterr().out
    (chapter,) = discover(project.root)
    assert chapter.title == "Means: what they do"
    for found in (
        claims(chapter),
        parameters(chapter),
        figures(chapter),
        check_pair(chapter, "lesson"),
        check_pair(chapter, "exercises"),
    ):
        assert found == []
    exercises = (chapter.folder / "exercises.ipynb").read_text(encoding="utf-8")
    assert "✗ not yet" in exercises
    assert "✓ passed" in exercises
