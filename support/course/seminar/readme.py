"""The words that lie beside the files: what they are and how to use them."""

from collections.abc import Collection

from support.course.project.chapters import Chapter

__all__ = ["readme", "students_readme"]

_INSTALL = """\
## Install, once, with a network

With Python 3.11 or newer, in the unpacked archive:

```sh
python3 -m venv env
. env/bin/activate            # on Windows: env\\Scripts\\activate
pip install -c package/constraints.txt ./package jupyterlab
```

Afterwards nothing here needs a network.

## Open the notebooks

```sh
jupyter lab student/
```

`lesson.ipynb` reads as it is and runs in about a minute.
In `exercises.ipynb` fill in a starter cell, run it and the check below it.
The check says in words what it tried, what came out and what it expected.
The notebooks read `claims.yml` and `results.json` beside them.
"""
_LICENCE = """\
## Licences

Text and figures are CC BY 4.0, code is BSD-3-Clause; both are in `package/`.
reveal.js (MIT) and MathJax (Apache 2.0) come with their own licences.
"""


def readme(chapter: Chapter, names: Collection[str]) -> str:
    """Write the teacher's ``README.md``.

    Args:
        chapter: which.
        names: of the files that were made.
    """
    rows = {
        "student/": "notebooks without solutions and without notes for teachers",
        "teacher/": "notebooks with solutions and notes",
        "teacher/plan.html": "minutes, what to cut at 45, 60 and 90, wrong answers",
        "slides/index.html": "the slides: open it in a browser; S shows your notes",
        "handout.html": "one page for the room; handout.pdf is its print",
    }
    table = "\n".join(
        f"| `{name}` | {what} |"
        for name, what in rows.items()
        if name in names or any(other.startswith(name) for other in names)
    )
    archives = (
        f"| `{chapter.slug}-students.zip` | what you give to students |\n"
        f"| `{chapter.slug}-seminar.zip` | all of this, for another teacher |"
    )
    return (
        f"# {chapter.title}: the seminar\n\n| file | what it is |\n|---|---|\n"
        f"{table}\n{archives}\n\n"
        "Give students their own archive, not this folder: it holds the solutions.\n"
        "The slides can be printed: open `slides/index.html?print-pdf` and print.\n\n"
        f"The archives hold the package, in `package/`.\n\n{_INSTALL}\n{_LICENCE}"
    )


def students_readme(chapter: Chapter) -> str:
    """Write the ``README.md`` of the students' archive.

    Args:
        chapter: which.
    """
    return f"# {chapter.title}\n\n{_INSTALL}\n{_LICENCE}"
