"""Who may ask, and what the command says where it cannot serve."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.httputil import HTTPHeaders

from support.course.cli.app import main
from tests.course.conftest import Project
from tests.course.serve.conftest import Served


def test_a_request_is_judged_by_host_and_origin() -> None:
    pytest.importorskip("jupyter_server")
    from support.course.serve.server import refusal

    def judged(host: str, origin: str = "", *, network: bool = False) -> str:
        headers = HTTPHeaders({"Host": host})
        if origin:
            headers["Origin"] = origin
        request: Any = SimpleNamespace(headers=headers, protocol="http")
        return refusal(request, open_to_network=network)

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
