"""Every lesson goes through the bench where no record lies beside it, or any other.

So it does for whoever downloads one chapter, or records a new one: an empty record is
a sentence in the page, never an error.
"""

import json
import shutil
from pathlib import Path

import pytest

from support.claims import load_claims
from support.course.project.chapters import Chapter, discover
from tests.course.conftest import Project

ROOT = Path(__file__).resolve().parents[3]
SEED = 3


def name(chapter: Chapter) -> str:
    return chapter.slug


@pytest.mark.slow
@pytest.mark.parametrize("chapter", discover(ROOT), ids=name)
def test_a_lesson_needs_no_record(chapter: Chapter, project: Project) -> None:
    shutil.copytree(
        ROOT / "chapters",
        project.root / "chapters",
        ignore=shutil.ignore_patterns("results.json", "__pycache__"),
        dirs_exist_ok=True,
    )
    words = ("bench", chapter.slug, "--seeds", str(SEED), "--out", "out")
    ran = project.course(*words, "--timeout", "300", timeout=330)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (path,) = (project.root / "out" / "runs").iterdir()
    measured = json.loads(path.read_text("utf-8"))["record"]["claims"]
    wanted = {c.id for c in load_claims(chapter.claims) if "embedded" in c.reads}
    assert set(measured) <= wanted
    assert measured
