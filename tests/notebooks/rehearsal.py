"""Execute what is stale, and show each lesson once more as if nothing were recorded.

The book executes a lesson with its record beside it; on the bench, and for whoever
records a chapter for the first time, there is none.  So behind each
cell that is about records the kernel goes where the bench would have put it, among
claims alone, and repeats the cell there: an empty record is a sentence in the page,
never an error.  What was measured is at hand, and no network is trained twice.

    python -m tests.notebooks.rehearsal [CHAPTER]...
"""

import argparse
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat

from support.course.kernel.execution import Outcome
from support.course.project.project import Project
from support.course.run.parcels import Parcel
from support.course.run.places import Here
from support.course.run.planning import make_plan
from support.course.run.runner import run

__all__ = ["Rehearsing", "with_rehearsal", "without_rehearsal"]

ROOT = Path(__file__).resolve().parents[2]
TAG = "without-a-record"
_ABOUT_RECORDS = re.compile(r"record|over_seeds|results\.json")
_AGAIN = """\
import os as _os, pathlib as _pathlib, shutil as _shutil, tempfile as _tempfile

_here, _root = _pathlib.Path.cwd(), _os.environ["COURSE_ROOT"]
_away = _pathlib.Path(_tempfile.mkdtemp(prefix="course-no-record-"))
for _claims in _here.parent.glob("*/claims.yml"):
    (_away / "chapters" / _claims.parent.name).mkdir(parents=True)
    _shutil.copy(_claims, _away / "chapters" / _claims.parent.name)
_os.environ["COURSE_ROOT"] = str(_away)
_os.chdir(_away / "chapters" / _here.name)
exec(compile({source!r}, "a cell, without a record", "exec"), dict(globals()))
_os.chdir(_here)
_os.environ["COURSE_ROOT"] = _root
_shutil.rmtree(_away)
"""


def with_rehearsal(text: str) -> str:
    """A lesson as JSON; behind each cell that is about records, another.

    It repeats its cell among claims alone, on a copy of the names, so that the cells
    that follow find what they would have found.
    """
    notebook = nbformat.reads(text, as_version=4)
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        source = cell.source if cell.cell_type == "code" else ""
        if _ABOUT_RECORDS.search(source):
            again = _AGAIN.format(source=source)
            marks = {"tags": [TAG]}
            cells.append(nbformat.v4.new_code_cell(again, metadata=marks))
    notebook.cells = cells
    return nbformat.writes(notebook)


def without_rehearsal(text: str) -> str:
    """The executed notebook as the book keeps it."""
    notebook = json.loads(text)
    kept = [c for c in notebook["cells"] if TAG not in c["metadata"].get("tags", [])]
    return json.dumps({**notebook, "cells": kept}, indent=1, ensure_ascii=False)


class Rehearsing(Here):
    """This machine, whose kernels show their lesson a second time."""

    def _perform(self, parcel: Parcel, report: Any) -> Outcome:
        if not parcel.name.endswith("/lesson"):
            return super()._perform(parcel, report)
        parcel = replace(parcel, notebook=with_rehearsal(parcel.notebook))
        outcome = super()._perform(parcel, report)
        if outcome.notebook:
            outcome.notebook = without_rehearsal(outcome.notebook)
        return outcome


def main() -> int:
    """Execute the book's notebooks; 0 where all of them ended well."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("chapters", nargs="*")
    arguments.add_argument("--jobs", type=int)
    given = arguments.parse_args()
    project = Project.at(ROOT, ROOT)
    plan = make_plan(project, chapters=project.select(given.chapters))
    report = run(project, plan, place=Rehearsing(project, given.jobs))
    for name in report.failed:
        outcome = report.outcomes[name]
        print(f"{name}: {outcome.reason}\n{outcome.failure}", file=sys.stderr)
    return 1 if report.failed or project.broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
