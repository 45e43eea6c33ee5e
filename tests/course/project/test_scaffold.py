"""A new chapter runs, is checked, and takes its place in the contents."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.course.cli.app import main
from support.course.project.chapters import discover, read_notebook, tags, toc_slugs
from support.course.project.errors import CourseError
from support.course.project.project import Project as CourseProject
from support.course.project.scaffold import add_to_contents, scaffold
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
        scaffold(CourseProject.at(project.root), slug)
    assert list((project.root / "chapters").iterdir()) == []


def test_an_existing_folder_is_left_alone(project: Project) -> None:
    (project.root / "chapters" / "mine").mkdir()
    with pytest.raises(CourseError, match="exists already"):
        scaffold(CourseProject.at(project.root), "mine")


def test_the_titles_of_parts_are_those_of_the_papers(project: Project) -> None:
    paper = {
        "slug": "mine", "part": "II", "title": "Mine: a study", "authors": "A",
        "venue": "V", "year": 2024, "arxiv": "1", "sentence": "It is so.",
        "question": "Is it so?",
    }  # fmt: skip
    (project.root / "book").mkdir()
    path = project.root / "book" / "papers.yml"
    path.write_text(yaml.safe_dump([paper]), encoding="utf-8")
    contents = project.root / "_toc.yml"
    contents.write_text(TOC, encoding="utf-8")
    scaffold(CourseProject.at(project.root), "mine")
    parts = yaml.safe_load(contents.read_text("utf-8"))["parts"]
    captions = [part["caption"] for part in parts]
    assert captions[2] == "II. Fair and explainable decisions"
    (chapter,) = discover(project.root)
    assert chapter.title == "Mine: a study"


def test_no_word_of_the_sample_is_left(project: Project) -> None:
    written = scaffold(CourseProject.at(project.root), "sparse_autoencoders", "Means")
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert "A new chapter" not in text
        assert "new_chapter" not in text
        assert "new-chapter" not in text
    python = [str(path) for path in written if path.suffix == ".py"]
    settings = str(Path(__file__).parents[3] / "pyproject.toml")
    for words in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *words, "--config", settings, *python]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_a_new_chapter_lacks_nothing_but_its_record(
    project: Project, capsys: Any
) -> None:
    def course(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as caught:
            main(list(words))
        return int(str(caught.value.code)), capsys.readouterr().out

    code, said = course("new", "my_chapter", "--title", "Means: what they do")
    assert code == 0
    assert "course run my_chapter" in said
    (project.root / "tests" / "chapters" / "my_chapter").is_dir()
    code, said = course("reference")  # executes both notebooks
    assert code == 0, said
    code, said = course("check")
    lines = [line for line in said.splitlines() if not line.startswith("ok ")]
    assert lines[0] == "FAULT my_chapter: record", said
    assert [line.split(" has ")[0] for line in lines[1:]] == [
        "      results.json"
    ] * 2, said
    (chapter,) = discover(project.root)
    assert chapter.title == "Means: what they do"
    notebook = read_notebook(chapter.source("lesson"))
    assert (
        len(
            {"figure", "check", "teacher"}
            & {t for c in notebook.cells for t in tags(c)}
        )
        == 3
    )
    exercises = (chapter.folder / "exercises.ipynb").read_text(encoding="utf-8")
    assert exercises.count("✗ not yet") == exercises.count("✓ passed") == 3


@pytest.mark.slow
def test_the_tests_of_a_new_chapter_pass(project: Project) -> None:
    scaffold(CourseProject.at(project.root), "my_chapter")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         "-W", "error", "--doctest-modules", "tests", "chapters"],
        cwd=project.root, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(project.root)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
