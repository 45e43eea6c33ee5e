"""``course seminar``: what it writes, what it refuses, what may be missing."""

import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from support.course.book.build import build
from support.course.book.stage import stage
from support.course.cli.app import main
from support.course.project.project import Project
from support.course.seminar import vendor, write
from support.course.seminar.downloads import downloads
from tests.course.seminar_project import EXERCISES, SECRETS, execute, make_project


@pytest.fixture
def root(tmp_path: Path, project_root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = make_project(tmp_path / "a course", project_root)
    monkeypatch.setenv("COURSE_ROOT", str(made))
    monkeypatch.setattr(write, "find_chromium", lambda: None)
    return made


def course(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    said = capsys.readouterr()
    return int(caught.value.code or 0), said.out + said.err


def contents(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file below a folder as text; archives are opened."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as packed:
                for name in packed.namelist():
                    yield f"{path.name}/{name}", packed.read(name).decode("latin-1")
        elif path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_text("latin-1")


def leaks(folder: Path) -> dict[str, list[str]]:
    """Which secrets stand in which files, also between the marks of HTML."""
    found = {}
    for name, text in contents(folder):
        words = text + unescape(re.sub(r"<[^>]+>", "", text))
        if known := [secret for secret in SECRETS if secret in words]:
            found[name] = known
    return found


def test_it_writes_everything_and_students_get_no_solution(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "monday"
    code, said = course(capsys, "seminar", "demo", "--out", str(out))
    assert code == 0
    assert f"demo: 3 slides, in {out}" in said
    assert "No handout.pdf: no Chromium was found" in said
    names = {path.relative_to(out).as_posix() for path in out.rglob("*")}
    assert {
        "README.md",
        "demo-seminar.zip",
        "demo-students.zip",
        "handout.html",
        "slides/figures/fig-demo-line.svg",
        "slides/index.html",
        "slides/vendor/mathjax/tex-svg.js",
        "slides/vendor/reveal/dist/reveal.js",
        "student/exercises.ipynb",
        "student/lesson.ipynb",
        "teacher/exercises.ipynb",
        "teacher/lesson.ipynb",
        "teacher/plan.html",
    } <= names
    found = leaks(out)
    assert [name for name in found if name.startswith(("student/", "handout"))] == []
    assert [name for name in found if name.startswith("demo-students.zip")] == []
    # the same search finds them where they belong
    assert set(found["teacher/exercises.ipynb"]) == {
        "samarkand",
        "kilimanjaro",
        "ouagadougou",
    }
    assert "timbuktu" in found["slides/index.html"]  # the speaker's notes
    assert set(found["teacher/plan.html"]) >= {"zanzibar", "timbuktu", "ouagadougou"}


def test_the_students_book_holds_no_solution_anywhere(
    root: Path, project_root: Path
) -> None:
    pytest.importorskip("jupyter_book")
    settings = (root / "_config.yml").read_text("utf-8")
    bare = re.sub(r"(?m)^logo:.*\n|^  favicon:.*\n", "", settings)
    others = r"book_(?!download)\w+"
    bare = re.sub(rf"(?m)^    - {others}\n|^    {others}: book/_ext\n", "", bare)
    bare = re.sub(r"(?m)^    html_(static_path|css_files|js_files):.*\n", "", bare)
    (root / "_config.yml").write_text(bare, "utf-8")
    extension = Path("book", "_ext", "book_download.py")
    (root / extension).parent.mkdir()
    shutil.copy(project_root / extension, root / extension)
    project = Project.at(root)
    extra = downloads(project)
    page = build(project, edition="student", strict=False, extra=extra)
    assert (page.parent / "searchindex.js").is_file()
    assert list((page.parent / "_sources").rglob("*.ipynb"))
    # each page of the chapter gives the archive for students, no other page does
    for name in ("lesson", "exercises"):
        html = (page.parent / "chapters" / "demo" / f"{name}.html").read_text("utf-8")
        assert 'href="../../downloads/demo-students.zip"' in html
        assert f"_sources/chapters/demo/{name}.ipynb" not in html
    assert "students.zip" not in (page.parent / "book" / "welcome.html").read_text()
    given = page.parent / "downloads" / "demo-students.zip"
    assert given.read_bytes() == extra["extra/downloads/demo-students.zip"]
    with zipfile.ZipFile(given) as packed:
        names = {name.partition("/")[2] for name in packed.namelist()}
    assert {"README.md", "student/lesson.ipynb", "student/exercises.ipynb"} <= names
    assert leaks(page.parent) == {}
    staged = root / "_build" / "editions" / "student" / "stage"
    assert leaks(staged) == {}
    public = b"".join(stage(Project.at(root)).values()).decode("utf-8")
    assert "samarkand" in public  # the same words stand in the public book
    assert "kilimanjaro" in public


def test_notebooks_read_as_they_are_and_solutions_stay_in_the_teachers(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "monday"
    course(capsys, "seminar", "demo", "--out", str(out))

    def cells(name: str) -> list[dict[str, Any]]:
        return json.loads((out / name).read_text("utf-8"))["cells"]

    read = cells("student/lesson.ipynb")
    lesson = "\n".join("".join(cell["source"]) for cell in read)
    assert "By One and Two (2024)." in lesson
    assert "Only on a slide" not in lesson
    assert any(cell.get("outputs") for cell in read)
    exercises = cells("student/exercises.ipynb")
    assert not any(cell.get("outputs") for cell in exercises)
    text = "\n".join("".join(cell["source"]) for cell in exercises)
    assert "**Exercise 1 (Count)**" in text
    assert "<summary>Hint 1</summary>" in text
    teachers = "\n".join(
        "".join(cell["source"]) for cell in cells("teacher/exercises.ipynb")
    )
    assert "**Solution**" in teachers
    assert "> **For teachers.**" in teachers


def test_the_deck_and_the_plan_say_what_the_sources_say(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "monday"
    course(capsys, "seminar", "demo", "--out", str(out))
    deck = (out / "slides" / "index.html").read_text("utf-8")
    assert "<h1>Counting &amp; its errors</h1>" in deck
    assert deck.count("<section>") == 3
    assert "<h2>Only on a slide</h2>" in re.sub(r' id="[^"]*"', "", deck)
    assert 'src="figures/fig-demo-line.svg" alt="A line that rises' in deck
    assert '<div class="fragment"><pre class="code large"' in deck
    plan = (out / "teacher" / "plan.html").read_text("utf-8")
    assert "10 minutes for all 1 exercises" in plan
    for words in ("45 minutes", "60 minutes", "90 minutes", "Despair."):
        assert words in plan
    handout = (out / "handout.html").read_text("utf-8")
    assert "$$1+1=2$$" in handout
    assert "Count twice." in handout


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["seminar", "--out", "x"], "Name one chapter"),
        (["seminar", "demo", "--all", "--out", "x"], "not both"),
        (["seminar", "demos", "--out", "x"], "Did you mean 'demo'?"),
        (["seminar", "demo"], "--out"),
    ],
)
def test_bad_words_are_answered_in_words(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    answer: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = course(capsys, *words)
    assert code == 2
    assert answer in said
    assert not (tmp_path / "x").exists()


def test_force_replaces_ours_and_keeps_what_a_teacher_added_or_changed(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "monday"
    course(capsys, "seminar", "demo", "--out", str(out))
    (out / "grades.csv").write_text("one,2", "utf-8")
    (out / "slides" / "mine").mkdir()
    (out / "slides" / "mine" / "photo.png").write_bytes(b"a photo")
    edited = out / "teacher" / "lesson.ipynb"
    edited.write_text(edited.read_text("utf-8").replace("Count", "Reckon"), "utf-8")
    code, said = course(capsys, "seminar", "demo", "--out", str(out))
    assert code == 2
    assert "exists already; nothing was written" in said

    exercises = root / "chapters" / "demo" / "exercises.md"
    text = exercises.read_text("utf-8").replace("Fingers.", "Toes.")
    exercises.write_text(text, "utf-8")
    for _ in range(2):  # what was kept once is kept again
        code, said = course(capsys, "seminar", "demo", "--out", str(out), "--force")
        assert code == 0
        assert "Kept in" in said
        assert (out / "grades.csv").read_text("utf-8") == "one,2"
        assert (out / "slides" / "mine" / "photo.png").read_bytes() == b"a photo"
        assert "Reckon" in edited.read_text("utf-8")
        for name in ("grades.csv", "slides/mine/photo.png", "teacher/lesson.ipynb"):
            assert f"  {name}\n" in said
        assert said.count("\n  ") == 3
    assert "Toes." in (out / "student" / "exercises.ipynb").read_text("utf-8")

    edited.rename(tmp_path / "safe.ipynb")
    course(capsys, "seminar", "demo", "--out", str(out), "--force")
    assert "Count" in edited.read_text("utf-8")


def test_force_removes_what_the_next_seminar_has_no_more(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "monday"
    course(capsys, "seminar", "demo", "--out", str(out))
    (out / "student" / "mine.txt").write_text("words", "utf-8")
    code, said = course(capsys, "seminar", "--all", "--out", str(out), "--force")
    assert (code, "Kept in" in said) == (0, True)
    assert (out / "demo" / "student" / "lesson.ipynb").is_file()
    names = sorted(path.name for path in out.iterdir())
    assert names == ["demo", "seminar.json", "student"]
    assert [path.name for path in (out / "student").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("note", [None, "", '{"made_by": "course seminar"}', "[1]"])
def test_force_leaves_a_folder_without_a_note_of_its_files(
    root: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    note: str | None,
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work", "utf-8")
    if note is not None:
        (other / "seminar.json").write_text(note, "utf-8")
    before = sorted(path.name for path in other.iterdir())
    code, said = course(capsys, "seminar", "demo", "--out", str(other), "--force")
    assert code == 2
    assert "cannot tell them from yours; nothing was written" in said
    assert sorted(path.name for path in other.iterdir()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a course", "other"]


def test_force_does_not_write_through_links(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, elsewhere = tmp_path / "monday", tmp_path / "elsewhere"
    course(capsys, "seminar", "demo", "--out", str(out))
    (out / "student").rename(elsewhere)
    (out / "student").symlink_to(elsewhere)
    before = {path: path.stat().st_mtime_ns for path in elsewhere.iterdir()}
    code, said = course(capsys, "seminar", "demo", "--out", str(out), "--force")
    assert code == 0
    assert "  student/lesson.ipynb\n" in said
    assert before == {path: path.stat().st_mtime_ns for path in elsewhere.iterdir()}


def test_a_stale_or_missing_execution_names_the_command(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = root / "chapters" / "demo" / "exercises.md"
    text = path.read_text("utf-8")
    path.write_text(text.replace("return None", "return 0"), "utf-8")
    out = tmp_path / "monday"
    code, said = course(capsys, "seminar", "demo", "--out", str(out))
    assert code == 1
    assert "demo/exercises has no execution of today's sources" in said
    assert "Run: course run demo" in said
    execute(root)
    path.write_text(path.read_text("utf-8").replace("Fingers.", "Toes."), "utf-8")
    assert course(capsys, "seminar", "demo", "--out", str(out))[0] == 0  # words alone
    assert "Toes." in (out / "student" / "exercises.ipynb").read_text("utf-8")
    (root / "_build" / "executed" / "demo" / "lesson.json").unlink()
    code, said = course(capsys, "seminar", "demo", "--out", str(tmp_path / "later"))
    assert code == 1
    assert "never executed" in said
    assert not (tmp_path / "later").exists()


def test_a_faulty_plan_is_told_before_anything_is_written(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = root / "chapters" / "demo" / "exercises.md"
    text = path.read_text("utf-8").replace("90:", "80:")
    path.write_text(text, "utf-8")
    out = tmp_path / "monday"
    code, said = course(capsys, "seminar", "demo", "--out", str(out))
    assert code == 1
    assert "one text for each of (45, 60, 90)" in said
    assert not out.exists()


def test_what_is_missing_is_said_and_the_rest_is_made(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(vendor, "reveal", dict)
    monkeypatch.setattr(vendor, "mathjax", dict)
    monkeypatch.setattr(write, "find_chromium", lambda: str(tmp_path / "none"))
    out = tmp_path / "monday"
    code, said = course(capsys, "seminar", "demo", "--out", str(out))
    assert code == 0
    for words in ("pip install sphinx-revealjs", "sphinx-mathjax-offline", "no print"):
        assert words.replace("no print", "could not be run") in said
    assert not (out / "slides" / "index.html").exists()
    assert (out / "student" / "lesson.ipynb").is_file()
    assert "tex-svg.js" not in (out / "handout.html").read_text("utf-8")


def test_the_archive_depends_on_its_files_alone() -> None:
    files = {"b": b"2", "a": b"1"}
    first = write.archive(files, "top")
    assert first == write.archive(dict(reversed(files.items())), "top")
    assert first != write.archive({**files, "a": b"0"}, "top")


def test_the_little_chapter_has_its_secrets() -> None:
    assert sum(secret in EXERCISES for secret in SECRETS) == 3


def test_an_unknown_edition_of_the_book_is_refused_before_anything_runs(
    root: Path, no_kernel: None, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "_build" / "executed" / "demo" / "lesson.json").unlink()
    code, said = course(capsys, "build", "--edition", "students")
    assert code == 2
    assert "edition: got 'students'; give one of public, student, teacher" in said
