"""Finding chapters and reading their sources."""

import pytest

from support.course.project.chapters import (
    discover,
    find_root,
    front_matter,
    read_notebook,
    select,
    toc_slugs,
)
from support.course.project.errors import CourseError
from tests.course.conftest import Project, myst


def test_chapters_come_in_the_order_of_the_contents(project: Project) -> None:
    for slug in ("alpha", "beta", "gamma"):
        project.chapter(slug)
    project.toc("gamma", "alpha")
    assert [chapter.slug for chapter in discover(project.root)] == [
        "gamma",
        "alpha",
        "beta",  # not in the contents: last
    ]


def test_a_folder_without_a_lesson_is_no_chapter(project: Project) -> None:
    (project.root / "chapters" / "notes").mkdir()
    assert discover(project.root) == []


def test_the_header_says_what_the_chapter_is(project: Project) -> None:
    project.chapter("alpha", datasets="[embedded, fsdd]", exercises=["x = 1"])
    (chapter,) = discover(project.root)
    assert chapter.title == "Title of alpha"
    assert chapter.minutes == 5
    assert chapter.datasets == ("embedded", "fsdd")
    assert chapter.stems == ("lesson", "exercises")


def test_the_project_is_found_from_a_folder_inside_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project.chapter("alpha")
    monkeypatch.chdir(folder)
    assert find_root() == project.root.resolve()


def test_course_root_decides_and_must_hold_chapters(
    project: Project, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    monkeypatch.setenv("COURSE_ROOT", str(project.root))
    assert find_root() == project.root.resolve()
    monkeypatch.setenv("COURSE_ROOT", str(project.root / "nowhere"))
    with pytest.raises(CourseError, match="no folder 'chapters'"):
        find_root()


def test_an_unknown_chapter_names_the_nearest_and_lists_all(project: Project) -> None:
    project.chapter("concepts")
    project.chapter("lfit")
    with pytest.raises(CourseError) as caught:
        select(discover(project.root), ["concept"])
    assert "Did you mean 'concepts'?" in str(caught.value)
    assert "concepts, lfit" in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_path_names_a_chapter_too(project: Project) -> None:
    project.chapter("lfit")
    project.chapter("alpha")
    (chosen,) = select(discover(project.root), ["chapters/lfit/"])
    assert chosen.slug == "lfit"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# no header\n", "has no header"),
        ("---\n: [\n---\n", "not YAML"),
        ("---\njupytext: {}\n---\n", "no 'course:' block"),
        ("---\ncourse: {slug: beta, title: B}\n---\n", "They must be the same"),
        ("---\ncourse: {slug: alpha}\n---\n", "title must be"),
        ("---\ncourse: {slug: alpha, title: A, minutes: x}\n---\n", "minutes"),
        ("---\ncourse: {slug: alpha, title: A, datasets: x}\n---\n", "datasets"),
    ],
)
def test_a_wrong_header_is_told(project: Project, text: str, message: str) -> None:
    folder = project.chapter("alpha")
    (folder / "lesson.md").write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=message) as caught:
        discover(project.root)
    assert "alpha/lesson.md" in str(caught.value)


def test_cell_ids_depend_on_the_text_alone(project: Project) -> None:
    folder = project.chapter("alpha", ["x = 1", "x = 1", "y = 2"])
    source = folder / "lesson.md"
    first = [cell.id for cell in read_notebook(source).cells]
    assert first == [cell.id for cell in read_notebook(source).cells]
    assert len(set(first)) == len(first)
    source.write_text(myst("alpha", ["y = 2"]), encoding="utf-8")
    assert read_notebook(source).cells[-1].id == first[-1]


def test_the_header_reaches_the_notebook(project: Project) -> None:
    source = project.chapter("alpha") / "lesson.md"
    assert read_notebook(source).metadata["course"]["slug"] == "alpha"
    assert front_matter(source)["course"]["slug"] == "alpha"


def test_contents_with_parts_and_sections_are_read(project: Project) -> None:
    text = (
        "parts:\n  - chapters:\n      - file: chapters/a/lesson\n        sections:\n"
        "          - file: chapters/a/exercises\n      - file: book/x\n"
    )
    (project.root / "_toc.yml").write_text(text, encoding="utf-8")
    assert toc_slugs(project.root) == ["a"]
