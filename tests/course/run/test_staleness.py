"""What makes an execution stale, and what does not."""

from pathlib import Path

import pytest

from support.course.project.chapters import discover, read_notebook
from support.course.project.errors import CourseError
from support.course.project.parameters import declared
from support.course.run.imports import code_text, imported_files
from support.course.run.staleness import Parts, code_digest, explain, key, parts_of
from tests.course.conftest import Project


def parts(project: Project, slug: str = "alpha", **changed: object) -> Parts:
    (chapter,) = [c for c in discover(project.root) if c.slug == slug]
    notebook = read_notebook(chapter.source("lesson"))
    values = {**declared(notebook, slug), **changed}
    reads = ["claims.yml", "results.json"]
    return parts_of(notebook, values, chapter, project.read(), reads=reads)


def names(project: Project, source: str) -> list[str]:
    found = imported_files([source], project.root)
    return [path.relative_to(project.root / "support").as_posix() for path in found]


def test_imports_are_followed_through_the_package(project: Project) -> None:
    project.module("losses.auc", "from ..metrics import calibration\n")
    project.module("losses.other", "x = 1\n")
    project.module("metrics.calibration", "def f():\n    import support.late\n")
    project.module("late", "import json\n")
    assert names(project, "from support.losses.auc import loss") == [
        "__init__.py",
        "late.py",
        "losses/__init__.py",
        "losses/auc.py",
        "metrics/__init__.py",
        "metrics/calibration.py",
    ]


@pytest.mark.parametrize(
    "source",
    [
        "import support.losses.auc",
        "import support.losses.auc as a",
        "from support.losses import auc",
        "from support import losses\nfrom support.losses import auc",
        "%matplotlib inline\ndef f():\n    from support.losses.auc import x",
        "import importlib\nimportlib.import_module('support.losses.auc')",
    ],
)
def test_every_form_of_import_is_seen(project: Project, source: str) -> None:
    project.module("losses.auc", "x = 1\n")
    assert "losses/auc.py" in names(project, source)


def test_relative_imports_of_packages_resolve(project: Project) -> None:
    project.module("a.b.c", "from . import d\nfrom .d import x\nfrom ...e import y\n")
    project.module("a.b.d", "x = 1\n")
    project.module("e", "y = 1\n")
    found = names(project, "from support.a.b.c import x")
    assert {"a/b/d.py", "e.py"} <= set(found)


def test_imports_in_circles_end(project: Project) -> None:
    project.module("a", "import support.b\n")
    project.module("b", "import support.a\n")
    assert names(project, "import support.a") == ["__init__.py", "a.py", "b.py"]


def test_a_changed_loss_makes_its_users_stale_and_no_one_else(
    project: Project,
) -> None:
    path = project.module("losses.auc", "x = 1\n")
    other = project.module("losses.other", "x = 1\n")
    project.chapter("alpha", ["from support.losses.auc import x"])
    project.chapter("beta", ["from support.losses.other import x"])
    before = {slug: parts(project, slug) for slug in ("alpha", "beta")}
    path.write_text("x = 2\n", encoding="utf-8")
    assert explain(before["alpha"], parts(project, "alpha")) == (
        "support/losses/auc.py changed"
    )
    assert key(parts(project, "beta")) == key(before["beta"])
    other.write_text("x = 1  # a comment\n", encoding="utf-8")
    assert key(parts(project, "beta")) != key(before["beta"])


def test_prose_is_no_part_of_the_key(project: Project) -> None:
    source = project.chapter("alpha", ["# Old words.", "x = 1"]) / "lesson.md"
    before = key(parts(project))
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("Old words.", "New words."), encoding="utf-8")
    assert key(parts(project)) == before


@pytest.mark.parametrize("change", ["code", "tag", "order"])
def test_code_tags_and_their_order_are(project: Project, change: str) -> None:
    project.chapter("alpha", ["x = 1", "y = 2"])
    before = parts(project)
    cells = {
        "code": ["x = 1", "y = 3"],
        "tag": ["x = 1", ("y = 2", ["check"])],
        "order": ["y = 2", "x = 1"],
    }
    project.chapter("alpha", cells[change])
    assert explain(before, parts(project)) == "the code cells changed"


def test_parameters_files_and_pins_are(project: Project) -> None:
    folder = project.chapter("alpha")
    before = parts(project)
    assert explain(before, parts(project, seed=1)) == "the parameters changed"
    (folder / "results.json").write_text("{}", encoding="utf-8")
    assert explain(before, parts(project)) == "results.json is new"
    (folder / "results.json").unlink()
    (project.root / "constraints.txt").write_text("numpy==1\n", encoding="utf-8")
    assert explain(before, parts(project)) == "constraints.txt is new"


def test_the_data_and_their_loader_are(project: Project) -> None:
    from support.data.acquisition.registry import digest

    project.chapter("alpha", datasets="[embedded, mnist]")
    loader = project.module("data.images", "x = 1\n")
    before, found = parts(project), parts(project, dataset="mnist")
    assert before["the data"] == "embedded"
    assert found["the data"] == digest("mnist")
    assert "support/data/images.py" in found
    assert "support/data/images.py" not in before
    loader.write_text("x = 2\n", encoding="utf-8")
    after = parts(project, dataset="mnist")
    assert explain(found, after) == "support/data/images.py changed"


