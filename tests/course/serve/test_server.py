"""The book served with its kernels: who is let in, what runs, what is left."""

import hashlib
import http.client
import importlib.util
import json
import os
import shutil
import signal
import stat
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import psutil
import pytest
from tornado.httputil import HTTPHeaders

from support.course.cli.app import main
from support.course.project.errors import CourseError
from support.course.project.project import Project as CourseProject
from support.course.run.store import Status, Store
from support.course.seminar.printing import find_chromium
from support.course.serve import vendor
from tests.book.browser import ARGUMENTS
from tests.course.conftest import Project, wait_until

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("jupyter_server") is None,
    reason="jupyter-server is not installed",
)

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


SHOWN = """import os, sys, time
from IPython.display import Markdown, display
time.sleep(1.5)
if (os.environ["OMP_NUM_THREADS"], os.environ["COURSE_BATCH"]) == ("1", "1"):
    print("one thread, no bars")
print("an aside", file=sys.stderr)
display(Markdown("a **bold** one"))
square = "<svg xmlns='http://www.w3.org/2000/svg'><rect width='9' height='9'/></svg>"
display({"image/svg+xml": square}, raw=True,
        metadata={"course_figure": {"alt": "A square."}})
"""


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


def test_times_are_those_of_the_last_execution_or_none(project: Project) -> None:
    root = project.chapter("demo", ["print(1)"]).parents[1]
    store = Store(CourseProject.at(root))
    assert store.cell_times("demo", "lesson") == {}
    execute(root, [])  # by a version that did not measure cells
    assert store.cell_times("demo", "lesson") == {}
    execute(root, [0.2, 12.4])
    found = {"a = 6": 0.2, "print(a * 7)": 12.4}
    assert store.cell_times("demo", "lesson") == found


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> Path:
    """A tiny built book beside Thebe's files; skips where they cannot be had."""
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


@pytest.fixture(scope="module")
def served(root: Path) -> Iterator[Served]:
    found = start(root)
    yield found
    assert end(found) == 0


LESSON = "/read/chapters/demo/lesson.html"


def test_without_the_token_the_book_is_read_and_nothing_runs(served: Served) -> None:
    assert served.ask("/read/index.html")[0] == 200
    status, page = served.ask(LESSON)
    assert status == 200
    assert page == PAGE
    for path in ("/api/status", "/api/sessions", "/api/kernels", "/api/kernelspecs"):
        assert served.ask(path)[0] == 403, path
    for path in ("/api/kernels", "/api/sessions", "/live/markdown"):
        assert served.ask(path, "POST", "{}")[0] == 403, path
        wrong = served.ask(path, "POST", "{}", Authorization="token wrong")
        assert wrong[0] == 403, path


def test_with_the_token_a_page_can_run(served: Served) -> None:
    status, page = served.ask(LESSON, Authorization=f"token {served.token}")
    assert status == 200
    assert 'src="/live/own/live.js" data-path="demo/lesson.ipynb"' in page
    assert served.ask("/live/own/live.js")[0] == 200
    assert served.ask("/live/thebe/index.js")[0] == 200
    status, _ = served.ask(f"{LESSON}?token={served.token}")
    assert status == 302, "the token leaves the address bar"


def test_only_the_book_is_served(served: Served) -> None:
    for path in (
        "/read/../secret.txt",
        "/read/%2e%2e/secret.txt",
        "/read/chapters/../../secret.txt",
        "/live/own/server.py",
        "/live/thebe/..%2f..%2f..%2fsecret.txt",
    ):
        status, text = served.ask(path, Authorization=f"token {served.token}")
        assert status >= 400, path
        assert "secret" not in text.replace("secret.txt", ""), path


@pytest.mark.parametrize("path", ["/", "/read/index.html", LESSON, "/api/status"])
def test_a_foreign_host_or_origin_is_refused(served: Served, path: str) -> None:
    port = served.port
    for host in (f"evil.example:{port}", "evil.example", f"10.1.2.3:{port}", ""):
        status, text = served.ask(
            path, Host=host, Authorization=f"token {served.token}"
        )
        assert status == 403, host
        assert text.startswith("Refused: Host"), text
    for origin in (
        "http://evil.example",
        "null",
        f"http://127.0.0.1:{port + 1}",
        f"https://127.0.0.1:{port}",
        f"http://localhost:{port}",
    ):
        status, text = served.ask(
            path, Origin=origin, Authorization=f"token {served.token}"
        )
        assert status == 403, origin
        assert text.startswith("Refused: Origin"), text


