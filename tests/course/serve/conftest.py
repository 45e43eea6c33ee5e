"""A tiny book, served with its kernels, and how to ask it."""

import http.client
import json
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from support.course.project.errors import CourseError
from support.course.project.project import Project as CourseProject
from support.course.run.store import Status, Store
from support.course.serve import vendor
from tests.course.conftest import Project

PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Demo</title>
</head><body><main class="bd-main"><article class="bd-article"><h1>Demo</h1>
<div class="cell docutils container"><div class="cell_input docutils container">
<div class="highlight-ipython3 notranslate"><div class="highlight"><pre>a = 6</pre>
</div></div></div></div>
<div class="cell docutils container"><div class="cell_input docutils container">
<div class="highlight-ipython3 notranslate"><div class="highlight"><pre>print(a * 7)
</pre></div></div></div>
<div class="cell_output docutils container"><p>as the book has it</p></div></div>
</article></main></body></html>
"""


LESSON = "/read/chapters/demo/lesson.html"


@dataclass
class Served:
    """A running server and the address that it printed."""

    process: subprocess.Popen[str]
    address: str

    @property
    def base(self) -> str:
        return self.address.partition("/?")[0]

    @property
    def port(self) -> int:
        return int(self.base.rpartition(":")[2])

    @property
    def token(self) -> str:
        return self.address.partition("token=")[2]

    def ask(
        self, path: str, method: str = "GET", body: str = "", **headers: str
    ) -> tuple[int, str]:
        """The status and the text of an answer, redirects not followed."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        line.putrequest(method, path, skip_host="Host" in headers)
        if body:
            headers["Content-Length"] = str(len(body))
        for name, value in headers.items():
            line.putheader(name.replace("_", "-"), value)
        line.endheaders(body.encode() or None)
        answer = line.getresponse()
        try:
            return answer.status, answer.read().decode("utf-8", errors="replace")
        finally:
            line.close()

    def trusted(self, path: str, method: str = "GET", body: str = "") -> Any:
        status, text = self.ask(path, method, body, Authorization=f"token {self.token}")
        assert status < 300, text
        return json.loads(text)


def start(root: Path, *words: str) -> Served:
    project = Project(root)
    process = subprocess.Popen(
        project.command("serve", "--port", "0", *words),
        cwd=root,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "http://127.0.0.1:" in line, line
    return Served(process, line.split()[-1])


def end(served: Served, sign: signal.Signals = signal.SIGTERM) -> int:
    served.process.send_signal(sign)
    try:
        return served.process.wait(timeout=30)
    finally:
        if served.process.poll() is None:
            served.process.kill()
        assert served.process.stdout is not None
        served.process.stdout.close()


def execute(root: Path, cell_s: list[float]) -> None:
    """Store an execution of the demo's page with the seconds of its cells."""
    store = Store(CourseProject.at(root))
    cells = [nbformat.v4.new_code_cell(text) for text in ("a = 6", "print(a * 7)\n")]
    notebook = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
    place = store.place("demo", "lesson")
    store.write(place, Status("done", key="k", cell_s=cell_s), notebook)


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> Path:
    """A tiny built book beside Thebe's files; skips where they cannot be had."""
    pytest.importorskip("jupyter_server")
    try:
        vendor.thebe(CourseProject.at(project_root))
    except CourseError as error:
        pytest.skip(str(error))
    root = tmp_path_factory.mktemp("served") / "a course"
    project = Project(root)
    project.chapter("demo", ["print(1)"])
    (root / "chapters" / "demo" / "seven.py").write_text("SEVEN = 7\n", "utf-8")
    project.toc("demo")
    pages = root / "_build" / "html" / "chapters" / "demo"
    pages.mkdir(parents=True)
    (pages / "lesson.html").write_text(PAGE, "utf-8")
    (root / "_build" / "html" / "index.html").write_text(PAGE, "utf-8")
    (root / "_build" / "secret.txt").write_text("secret", "utf-8")
    execute(root, [0.2, 12.4])
    vendored = root / "_build" / "vendor"
    vendored.symlink_to(project_root / "_build" / "vendor", target_is_directory=True)
    return root


@pytest.fixture(scope="session")
def served(root: Path) -> Iterator[Served]:
    found = start(root)
    yield found
    assert end(found) == 0
