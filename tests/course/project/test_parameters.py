"""A wrong parameter is an error before any kernel starts."""

import nbformat
import pytest

from support.course.project.chapters import discover
from support.course.project.errors import CourseError
from support.course.project.methods import inspect_method
from support.course.project.parameters import check, declared, resolve
from tests.course.conftest import PARAMETERS, Project


def notebook(*sources: str) -> nbformat.NotebookNode:
    cells = [
        nbformat.v4.new_code_cell(text, metadata={"tags": ["parameters"]})
        for text in sources
    ]
    return nbformat.v4.new_notebook(cells=cells)


def test_defaults_are_read_by_syntax() -> None:
    found = declared(notebook("a = -1\nb: float = 0.5\nc = True\nd = 'x'"), "n")
    assert found == {"a": -1, "b": 0.5, "c": True, "d": "x"}


def test_no_parameters_cell_means_no_parameters() -> None:
    assert declared(nbformat.v4.new_notebook(), "n") == {}


@pytest.mark.parametrize(
    "source", ["import os", "a = [1]", "a = b = 1", "a = 1 + x", "print()", "a: int"]
)
def test_only_plain_scalars_may_stand_there(source: str) -> None:
    with pytest.raises(CourseError, match="line 2 of the parameters cell"):
        declared(notebook(f"seed = 0\n{source}"), "n")


def test_two_cells_or_broken_python_are_refused() -> None:
    with pytest.raises(CourseError, match="2 cells tagged"):
        declared(notebook("a = 1", "b = 1"), "n")
    with pytest.raises(CourseError, match="not Python"):
        declared(notebook("a = ="), "n")


@pytest.mark.parametrize(
    ("default", "given", "expected"),
    [
        (0, "3", 3),
        (0, "-3", -3),
        (0.5, "1", 1.0),
        (0.5, 2, 2.0),
        (True, "False", False),
        ("x", "3", "3"),
        ("x", "", ""),
    ],
)
def test_texts_become_the_declared_type(
    default: object, given: object, expected: object
) -> None:
    result = resolve({"name": default}, {"name": given}, "n")["name"]
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("default", "given"),
    [(0, "abc"), (0, "1.5"), (0, 1.5), (0, True), (True, "1"), (0.5, "x"), ("x", 3)],
)
def test_another_type_says_what_was_given_and_expected(
    default: object, given: object
) -> None:
    with pytest.raises(CourseError) as caught:
        resolve({"seed": default}, {"seed": given}, "n")
    assert repr(given) in str(caught.value)
    assert type(default).__name__ in str(caught.value)


def test_an_unknown_name_lists_the_right_ones() -> None:
    with pytest.raises(CourseError) as caught:
        resolve({"seed": 0, "profile": "quick"}, {"sead": "1"}, "alpha/lesson")
    assert "Did you mean 'seed'?" in str(caught.value)
    assert "seed (int), profile (str)" in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"profile": "fast"}, "expected one of quick, full"),
        ({"seed": -1}, "give 0 or more"),
        ({"dataset": "embeded"}, "Did you mean 'embedded'"),
        ({"dataset": "nowhere"}, "'nowhere' cannot be used"),
        ({"device": "gpu"}, "expected auto, cpu"),
        ({"device": "cuda:97"}, "is not there"),
    ],
)
def test_values_with_one_meaning_are_checked(
    project: Project, changed: dict[str, object], message: str
) -> None:
    project.chapter("alpha", datasets="[embedded, nowhere]")
    (chapter,) = discover(project.root)
    values = {**declared(notebook(PARAMETERS), "n"), **changed}
    with pytest.raises(CourseError, match=message):
        check(values, chapter)


def test_a_corpus_that_is_here_or_can_be_had_is_accepted(project: Project) -> None:
    project.chapter("alpha", datasets="[embedded, fsdd]")
    (chapter,) = discover(project.root)
    values = {"dataset": "fsdd", "device": "cpu", "seed": 1}
    check(values, chapter)


def test_a_method_is_found_in_the_current_folder(project: Project) -> None:
    path = project.root / "mine.py"
    path.write_text("print('hello')\n\n\ndef rule(x):\n    return x\n", "utf-8")
    found = inspect_method("mine:rule", project.read()).file
    assert found == path


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("no_colon", "package.module:callable"),
        ("json:decoder.JSONDecoder", "package.module:callable"),
        ("no_such_module_x:f", "ModuleNotFoundError"),
        ("json:nothing", "AttributeError"),
        ("json:__doc__", "not callable"),
    ],
)
def test_a_method_that_cannot_be_used_is_refused(
    project: Project, spec: str, message: str
) -> None:
    with pytest.raises(CourseError, match=message):
        inspect_method(spec, project.read())


def test_a_method_that_ends_the_process_is_told(project: Project) -> None:
    (project.root / "bad.py").write_text("import os\nos._exit(3)\n", "utf-8")
    with pytest.raises(CourseError, match="ended the process"):
        inspect_method("bad:rule", project.read())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-p", "sead=3"], "Did you mean 'seed'?"),
        (["--seed", "abc"], "expected a whole number"),
        (["--profile", "fast"], "expected one of quick, full"),
        (["--method", "nothing.here:f"], "cannot be used"),
        (["-p", "seed"], "name=value"),
        (["-p", "seed=1", "--seed", "2"], "given twice"),
        (["--seeds", "3-1"], "backwards"),
        (["--seeds", "a"], "expected ranges"),
        (["--record", "--seeds", "3"], "recorded on the seeds 1000 to 1019"),
        (["--seeds", "0-1", "--seed", "3"], "exclude each other"),
        (["--only", "slides"], "expected lesson or exercises"),
        (["--seeds", "²"], "expected ranges"),
        (["--seeds", "010"], "expected ranges"),
        (["--seeds", "0-99999999999"], "more than 100,000 seeds"),
        (["--seeds", "9" * 5000], "expected ranges"),
        (["--timeout", "0"], "1 or more"),
        (["--timeout", "0.01"], "1 or more"),
        (["--timeout", "nan"], "1 or more"),
        (["beta"], "no chapter 'beta'"),
        (["--data-dir", "nowhere"], "'nowhere' is no folder"),
    ],
)
def test_bad_words_end_in_one_paragraph_without_a_kernel(
    project: Project,
    no_kernel: None,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    from support.course.cli.app import main

    project.chapter("alpha")
    with pytest.raises(SystemExit) as caught:
        main(["run", *words])
    assert caught.value.code == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert "Traceback" not in captured.err
    assert not (project.root / "_build").exists()