def test_a_foreign_page_reaches_no_kernel(served: Served) -> None:
    kernel = served.trusted("/api/kernels", "POST", "{}")
    path = f"/api/kernels/{kernel['id']}/channels"
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec_WebSocket_Version": "13",
        "Sec_WebSocket_Key": "x3JJHMbDL1EzLkh9GBhXDw==",
    }
    foreign = {"Origin": "http://evil.example"}
    with_token = f"{path}?token={served.token}"
    assert served.ask(with_token, **upgrade, **foreign)[0] == 403
    assert served.ask(path, **upgrade, Origin=served.base)[0] == 403
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    line.request("DELETE", f"/api/kernels/{kernel['id']}?token={served.token}")
    assert line.getresponse().status == 204
    line.close()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_no_kernel_outlives_the_server(root: Path, sign: signal.Signals) -> None:
    served = start(root)
    session = {
        "path": "demo/lesson.ipynb",
        "name": "",
        "type": "notebook",
        "kernel": {"name": "python3"},
    }
    served.trusted("/api/sessions", "POST", json.dumps(session))
    parent = psutil.Process(served.process.pid)
    assert wait_until(lambda: len(parent.children(recursive=True)) > 0, 20)
    kernels = parent.children(recursive=True)
    assert any("ipykernel" in " ".join(kernel.cmdline()) for kernel in kernels)
    assert end(served, sign) == 0
    assert psutil.wait_procs(kernels, timeout=10)[1] == []


@pytest.mark.slow
@pytest.mark.browser
def test_a_reader_edits_a_cell_and_runs_it(served: Served) -> None:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium on the path, and COURSE_CHROMIUM is not set")
    from playwright.sync_api import expect, sync_playwright

    asked: list[str] = []

    def cut(route: Any) -> None:
        if route.request.url.startswith(f"{served.base}/"):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda said: (
                said.type == "error" and faults.append(f"{said.text} {said.location}")
            ),
        )
        page.route("http*://**", cut)
        page.goto(f"{served.base}{LESSON}?token={served.token}")
        assert "token" not in page.url
        bars, outputs = page.locator(".live-bar"), page.locator(".live-output")
        expect(bars).to_have_count(2)
        expect(bars.nth(0)).to_contain_text("under 1 s")
        expect(bars.nth(1)).to_contain_text("about 12 s")
        expect(bars.nth(1)).to_contain_text("Run all above, then this (about 13 s)")
        book = page.get_by_text("as the book has it")
        expect(book).to_be_visible()
        # the keyboard alone: the second cell needs the first
        bars.nth(1).get_by_role("button", name="Run", exact=True).focus()
        page.keyboard.press("Enter")
        expect(outputs.nth(1)).to_contain_text("NameError", timeout=40_000)
        expect(bars.nth(1)).to_contain_text("1 above did not run")
        expect(page.locator(".live-failed")).to_have_count(1)
        expect(book).to_be_hidden()
        bars.nth(1).get_by_role("button", name="Run all above").click()
        expect(outputs.nth(1)).to_have_text("42", timeout=20_000)
        expect(bars.nth(1)).to_contain_text("Run all above, then this (about 12 s)")
        expect(page.locator(".live-failed")).to_have_count(0)
        field = page.get_by_label("Code of cell 1")
        field.focus()
        page.keyboard.press("Control+A")
        page.keyboard.type("from seven import SEVEN as a, __file__\nprint(__file__)")
        page.keyboard.press("Shift+Enter")
        expect(outputs.nth(0)).to_contain_text("demo", timeout=20_000)
        expect(bars.nth(0)).to_contain_text("ran in", timeout=20_000)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Run"
        bars.nth(1).get_by_role("button", name="Run", exact=True).click()
        expect(outputs.nth(1)).to_have_text("49", timeout=20_000)
        page.evaluate(
            """code => {
            const editor = document.querySelectorAll('.CodeMirror')[1].CodeMirror;
            editor.setValue(code);
        }""",
            SHOWN,
        )
        bars.nth(1).get_by_role("button", name="Run", exact=True).click()
        expect(bars.nth(1).get_by_role("progressbar")).to_be_visible(timeout=5_000)
        expect(bars.nth(1)).to_contain_text("s of about 12 s")
        expect(outputs.nth(1).locator("strong")).to_have_text("bold", timeout=20_000)
        expect(outputs.nth(1).locator("img")).to_have_attribute("alt", "A square.")
        expect(outputs.nth(1)).to_contain_text("one thread, no bars")
        expect(outputs.nth(1)).to_contain_text("an aside")
        expect(bars.nth(1).locator("progress")).to_be_hidden()
        expect(page.locator(".live-failed")).to_have_count(0)
        browser.close()
    assert asked == []
    assert faults == []