def test_versions_of_the_direct_dependencies_are(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from support.course.run import staleness

    text = '[project]\nname = "x"\ndependencies = ["numpy>=1", "typer"]\n'
    (project.root / "pyproject.toml").write_text(text, encoding="utf-8")
    staleness._direct_dependencies.cache_clear()
    project.chapter("alpha")
    before = parts(project)
    assert "version of numpy" in before
    monkeypatch.setattr(staleness, "_version", lambda name: "99")
    words = explain(before, parts(project))
    assert words.startswith(
        f"version of numpy changed from {before['version of numpy']}"
    )


def test_an_explanation_names_three_and_counts_the_rest() -> None:
    old = dict.fromkeys("abcde", "1")
    new = dict.fromkeys("abcde", "2")
    assert explain(old, new) == "a changed, b changed, c changed and 2 more"
    assert explain(old, {}).startswith("a is gone")
    assert explain(old, old) == ""


def test_code_text_forgets_comments_docstrings_and_empty_lines() -> None:
    source = '''"""Module."""

# a comment
def f(x):  # another
    """Docstring
    of two lines."""
    text = "# no comment"

    return text
'''
    assert code_text(source) == 'def f(x):\n    text = "# no comment"\n    return text'
    assert code_text("not python (") == "not python ("


def test_a_record_ages_with_code_but_not_with_comments(project: Project) -> None:
    path = project.module("losses.auc", '"""Old."""\n\nx = 1\n')
    folder = project.chapter("alpha", ["from support.losses.auc import x"])

    def now() -> str:
        return code_digest(read_notebook(folder / "lesson.md"), project.read())

    before = now()
    path.write_text('"""New."""\n# more\nx = 1\n', encoding="utf-8")
    (folder / "results.json").write_text("{}", encoding="utf-8")
    assert now() == before
    path.write_text("x = 2\n", encoding="utf-8")
    assert now() != before


def test_a_record_does_not_age_with_how_it_is_shown(project: Project) -> None:
    plots = project.module("plots.__init__", "import support.colours\n")
    colours = project.module("colours", "x = 1\n")
    folder = project.chapter("alpha", ["import support.plots"])
    notebook = read_notebook(folder / "lesson.md")
    before = code_digest(notebook, project.read())
    stale_before = key(parts(project))
    plots.write_text("import support.colours\nx = 1\n", encoding="utf-8")
    colours.write_text("x = 2\n", encoding="utf-8")
    assert code_digest(notebook, project.read()) == before
    assert key(parts(project)) != stale_before  # the page must be made anew


def test_the_real_package_is_followed_from_a_chapters_first_cell(
    project_root: Path,
) -> None:
    cell = "from support.lesson import start"
    found = {
        p.relative_to(project_root).as_posix()
        for p in imported_files([cell], project_root)
    }
    names = ("lesson", "claims", "training/loop", "training/streams")
    assert {f"support/{name}.py" for name in names} <= found
    assert not any(name.startswith("support/course/") for name in found)
    assert not any(name.startswith("support/losses/auc") for name in found)


@pytest.mark.parametrize(
    ("figure", "later", "counts"),
    [
        ("picture = draw(scores)", "scores.sum()", False),
        ("for name in scores:\n    draw(name)", "[name for name in scores]", False),
        ("scores = scores / 2", "scores.sum()", True),
        ("import support.losses.auc as scores", "scores.sum()", True),
        ("scores['x'] = 2", "scores.sum()", True),
        ("scores += 1", "scores += 1", True),
        ("scores = 2", "if scores:\n    pass", True),
        ("scores = 2", "scores = 3\nscores", False),
        ("def scores():\n    return 2", "def f():\n    return scores()", True),
    ],
)
def test_a_cell_that_only_draws_is_no_part_of_a_record(
    project: Project, figure: str, later: str, counts: bool
) -> None:
    def now(text: str) -> tuple[str, str]:
        folder = project.chapter("alpha", [(text, ["figure"]), later])
        notebook = read_notebook(folder / "lesson.md")
        return code_digest(notebook, project.read()), key(parts(project))

    project.module("losses.auc", "x = 1\n")
    before, page = now(figure)
    after, page_after = now(f"{figure}\nprint('more')")
    assert (after != before) == counts
    assert page_after != page  # the page shows it


def test_what_a_drawing_cell_imports_counts_all_the_same(project: Project) -> None:
    path = project.module("losses.auc", "x = 1\n")
    cell = ("import support.losses.auc", ["figure"])
    notebook = read_notebook(project.chapter("alpha", [cell]) / "lesson.md")
    before = code_digest(notebook, project.read())
    path.write_text("x = 2\n", encoding="utf-8")
    assert code_digest(notebook, project.read()) != before


def test_what_only_ipython_reads_is_followed_too(project: Project) -> None:
    project.module("losses.auc", "x = 1\n")
    source = "files = !ls\nimport support.losses.auc"
    assert "losses/auc.py" in names(project, source)
    assert names(project, "%%bash\nfor f in *; do echo $f; done") == []


def test_a_line_of_a_module_that_looks_like_a_command_counts() -> None:
    assert "% 3" in code_text("x = (7\n% 3)\n")


@pytest.mark.parametrize("text", ["def (:\n", "x = '\0'\n"])
def test_a_module_that_is_not_python_is_an_error(project: Project, text: str) -> None:
    project.module("losses.auc", text)
    with pytest.raises(CourseError, match=r"support/losses/auc\.py cannot be read"):
        names(project, "from support.losses.auc import x")


def test_a_registry_that_fails_is_an_error_and_no_unknown_data(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from support.data.acquisition import registry

    def broken(name: str) -> str:
        raise ImportError("no registry")

    project.chapter("alpha", datasets="[embedded, mnist]")
    monkeypatch.setattr(registry, "digest", broken)
    with pytest.raises(ImportError, match="no registry"):
        parts(project, dataset="mnist")
