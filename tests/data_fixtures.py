"""Tiny corpora, a local web server that can misbehave, and the real corpora.

Used by the tests of the data layer and of ``course data``; no test leaves this machine.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from support.data.acquisition import corpora as corpora_module
from support.data.acquisition import storage


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


#: The files of a whole ``apple``.
WHOLE = ["apple/apple.csv", "apple/more/notes.txt"]


def tree(folder: Path) -> list[str]:
    """All files below a folder but the memory of checksums."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".verified" not in path.parts
    )


@dataclass
class Tiny:
    """A catalogue of corpora made of a few bytes, and the bytes themselves."""

    root: Path
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    extra: dict[str, dict] = field(default_factory=dict)

    @property
    def table(self) -> Path:
        return self.root / "tiny.toml"

    def add(self, name: str, files: dict[str, bytes], **extra) -> None:
        self.files[name] = files
        self.extra[name] = extra
        self.write()

    def write(self) -> None:
        lines = []
        for name, files in self.files.items():
            row = {
                "title": name.title(),
                "kind": "table",
                "content": f"the content of {name}",
                "home": "https://example.org/home",
                "licence": "CC0",
                "noncommercial": "no",
                "share_alike": "no",
                "redistribute": True,
                "citation": "Nobody (2000).",
                "loader": "support.data.tables.load_zoo",
                **self.extra[name],
            }
            checksum = row.pop("sha256", None)
            origin = row.pop("origin", None)
            lines.append(f"[{name}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in row.items()]
            for path, content in files.items():
                lines += [
                    f"[[{name}.files]]",
                    f'path = "{path}"',
                    f"bytes = {0 if checksum == 'unknown' else len(content)}",
                    f'sha256 = "{checksum or sha256(content)}"',
                ]
                lines += [f'origin = "{origin}/{path}"'] if origin else []
        self.table.write_text("\n".join(lines), encoding="utf-8")
        corpora_module.catalogue.cache_clear()

    def place(self, folder: Path, *names: str) -> Path:
        """Write the files of corpora into a folder of corpora."""
        for name in names or self.files:
            for path, content in self.files[name].items():
                target = folder / name / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        return folder


class Web:
    """A server on 127.0.0.1; ``behave[path]`` says how it answers that path."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.behave: dict[str, str] = {}
        self.asked: list[str] = []
        self.released = threading.Event()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.asked.append(self.path)
                how = web.behave.get(self.path, "serve")
                content = web.content.get(self.path)
                if how == "drop":
                    self.close_connection = True
                    self.connection.close()
                    return
                if how == "fail" or content is None:
                    self.send_error(500 if how == "fail" else 404)
                    return
                self.send_response(200)
                if how not in ("unannounced", "longer"):
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                half = len(content) // 2
                if how in ("truncate", "unannounced"):
                    self.wfile.write(content[:half])
                elif how == "longer":
                    self.wfile.write(content + b"x" * 100_000)
                elif how == "hang":
                    self.wfile.write(content[:half])
                    self.wfile.flush()
                    web.released.wait(20)
                elif how == "other":
                    self.wfile.write(bytes(len(content)))
                else:
                    self.wfile.write(content)

            def log_message(self, *_args: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_args: object) -> None:
                """A client that goes away is what some tests are about."""

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self.thread.start()

    def offer(self, tiny: Tiny, *names: str) -> str:
        for name in names or tiny.files:
            for path, content in tiny.files[name].items():
                self.content[f"/{name}/{path}"] = content
        return self.address

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = Web()
    yield server
    server.close()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without data: an empty cache, no settings, no ``../shared/data``."""
    folder = tmp_path / "cache" / "legible-representations"
    monkeypatch.setattr(storage, "cache_folder", lambda: folder)
    monkeypatch.setattr(storage, "_shared", lambda: None)
    monkeypatch.setattr(storage, "_REMEMBERED", {})
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.delenv("COURSE_DATA_RELEASE", raising=False)
    return folder


@pytest.fixture
def tiny(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tiny]:
    """Two small corpora, ``apple`` and ``berry``, and nothing else in the catalogue."""
    made = Tiny(tmp_path)
    monkeypatch.setattr(corpora_module, "_TABLE", made.table)
    made.add("apple", {"apple.csv": b"a,b\n1,2\n" * 400, "more/notes.txt": b"notes"})
    made.add("berry", {"berry.bin": bytes(range(256)) * 300})
    yield made
    corpora_module.catalogue.cache_clear()


@pytest.fixture
def real_corpora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The packed corpora beside the project; skips, visibly, where there are none."""
    place = storage._shared()
    if place is None:
        pytest.skip("../shared/data is not beside the project")
    monkeypatch.setattr(storage, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.delenv("COURSE_DATA", raising=False)
    return place.folder