def test_a_request_is_judged_by_host_and_origin() -> None:
    from support.course.serve.server import refusal

    def judged(host: str, origin: str = "", *, network: bool = False) -> str:
        headers = HTTPHeaders({"Host": host})
        if origin:
            headers["Origin"] = origin
        request = SimpleNamespace(headers=headers, protocol="http")
        return refusal(request, open_to_network=network)  # type: ignore[arg-type]

    for host in (
        "127.0.0.1:8899",
        "localhost",
        "LOCALHOST:1",
        "[::1]:8899",
        "127.9.9.9",
    ):
        assert judged(host) == "", host
        assert judged(host, f"http://{host}") == "", host
    for host in (
        "",
        "evil.example",
        "localhost.evil.example",
        "192.168.1.5",
        "[::2]",
        "127.0.0.1.evil.example",
        "[",
        "localhost@evil.example:80",
    ):
        assert "is not this server" in judged(host), host
    assert judged("192.168.1.5:8899", network=True) == ""
    assert "is not this server" in judged("evil.example", network=True)
    assert "Origin" in judged("192.168.1.5", "http://evil.example", network=True)


def _fails(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    with pytest.raises(SystemExit) as caught:
        main(words)
    said = capsys.readouterr()
    return int(caught.value.code or 0), said.out + said.err


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org"])
def test_other_interfaces_are_refused(
    host: str, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = _fails(["serve", "--host", host], capsys)
    assert code == 2
    assert "--open-to-network" in said
    assert len(said.strip().splitlines()) == 1


def test_a_book_that_is_not_built_is_said(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = _fails(["serve"], capsys)
    assert code == 1
    assert "The book is not built. Run: course build" in said


def test_a_taken_port_is_said(served: Served, root: Path) -> None:
    ran = Project(root).course("serve", "--port", str(served.port))
    assert ran.returncode == 1
    assert f"port {served.port}" in ran.stderr + ran.stdout
    assert "Traceback" not in ran.stderr


def _npm(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put an npm of our own first on the path."""
    path = folder / "npm"
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_a_missing_npm_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(CourseError, match=r"npm was not found.*Install Node\.js"):
        vendor.thebe(CourseProject.at(tmp_path))


def test_what_npm_said_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _npm(tmp_path, "echo 'no such host' >&2; exit 1", monkeypatch)
    with pytest.raises(CourseError, match=r"could not fetch .*: no such host"):
        vendor.thebe(CourseProject.at(tmp_path))
    assert list((tmp_path / "_build" / "vendor").iterdir()) == []


def test_the_archive_must_be_the_pinned_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "made.tgz"
    content = tmp_path / "content"
    content.write_text("// script", "utf-8")
    with tarfile.open(archive, "w:gz") as packed:
        for name in (
            "package/lib/index.js",
            "package/lib/index.js.map",
            "package/package.json",
            "package/lib/../../escaped.js",
        ):
            packed.add(content, arcname=name)
    _npm(tmp_path, f"cp '{archive}' ./thebe.tgz", monkeypatch)
    with pytest.raises(CourseError, match=r"SHA-512 begins with .* thrown away"):
        vendor.thebe(CourseProject.at(tmp_path))
    assert list((tmp_path / "_build" / "vendor").iterdir()) == []
    digest = hashlib.sha512(archive.read_bytes()).hexdigest()
    folder = vendor.thebe(CourseProject.at(tmp_path), digest=digest)
    assert [path.name for path in folder.iterdir()] == ["index.js"]
    assert not list(tmp_path.rglob("escaped.js"))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert vendor.thebe(CourseProject.at(tmp_path), digest=digest) == folder, (
        "fetched once"
    )
