"""The chapters, and their executions with the book's own parameters."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.course.chapters import Chapter, discover
from support.course.planning import make_plan
from support.course.runner import run

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = discover(ROOT)
NOTEBOOKS = [(chapter, stem) for chapter in CHAPTERS for stem in chapter.stems]


def name(value: Any) -> str:
    """Name a chapter or a notebook in the list of tests."""
    return value.slug if isinstance(value, Chapter) else str(value)


class Executed:
    """Gives the executed notebook; executes what is stale or missing."""

    def __call__(self, chapter: Chapter, stem: str) -> dict[str, Any]:
        plan = make_plan(ROOT, [chapter], cwd=ROOT, stems=[stem])
        report = run(plan, root=ROOT, cwd=ROOT, quiet=True)
        for outcome in report.outcomes.values():
            assert outcome.state == "done", f"{outcome.reason}\n{outcome.failure}"
        (job,) = plan.jobs
        return json.loads(job.place.notebook.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def executed() -> Executed:
    """A function of chapter and stem that returns the executed notebook."""
    return Executed()
