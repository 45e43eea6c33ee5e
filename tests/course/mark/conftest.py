"""A project with one chapter of three small exercises, and notebooks handed in."""

import json
import shutil
from pathlib import Path

import pytest

from support.course.project.project import Project

HEADER = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst, format_version: 0.13}
kernelspec: {display_name: Python 3, language: python, name: python3}
course: {slug: sums, title: Sums, minutes: 5, datasets: [embedded]}
---
"""
EXERCISES = """
# Exercises

```{code-cell} ipython3
:tags: [parameters]

seed = 0
```

```{code-cell} ipython3
start = dict
lesson = start(chapter="sums", seed=seed)
```

```{code-cell} ipython3
from chapters.sums import answers

given = 10
```
"""
ONE = """
```{exercise} Number %(n)d
:label: ex-sums-%(n)d
```

```{code-cell} ipython3
:tags: [starter]

def %(name)s(a, b):
    return 0
```

```{code-cell} ipython3
:tags: [check]

passed = answers.%(name)s(%(name)s)
```

```{solution} ex-sums-%(n)d
Add.
```

```{code-cell} ipython3
:tags: [solution, check]

def %(name)s(a, b):
    return %(right)s

passed = answers.%(name)s(%(name)s)
```
"""
ANSWERS = """
from support.exercises import check


def held(what, against):
    def judge(function):
        draw = lambda rng: tuple(int(n) for n in rng.integers(1, 99, 2))
        return check(function, against=against, inputs=draw, what=what, tries=5)
    return judge


add = held("1, the sum", lambda a, b: a + b)
times = held("2, the product", lambda a, b: a * b)
more = held("3, the sum and more", lambda a, b: a + b + 10)
"""
RIGHT = {"add": "a + b", "times": "a * b", "more": "a + b + given"}


def make_project(root: Path, project_root: Path) -> Project:
    """Write the chapter, and what of the package its checks need."""
    folder = root / "chapters" / "sums"
    folder.mkdir(parents=True)
    (folder / "lesson.md").write_text(HEADER + "\n# Sums\n", "utf-8")
    parts = [
        ONE % {"n": number, "name": name, "right": right}
        for number, (name, right) in enumerate(RIGHT.items(), 1)
    ]
    (folder / "exercises.md").write_text(HEADER + EXERCISES + "".join(parts), "utf-8")
    (folder / "answers.py").write_text(ANSWERS, "utf-8")
    for name in ("chapters/__init__.py", "chapters/sums/__init__.py", "_toc.yml"):
        (root / name).write_text("", "utf-8")
    (root / "pyproject.toml").write_text("", "utf-8")
    (root / "support").mkdir()
    for name in ("__init__.py", "exercises.py"):
        shutil.copy(project_root / "support" / name, root / "support")
    return Project.at(root, root)


def hand_in(folder: Path, student: str, **answers: str) -> Path:
    """Write a notebook with answers by the names of their functions."""
    cells = [
        {
            "cell_type": "code",
            "id": name,
            "metadata": {
                "tags": ["starter"],
                "nbgrader": {"grade_id": f"exercise-{number}"},
            },
            "outputs": [],
            "execution_count": None,
            "source": answers.get(name, f"def {name}(a, b):\n    return 0"),
        }
        for number, name in enumerate(RIGHT, 1)
    ]
    path = folder / f"{student}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), "utf-8")
    return path


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> Project:
    return make_project(tmp_path_factory.mktemp("mark") / "a course", project_root)
