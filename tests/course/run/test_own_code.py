"""What a reader's method consists of: whatever of it changes is seen, and travels."""

from collections.abc import Callable
from pathlib import Path

import pytest

from support.course.project.chapters import read_notebook
from support.course.project.errors import CourseError
from support.course.project.methods import inspect_method
from support.course.run.own_code import OwnCode, own_code
from support.course.run.planning import make_plan
from support.course.run.staleness import code_digest
from tests.course.conftest import Project

CORE = '''\
"""A method in a package, with all that a real one has."""
import functools
from pathlib import Path

from helper_top import third
from mine.util import half

METHOD_FILES = ["weights.txt", "tables"]
FACTOR = float((Path(__file__).parent / "weights.txt").read_text())


def method(x):
    import lazy_top
    return half() * x


class Scaled:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, x):
        return self.factor * x


instance = Scaled(FACTOR)
partial = functools.partial(method)
unreadable = Scaled(lambda: 0)
'''


@pytest.fixture
def mine(project: Project) -> Path:
    folder = project.root / "mine"
    (folder / "tables").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "core.py").write_text(CORE)
    (folder / "util.py").write_text("def half():\n    return 0.5\n")
    (folder / "plugin.py").write_text("# nobody imports it by its name\n")
    (folder / "weights.txt").write_text("1.5")
    (folder / "tables/one.csv").write_text("1")
    (project.root / "helper_top.py").write_text("def third():\n    return 1 / 3\n")
    (project.root / "lazy_top.py").write_text("from deep import three\n")
    (project.root / "deep.py").write_text("three = 3\n")
    (project.root / "stranger.py").write_text("")
    project.chapter("alpha")
    return folder


def look(project: Project, name: str = "method") -> OwnCode:
    return own_code(inspect_method(f"mine.core:{name}", project.read()))


def test_all_that_is_its_own_is_found(project: Project, mine: Path) -> None:
    assert set(look(project).files) == {
        *("mine/__init__.py", "mine/core.py", "mine/util.py", "mine/plugin.py"),
        *("mine/weights.txt", "mine/tables/one.csv"),
        *("helper_top.py", "lazy_top.py", "deep.py"),
    }


CHANGES: dict[str, tuple[str, Callable[[str], str]]] = {
    "a module beside it": ("mine/util.py", lambda text: text.replace("5", "7")),
    "a module of the package": ("mine/plugin.py", lambda text: text + "x = 1\n"),
    "a module at the top": ("helper_top.py", lambda text: text.replace("3", "4")),
    "what a function imports": ("lazy_top.py", lambda text: text + "x = 1\n"),
    "what that imports": ("deep.py", lambda text: "three = 4\n"),
    "a declared file": ("mine/weights.txt", lambda text: "2.5"),
    "a file in a declared folder": ("mine/tables/one.csv", lambda text: "2"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_part_of_it_that_changes_is_named_and_makes_a_run_stale(
    project: Project, mine: Path, name: str
) -> None:
    place, change = CHANGES[name]
    notebook = read_notebook(project.root / "chapters/alpha/lesson.md")

    def record(own: OwnCode) -> str:
        return code_digest(notebook, project.read(), method=own)

    before = look(project)
    path = project.root / place
    path.write_text(change(path.read_text()))
    after = look(project)
    assert record(before) != record(after)
    changed = {part for part in after.parts if after.parts[part] != before.parts[part]}
    assert changed == {f"{place} of the method"}
    make_plan(project.read(), {"method": "mine.core:method"})  # fits, and is planned


def test_comments_do_not_age_a_record(project: Project, mine: Path) -> None:
    before = look(project)
    (mine / "util.py").write_text("# half\ndef half():\n    return 0.5  # so\n")
    assert look(project).code == before.code
    assert look(project).parts != before.parts


def test_what_an_instance_holds_counts(project: Project, mine: Path) -> None:
    before = look(project, "instance")
    assert before.held == look(project, "instance").held != ""
    core = mine / "core.py"
    core.write_text(core.read_text().replace("Scaled(FACTOR)", "Scaled(2)"))
    after = look(project, "instance")
    assert before.held != after.held
    assert before.parts["what the method holds"] == before.held
    assert look(project, "partial").files.keys() == after.files.keys()
    assert look(project, "method").held == ""


def test_a_network_has_one_digest_however_often_it_is_loaded(project: Project) -> None:
    text = "import torch\ntorch.manual_seed({})\nf = torch.nn.Linear(3, 2)\n"
    seen = [look_at(project, text.format(seed)).held for seed in (0, 0, 1)]
    assert seen[0] == seen[1] != seen[2]


def test_what_nobody_can_know_is_said(
    project: Project, mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from support.course.cli.app import main

    words = look(project, "unreadable").unknown
    assert "what it holds cannot be read" in words
    for command in (["run"], ["bench", "--out", "out", "alpha"]):
        with pytest.raises(SystemExit):
            main([*command, "--method", "mine.core:unreadable", "-n"])
        shown = capsys.readouterr()
        assert f"mine.core:unreadable: {words}" in shown.out + shown.err


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ("'gone.npy'", "'gone.npy' in METHOD_FILES, but there is no such file"),
        ("'../helper_top.py'", "without a path upwards"),
    ],
)
def test_files_that_cannot_travel_are_refused(
    project: Project, mine: Path, declared: str, message: str
) -> None:
    core = mine / "core.py"
    core.write_text(core.read_text().replace('["weights.txt"', "[" + declared))
    with pytest.raises(CourseError, match=message):
        look(project)


def test_too_much_to_travel_is_refused(
    project: Project, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("support.course.run.own_code._MOST_BYTES", 100)
    with pytest.raises(CourseError, match="at most 0 travel with each run"):
        look(project)


def test_the_projects_own_modules_are_watched_and_stay(project: Project) -> None:
    own = look_at(project, "import support.metrics.auc\n\n\ndef f(x): ...\n")
    assert set(own.files) == {"single.py"}
    assert "support.metrics.auc" in own.uses
    installed = own_code(inspect_method("json:dumps", project.read()))
    assert installed.files == {}
    assert "json/encoder.py" in installed.installed
    assert "made in C" in own_code(inspect_method("math:sqrt", project.read())).unknown


def look_at(project: Project, text: str) -> OwnCode:
    (project.root / "single.py").write_text(text)
    return own_code(inspect_method("single:f", project.read()))
