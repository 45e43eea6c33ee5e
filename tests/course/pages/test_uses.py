"""Who uses and who holds a function: read off sources, and true of the tables."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.course.pages.api import api, public
from support.course.pages.uses import uses
from tests.properties.test_properties import ROWS

ROOT = Path(__file__).resolve().parents[3]
NAMES = [("support.metrics.auc", "auc_binary"), ("support.plots.series", "draw_lines")]
LESSON = """# Lesson

```{code-cell} ipython3
:tags: [setup]

from support.metrics import auc
from support import plots
```

```{code-cell} ipython3
%matplotlib inline
auc.auc_binary(scores, labels)
```
"""


@pytest.fixture
def project(tmp_path: Path) -> Any:
    folder = tmp_path / "chapters" / "demo"
    folder.mkdir(parents=True)
    (folder / "lesson.md").write_text(LESSON, "utf-8")
    (folder / "figures.py").write_text(
        "from support.plots import draw_lines as d\n", "utf-8"
    )
    tests = tmp_path / "tests" / "metrics"
    tests.mkdir(parents=True)
    for name in "abcde":
        (tests / f"test_{name}.py").write_text(
            "import support.metrics.auc as m\nm.auc_binary(1)\n", "utf-8"
        )
    chapter = SimpleNamespace(
        slug="demo", title="A demo", folder=folder, stems=["lesson"],
        source=lambda stem: folder / f"{stem}.md",
    )  # fmt: skip
    return SimpleNamespace(root=tmp_path, chapters=[chapter], papers=[{"slug": "demo"}])


def test_chapters_and_tests_are_named_however_they_import(project: Any) -> None:
    found = uses(project, NAMES)
    link = "- Used in [1. A demo](/chapters/demo/lesson.ipynb)."
    assert found[NAMES[1]] == link
    chapters, tests = found[NAMES[0]].splitlines()
    assert chapters == link
    assert tests.startswith("- Tested in `tests/metrics/test_a.py`, ")
    assert tests.endswith("`tests/metrics/test_d.py` and 1 more.")


def test_the_tables_hold_what_the_reference_says_they_hold() -> None:
    nobody: Any = SimpleNamespace(root=ROOT, chapters=[], papers=[])
    found = uses(nobody, public())
    held = {name for name, said in found.items() if "Its properties are" in said}
    rows = {(row.of.__module__, row.of.__qualname__) for row in ROWS}
    assert sorted(rows & set(public()) - held) == []
    # a row may name the record that its function takes
    assert {name for name in held - rows if name[1].islower()} == set()
    page = api("rules", found)
    assert "- Tested in `tests/rules/test_states.py`" in page
