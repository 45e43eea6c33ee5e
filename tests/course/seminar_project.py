"""A little chapter with everything a seminar needs, executed without a kernel."""

import shutil
from pathlib import Path

import nbformat

from support.course.project.project import Project
from support.course.run.planning import make_plan
from support.course.run.staleness import key
from support.course.run.store import Status, Store

HEADER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
kernelspec:
  display_name: Python 3
  language: python
  name: python3
course:
  slug: demo
  title: Counting & its errors
  minutes: 20
  datasets: [embedded]
  method: ""
"""
SEMINAR = """\
  seminar:
    cuts: {45: "Keep $1+1$.", 60: "Keep more.", 90: "Keep all."}
    mistakes:
      - {answer: "Three.", reveals: "A reveal about zanzibar."}
      - {answer: "Four.", reveals: "Guessing."}
      - {answer: "Five.", reveals: "Despair."}
"""
LESSON = """\
---

# Counting

By {cite:t}`demo`.

```{code-cell} ipython3
:tags: [parameters]

seed = 0
```

+++ {"slideshow": {"slide_type": "slide"}, "tags": ["slide-only"]}

## Only on a slide

$$1+1=2$$

+++ {"tags": ["teacher"]}

A note about timbuktu.

+++

## The data

```{code-cell} ipython3
---
slideshow:
  slide_type: slide
---
draw(seed)
```

```{code-cell} ipython3
---
slideshow:
  slide_type: fragment
---
def short():
    return "code on a slide"
```

## Take-aways

1. Count twice.
2. Then say it.
"""
EXERCISES = """\
---

# Exercises: counting

```{exercise} Count
:label: ex-demo-1

*10 minutes, difficulty 1. Teaches: to count.*
Count.
```

```{code-cell} ipython3
:tags: [starter]

def answer():
    return None
```

:::{dropdown} Hint 1
Fingers.
:::

```{solution} ex-demo-1
:label: sol-demo-1

Because samarkand follows.
```

```{code-cell} ipython3
:tags: [solution, check]

kilimanjaro = 2
```

+++ {"tags": ["teacher"]}

They say ouagadougou.
"""
#: In no edition for students, in any form.
SECRETS = ("zanzibar", "timbuktu", "samarkand", "kilimanjaro", "ouagadougou")
FIGURE = {
    "name": "fig-demo-line",
    "caption": "A line.",
    "alt": "A line that rises from nothing to something, and stays there.",
}


def make_project(root: Path, project_root: Path) -> Path:
    """Write the chapter and its executions."""
    folder = root / "chapters" / "demo"
    folder.mkdir(parents=True)
    (folder / "lesson.md").write_text(HEADER + LESSON, "utf-8")
    (folder / "exercises.md").write_text(HEADER + SEMINAR + EXERCISES, "utf-8")
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: book/welcome\nchapters:\n"
        "  - file: chapters/demo/lesson\n    sections:\n"
        "      - file: chapters/demo/exercises\n",
        "utf-8",
    )
    (root / "book").mkdir()
    (root / "book" / "welcome.md").write_text("# Welcome\n\nWords.\n", "utf-8")
    (root / "book" / "references.bib").write_text(
        "@misc{demo, author = {One, A. and Two, B.}, year = {2024}, title = {T}}\n",
        "utf-8",
    )
    shutil.copy(project_root / "_config.yml", root)
    execute(root)
    return root


def execute(root: Path) -> None:
    """Store executions of the present sources, as the runner would."""
    project = Project.at(root, root)
    store = Store(project)
    for job in make_plan(project).jobs:
        notebook = nbformat.from_dict(job.source.notebook)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
                if cell.source.startswith("draw"):
                    cell.outputs = [figure()]
                if "kilimanjaro" in cell.source:
                    cell.outputs = [
                        nbformat.v4.new_output("stream", name="stdout", text="✓ passed")
                    ]
        status = Status(
            "done",
            key=key(job.parts),
            parts=dict(job.parts),
            wall_s=1.0,
            finished="2025-03-09T10:11:12+00:00",
        )
        store.write(job.place, status, nbformat.writes(notebook))


def figure() -> nbformat.NotebookNode:
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3">'
        '<path d="M0 3L4 0" stroke="black"/></svg>'
    )
    return nbformat.v4.new_output(
        "display_data",
        data={"image/svg+xml": picture, "text/plain": "[Figure]"},
        metadata={"course_figure": FIGURE},
    )
