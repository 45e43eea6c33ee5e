"""Tiny projects whose notebooks need no torch, so that a kernel costs a second."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any

import psutil
import pytest

from support.course.project.project import Project as CourseProject

CHECKOUT = Path(__file__).resolve().parents[2]
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
  slug: {slug}
  title: Title of {slug}
  minutes: 5
  datasets: {datasets}
  method: "callable(x) -> y"
---

# Title of {slug}
"""

PARAMETERS = """\
profile = "quick"
dataset = "embedded"
seed = 0
device = "auto"
method = ""
"""

RECORD = """\
from IPython.display import display

record = {{
    "schema": 1, "chapter": "{slug}", "profile": profile,
    "dataset": dataset, "method": method, "seed": seed,
    "device": "cpu", "precision": "float32",
    "claims": {{"{slug}.1": 1 + seed / 100}}, "scores": {{}},
    "versions": {{}}, "peak_gpu_bytes": 0,
}}
display({{"text/plain": f"value ≈ {{1 + seed / 100:.3f}}",
         "text/html": "<b>value</b>",
         "application/vnd.course.record+json": record}}, raw=True)
"""

CLAIMS = """\
- id: {slug}.1
  kind: paper
  statement: One is about one.
  where: Section 1
  paper: none found
  origin: none
  statistic: one, and a hundredth a seed
  direction: greater
  margin: 0.5
  margin_from: half of what one is
  reads: [embedded]
  digits: 3
  tolerance: 0.05
"""

Cell = str | tuple[str, Sequence[str]]


def myst(slug: str, cells: Sequence[Cell], datasets: str = "[embedded]") -> str:
    """Write a notebook; a cell that starts with ``#`` and a space is prose."""
    parts = [HEADER.format(slug=slug, datasets=datasets)]
    for cell in cells:
        source, marks = (cell, ()) if isinstance(cell, str) else cell
        if source.startswith("# "):
            parts.append(source[2:] + "\n")
            continue
        tags = f":tags: [{', '.join(marks)}]\n\n" if marks else ""
        parts.append(f"```{{code-cell}} ipython3\n{tags}{source.rstrip()}\n```\n")
    return "\n".join(parts)


@dataclass
class Project:
    """A project in a folder with a space in its name."""

    root: Path

    def read(self) -> CourseProject:
        """The project as it stands now, as the command line reads it."""
        return CourseProject.at(self.root, self.root)

    def chapter(
        self,
        slug: str,
        cells: Sequence[Cell] = (),
        *,
        exercises: Sequence[Cell] | None = None,
        datasets: str = "[embedded]",
        record: bool = False,
    ) -> Path:
        folder = self.root / "chapters" / slug
        folder.mkdir(parents=True, exist_ok=True)
        all_cells: list[Cell] = [(PARAMETERS, ["parameters"]), *cells]
        if record:
            all_cells.append((RECORD.format(slug=slug), ["check"]))
            (folder / "claims.yml").write_text(CLAIMS.format(slug=slug), "utf-8")
        text = myst(slug, all_cells, datasets)
        (folder / "lesson.md").write_text(text, encoding="utf-8")
        if exercises is not None:
            (folder / "exercises.md").write_text(myst(slug, exercises), "utf-8")
        return folder

    def module(self, name: str, text: str) -> Path:
        """Write a module of the project's own little ``support``."""
        path = self.root / "support"
        path.mkdir(exist_ok=True)
        (path / "__init__.py").touch()
        *packages, last = name.split(".")
        for package in packages:
            path = path / package
            path.mkdir(exist_ok=True)
            (path / "__init__.py").touch()
        path = path / f"{last}.py"
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def toc(self, *slugs: str) -> None:
        lines = ["format: jb-book", "root: book/welcome", "chapters:"]
        lines += [f"  - file: chapters/{slug}/lesson" for slug in slugs]
        (self.root / "_toc.yml").write_text("\n".join(lines) + "\n", "utf-8")

    def course(self, *words: str, cwd: Path | None = None, timeout: float = 120) -> Any:
        """Run the command in a process of its own."""
        return subprocess.run(
            self.command(*words),
            cwd=cwd or self.root,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def commit(self) -> None:
        """Commit all there is: a record names the commit that made it."""
        git = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.org")
        if not (self.root / ".git").exists():
            (self.root / ".gitignore").write_text("_build\nout*\n", "utf-8")
            subprocess.run([*git, "init", "-q"], cwd=self.root, check=True)
        subprocess.run([*git, "add", "-A"], cwd=self.root, check=True)
        words = ["commit", "-q", "--allow-empty", "-m", "All there is"]
        subprocess.run([*git, *words], cwd=self.root, check=True)

    def command(self, *words: str) -> list[str]:
        # -P: the current folder may hold a little support of its own
        return [sys.executable, "-P", "-m", "support", *words]

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Begin the command in a process of its own, which Ctrl-C reaches.

        A shell lets what it starts in the background ignore SIGINT, and children
        inherit that, whoever starts these tests.
        """
        return subprocess.Popen(
            self.command(*words),
            cwd=self.root,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )

    def environment(self) -> dict[str, str]:
        # the package that is tested is the one beside these tests
        return {**os.environ, "COURSE_ROOT": "", "PYTHONPATH": str(CHECKOUT)}

    def status(self, slug: str, stem: str = "lesson") -> dict[str, Any]:
        path = self.root / "_build" / "executed" / slug / f"{stem}.json"
        return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    root = tmp_path / "a course"
    (root / "chapters").mkdir(parents=True)
    monkeypatch.delenv("COURSE_ROOT", raising=False)
    monkeypatch.chdir(root)
    made = Project(root)
    made.toc()
    return made


def kernels_of(root: Path) -> list[psutil.Process]:
    """Every kernel process that works for this project, whoever is its parent."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if "ipykernel_launcher" not in " ".join(process.info["cmdline"] or []):
            continue
        try:
            mine = process.environ().get("COURSE_ROOT") == str(root)
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition; say whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


@pytest.fixture
def no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail if anything starts a kernel."""
    from support.course.kernel import kernels

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a kernel was started")

    monkeypatch.setattr(kernels, "kernel", refuse)
