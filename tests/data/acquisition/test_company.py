"""Downloads that are interrupted, and several that go on at once."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from support.data.acquisition import registry, transfer
from tests.data_fixtures import Tiny, Web, tree

ROOT = Path(__file__).resolve().parents[3]
get = registry.fetch


def test_an_interruption_leaves_nothing(tiny, web, cache, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))

    def interrupted(_self, _count):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(transfer._Meter, "update", interrupted)
        with pytest.raises(KeyboardInterrupt):
            get("berry", progress=False)
    assert tree(cache) == []
    assert [p.name for p in cache.iterdir() if p.name.startswith(".berry")] == []
    assert get("berry", progress=False) == cache / "berry"


def test_threads_that_fetch_at_once_all_get_whole_files(tiny, web, cache, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    start, problems = threading.Barrier(6), []

    def work():
        start.wait()
        try:
            content = (get("berry", progress=False) / "berry.bin").read_bytes()
            assert content == tiny.files["berry"]["berry.bin"]
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert tree(cache) == ["berry/berry.bin"]


SCRIPT = """
import sys
from pathlib import Path
from support.data.acquisition import corpora, registry, storage
corpora._TABLE = Path(sys.argv[1])
storage._shared = lambda: None
storage.cache_folder = lambda: Path(sys.argv[2])
folder = registry.fetch("berry", progress=False)
print(len((folder / "berry.bin").read_bytes()))
"""


def process(tiny: Tiny, web: Web, cache: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tiny.table), str(cache)],
        env={**os.environ, "COURSE_DATA_RELEASE": web.address},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_processes_that_fetch_at_once(tiny, web, cache):
    web.offer(tiny)
    both = [process(tiny, web, cache) for _ in range(2)]
    for one in both:
        out, err = one.communicate(timeout=60)
        assert (one.returncode, out) == (0, "76800\n"), err
    assert tree(cache) == ["berry/berry.bin"]


def test_a_killed_process_leaves_no_half_file_and_its_rest_goes(tiny, web, cache):
    web.offer(tiny)
    web.behave["/berry/berry.bin"] = "hang"
    one = process(tiny, web, cache)
    deadline = time.monotonic() + 30
    while not web.asked and time.monotonic() < deadline:
        time.sleep(0.02)
    one.kill()
    one.communicate()
    assert not (cache / "berry").exists()
    rest = [path for path in cache.iterdir() if path.name.startswith(".berry-")]
    assert len(rest) == 1
    os.utime(rest[0], (1, 1))
    web.behave.clear()
    two = process(tiny, web, cache)
    out, err = two.communicate(timeout=60)
    assert (two.returncode, out) == (0, "76800\n"), err
    assert tree(cache) == ["berry/berry.bin"]
