"""The order of things: execute, then build; two runs at once do no harm."""

import re
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from support.course.book import build as book
from support.course.cli.app import main
from support.course.run.planning import make_plan
from support.course.seminar import downloads
from tests.course.conftest import Project


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Calls of the book's build, which itself does nothing here."""
    calls: list[Any] = []

    def build(project: Any, *, edition: str, extra: dict[str, bytes]) -> Path:
        assert list(extra) == ["archives"]
        calls.append(edition)
        return project.build / "html" / "index.html"

    monkeypatch.setattr(book, "build", build)
    monkeypatch.setattr(downloads, "downloads", lambda project: {"archives": b""})
    return calls


def course(*words: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    return int(caught.value.code or 0)


def test_a_build_executes_what_is_stale_first(
    project: Project, built: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    project.chapter("alpha", record=True)
    assert course("build", "--edition", "student") == 0
    out = capsys.readouterr().out
    assert "1 executed, 0 up to date" in out
    assert "alpha.1" in out  # the claims
    assert (project.root / "_build/html/index.html").as_uri() in out
    assert course("build") == 0
    assert "0 executed, 1 up to date" in capsys.readouterr().out
    assert built == ["student", "public"]


def test_a_build_of_the_same_reads_and_builds_nothing(
    project: Project,
    built: list[Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = project.chapter("alpha", record=True)
    page = project.root / "_build" / "html" / "index.html"
    assert course("build") == 0
    first = capsys.readouterr().out
    page.parent.mkdir()
    page.touch()
    with monkeypatch.context() as patched:
        patched.setattr("support.course.cli.running.Project", None)  # nothing is read
        assert course("build") == 0
    again = capsys.readouterr().out
    assert again.startswith("0 executed, 1 up to date\n\n")
    assert again.partition("\n")[2] == first[first.index("\n\n") + 1 :]
    assert built == ["public"]

    with (folder / "claims.yml").open("a", encoding="utf-8") as claims:
        claims.write("# a word\n")
    assert course("build") == 0
    (execution,) = (project.root / "_build" / "executed").rglob("lesson.json")
    execution.write_text("{}", "utf-8")
    assert course("build") == 0
    page.unlink()
    assert course("build") == 0
    assert built == ["public"] * 4


def test_a_failed_execution_builds_no_book(
    project: Project, built: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    project.chapter("alpha", ["1 / 0"], record=True)
    assert course("build") == 1
    assert "was not built" in capsys.readouterr().err
    assert built == []


def test_a_build_can_use_the_executions_as_they_are(
    project: Project, built: list[Any], no_kernel: None
) -> None:
    project.chapter("alpha", record=True)
    assert course("build", "--no-run") == 0
    assert built == ["public"]


def test_two_runs_at_once_do_no_harm(project: Project) -> None:
    project.chapter("alpha", ["import time; time.sleep(0.5)"])
    processes = [
        subprocess.Popen(
            project.command("run"),
            cwd=project.root,
            env=project.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    plan = make_plan(project.read())
    assert plan.stale == []
    left = (project.root / "_build").rglob("*.tmp")
    assert list(left) == []


def test_a_method_in_the_current_folder_is_used_and_watched(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    source = "from importlib import import_module\n"
    source += "print(import_module(method.split(':')[0]).rule(1) if method else 0)"
    project.chapter("alpha", [source])
    mine = project.root / "mine.py"
    mine.write_text("def rule(x):\n    return 41 + x\n", encoding="utf-8")
    words = ("run", "--method", "mine:rule")
    assert course(*words) == 0
    (path,) = (project.root / "_build/runs/alpha").glob("*.ipynb")
    assert '"42\\n"' in path.read_text(encoding="utf-8")
    capsys.readouterr()
    mine.write_text("def rule(x):\n    return 42 + x\n", encoding="utf-8")
    assert course(*words, "--dry-run") == 0
    assert "mine.py of the method changed" in capsys.readouterr().out


def test_a_method_that_the_chapter_cannot_call_is_refused(
    project: Project, no_kernel: None, capsys: pytest.CaptureFixture[str]
) -> None:
    project.chapter("alpha")
    (project.root / "mine.py").write_text("def two(a, b):\n    return a\n")
    for words in (["run", "alpha"], ["run"]):
        assert course(*words, "--method", "mine:two") == 2
        said = capsys.readouterr().err
        assert "calls it with (x), which two(a, b) cannot take" in said


def test_a_method_that_failed_has_the_last_word_each_time(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    why = "'failures': {method: 'ValueError: it is NaN'} if method else {}"
    found = "{'application/vnd.course.record+json': {" + why + "}}"
    cell = f"from IPython.display import display\ndisplay({found}, raw=True)"
    project.chapter("alpha", [cell])
    (project.root / "mine.py").write_text("def rule(x):\n    return x\n")
    for count in ("1 executed", "1 up to date"):
        assert course("run", "alpha", "--method", "mine:rule") == 1
        shown = capsys.readouterr()
        assert count in shown.out
        last = "alpha/lesson: mine:rule did not finish. ValueError: it is NaN"
        assert shown.err.splitlines()[-1] == last
    assert course("run", "alpha", "--seed", "1") == 0


def test_what_a_method_scored_is_printed(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    found = "{'scores': {method: {'error': 0.25}, 'ours': {'error': 0.5}}}"
    found = "{'application/vnd.course.record+json': " + found + "}"
    cell = f"from IPython.display import display\ndisplay({found}, raw=True)"
    project.chapter("alpha", [cell])
    (project.root / "mine.py").write_text("def rule(x):\n    return x\n")
    for _ in range(2):  # executed, then up to date
        assert course("run", "alpha", "--method", "mine:rule") == 0
        said = capsys.readouterr().out
        assert "    error: 0.25\n" in said
        last = said.splitlines()[-1]
        assert last.startswith("    to read in a browser: ")
    page = Path(url2pathname(urlsplit(last.split()[-1]).path))
    text = page.read_text("utf-8")
    assert "Executed as alpha/lesson (method=mine:rule)." in text
    assert "record+json" in text  # the code, folded
    for script in re.findall(r'src="([^"]*tex-svg.js)"', text):
        assert (page.parent / script).is_file()


def test_the_page_of_a_run_holds_its_figures_and_tables(project: Project) -> None:
    drawn = b64encode(b"a picture").decode()
    words = (
        "{'course_figure': {'name': 'one', 'alt': 'a line', 'caption': 'It <rises>'}}"
    )
    data = "{'image/png': '" + drawn + "', 'text/plain': 'figure'}"
    table = "{'text/html': '<table></table>', 'text/plain': 'table'}"
    shown = f"display({data}, metadata={words}, raw=True); display({table}, raw=True)"
    cell = f"from IPython.display import display\n{shown}"
    project.chapter("alpha", [cell])
    assert course("run", "alpha", "--seed", "1") == 0
    (page,) = (project.root / "_build/runs/alpha").glob("*.html")
    text = page.read_text("utf-8")
    assert f'<img src="data:image/png;base64,{drawn}" alt="a line">' in text
    assert "It &lt;rises&gt;" in text
    assert "<table></table>" in text
