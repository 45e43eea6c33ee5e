"""The book served with its kernels: who is let in, what runs, what is left."""

import http.client
import json
import signal
from pathlib import Path

import psutil
import pytest

from support.course.project.project import Project as CourseProject
from support.course.run.store import Store
from tests.course.conftest import Project, wait_until
from tests.course.serve.conftest import LESSON, PAGE, Served, end, execute, start


def test_times_are_those_of_the_last_execution_or_none(project: Project) -> None:
    root = project.chapter("demo", ["print(1)"]).parents[1]
    store = Store(CourseProject.at(root))
    assert store.cell_times("demo", "lesson") == {}
    execute(root, [])  # by a version that did not measure cells
    assert store.cell_times("demo", "lesson") == {}
    execute(root, [0.2, 12.4])
    found = {"a = 6": 0.2, "print(a * 7)": 12.4}
    assert store.cell_times("demo", "lesson") == found


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
