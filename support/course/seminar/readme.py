"""The words that lie beside the files: what they are and how to use them."""

import re
import sys
from collections.abc import Collection
from pathlib import Path

from support.course.project.chapters import Chapter

__all__ = ["pythons", "readme", "students_readme"]

_RANGE = re.compile(r'^requires-python\s*=\s*">=3\.(\d+),\s*<3\.(\d+)"', re.MULTILINE)
_INSTALL = """\
## Install, once, with a network

With Python {pythons}, in the unpacked archive, on Linux or macOS:

```sh
python3 package/tools/install.py --venv env --extras ""
env/bin/pip install -c package/constraints.txt jupyterlab
```

The first line finds a Python that fits.
Where there is no NVIDIA card it takes the build of torch for processors, which is
a tenth of the size of the other.
On Windows, where that build is the usual one:

```sh
py -m venv env
env\\Scripts\\pip install -c package\\constraints.txt .\\package jupyterlab
```

Afterwards nothing here needs a network.

## Open the notebooks

```sh
env/bin/jupyter lab student/
```

`lesson.ipynb` reads as it is and runs in about a minute.
In `exercises.ipynb` fill in a starter cell, run it and the check below it.
The check says in words what it tried, what came out and what it expected.
Write an answer, and what it needs, into its starter cell: only these are marked.
The notebooks read `claims.yml` and `results.json` beside them.

## In Google Colab

Nothing is installed on your machine.
Upload `student/exercises.ipynb` as a notebook, and this archive as a file,
`{slug}-students.zip`; then run in a new first cell:

```
!unzip -q -o {slug}-students.zip
%cd {slug}-students/student
%pip install -q ../package
```

Colab keeps its own torch.
A session that ends forgets its files: download your notebook, and run the cell anew
the next time.
"""
_LICENCE = """\
## Licences

Text and figures are CC BY 4.0, code is BSD-3-Clause; both are in `package/`.
reveal.js (MIT) and MathJax (Apache 2.0) come with their own licences.
"""


def pythons(root: Path) -> str:
    """Name the versions of Python that the package accepts: ``3.11, 3.12 or 3.13``.

    Args:
        root: the project's folder; without a range of versions in it, the version
            that runs is named.
    """
    settings = root / "pyproject.toml"
    found = _RANGE.search(settings.read_text("utf-8")) if settings.is_file() else None
    if not found:
        return f"{sys.version_info.major}.{sys.version_info.minor}"
    *most, last = [f"3.{minor}" for minor in range(int(found[1]), int(found[2]))]
    return f"{', '.join(most)} or {last}" if most else last


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
        "The archives hold the package, in `package/`.\n\n"
        f"{_install(chapter)}\n{_LICENCE}"
    )


def students_readme(chapter: Chapter) -> str:
    """Write the ``README.md`` of the students' archive.

    Args:
        chapter: which.
    """
    return f"# {chapter.title}\n\n{_install(chapter)}\n{_LICENCE}"


def _install(chapter: Chapter) -> str:
    versions = pythons(chapter.folder.parents[1])
    return _INSTALL.format(pythons=versions, slug=chapter.slug)
