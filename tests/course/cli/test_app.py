"""The command line itself: quick, light, and clear about mistakes."""

import errno
import os
import subprocess
import sys

import pytest

from support.course.cli.app import main
from support.data.errors import DownloadError
from tests.course.conftest import Project


def test_help_is_there_at_once(project: Project) -> None:
    times = []
    for _ in range(3):
        begun = os.times()
        answer = project.course("--help")
        ended = os.times()
        # processor time: a busy machine must not make this test fail
        times.append(
            ended.children_user
            + ended.children_system
            - begun.children_user
            - begun.children_system
        )
    assert answer.returncode == 0
    for word in ("list", "run", "build", "check", "claims", "data", "doctor", "new"):
        assert f"  {word} " in answer.stdout
    assert min(times) < 0.5


def test_the_command_line_imports_nothing_heavy() -> None:
    code = (
        "import sys, support.course.cli.app as cli;"
        "heavy = {'torch', 'numpy', 'scipy', 'pandas', 'papermill', 'jupytext',"
        " 'nbformat', 'matplotlib'}; print(sorted(heavy & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_a_run_with_nothing_to_do_imports_no_torch(project: Project) -> None:
    project.chapter("alpha", ["print(1)"])
    code = (
        "import sys, support.course.cli.app as cli\n"
        "try:\n    cli.main(['run', '--dry-run'])\n"
        "except SystemExit: print('torch' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=project.root,
        env=project.environment(),
    )
    assert answer.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nonsense"], "nonsense"),
        (["run", "--nonsense"], "nonsense"),
        (["run", "--jobs", "0"], "'--jobs'"),
        (["run", "--jobs", "two"], "'--jobs'"),
        (["claims", "--profile", "fast"], "expected quick or full"),
        (["claims", "--dataset", "fsd"], "the chapters use"),
        (["claims", "beta"], "no chapter 'beta'"),
        (["reference", "alfa"], "Did you mean 'alpha'?"),
        (["new", "Not-Good"], "give 2 to 40 lower-case letters"),
        (["new", "alpha"], "exists already"),
    ],
)
def test_mistakes_end_with_2_and_one_paragraph(
    project: Project,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    project.chapter("alpha", record=True)
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_outside_a_project_the_installed_one_is_used_or_it_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: object
) -> None:
    monkeypatch.setenv("COURSE_ROOT", "/nowhere")
    with pytest.raises(SystemExit) as caught:
        main(["list"])
    assert caught.value.code == 2


def test_python_m_support_is_the_same_command(project: Project) -> None:
    project.chapter("alpha")
    answer = project.course("list", cwd=project.root / "chapters" / "alpha")
    assert answer.returncode == 0, answer.stderr
    assert "alpha: Title of alpha" in answer.stdout


def test_a_latin_1_terminal_is_no_failure(project: Project) -> None:
    project.chapter("alpha", record=True)
    environment = {**project.environment(), "PYTHONIOENCODING": "latin-1"}
    answer = subprocess.run(
        project.command("claims"), env=environment, capture_output=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert b"alpha.1" in answer.stdout


def test_a_byte_order_mark_before_a_lesson_is_not_seen(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson = project.chapter("alpha") / "lesson.md"
    lesson.write_text(lesson.read_text("utf-8"), encoding="utf-8-sig")
    with pytest.raises(SystemExit) as caught:
        main(["list"])
    assert not caught.value.code
    assert "alpha: Title of alpha" in capsys.readouterr().out


def test_a_place_that_takes_no_file_is_told_in_one_line(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*words: object) -> str:
        raise OSError(errno.EROFS, "Read-only file system", "/book/_build/x")

    monkeypatch.setattr("support.course.cli.listing.listing", full)
    with pytest.raises(SystemExit) as caught:
        main(["list"])
    assert caught.value.code == 1
    said = capsys.readouterr().err
    assert "/book/_build/x cannot be written: Read-only file system. Make" in said
    assert "Traceback" not in said


def test_a_corpus_is_fetched_before_a_kernel_starts(
    project: Project,
    no_kernel: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def offline(name: str, **options: object) -> None:
        raise DownloadError(f"{name} could not be downloaded: no connection")

    monkeypatch.setattr("support.data.acquisition.registry.fetch", offline)
    project.chapter("alpha", datasets="[embedded, adult]", record=True)
    run = ["run", "alpha", "--dataset", "adult"]
    bench = ["bench", "alpha", "--dataset", "adult", "--out", "out"]
    for words in (run, [*run, "--seeds", "0"], bench):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 2
        said = capsys.readouterr().err
        assert "adult could not be downloaded: no connection" in said


def test_one_broken_header_stops_its_own_chapter_alone(project: Project) -> None:
    project.chapter("alpha", ["x = 1"])
    folder = project.chapter("beta")
    (folder / "lesson.md").write_text("---\ncourse: {slug: gamma}\n---\n", "utf-8")
    ran = project.course("run")  # all: one of them could not be executed
    assert (ran.returncode, "1 executed" in ran.stdout) == (1, True), ran.stderr
    assert "beta is left out: chapters/beta/lesson.md: course.slug is" in ran.stderr
    assert project.course("run", "alpha").returncode == 0
    alone = project.course("run", "beta")
    assert alone.returncode == 2
    assert "must be the same" in alone.stderr
    assert "alpha: Title of alpha" in project.course("list").stdout
    built = project.course("build", "--no-run")
    assert built.returncode == 2
    assert "not built without beta" in built.stderr
    checked = project.course("check")
    assert checked.returncode == 1
    assert "FAULT headers" in checked.stdout
