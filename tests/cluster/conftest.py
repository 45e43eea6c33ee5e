"""A real scheduler and real workers on the loopback, and a tiny chapter for them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="needs the extra 'cluster'")

from tests.course.conftest import CHECKOUT, project, wait_until

__all__ = ["Dask", "dask", "project"]


@dataclass
class Dask:
    """A scheduler in a process of its own, and workers that a test starts and kills."""

    folder: Path
    address: str = ""
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *words: str, **more: str) -> subprocess.Popen[bytes]:
        """Start one of Dask's own commands, with no folder of the project's."""
        usual = {"PYTHONPATH": str(CHECKOUT), "OMP_NUM_THREADS": "1"}
        environment = {**os.environ, **usual, **more}
        environment.pop("COURSE_ROOT", None)
        with open(self.folder / f"log-{len(self.processes)}", "wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "dask", *words],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def worker(self, *words: str, **more: str) -> subprocess.Popen[bytes]:
        """Start a worker that does one run at a time and is not started anew."""
        usual = ["--no-nanny", "--no-dashboard", "--nthreads", "1"]
        process = self.start("worker", self.address, *usual, *words, **more)
        self.workers.append(process)
        return process


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    folder = tmp_path / "dask"
    folder.mkdir()
    made = Dask(folder)
    with ExitStack() as stack:

        def end() -> None:
            for process in made.processes:
                process.kill()
                process.wait()

        stack.callback(end)
        where = folder / "scheduler.json"
        made.start(
            *("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
            *("--scheduler-file", str(where)),
        )
        assert wait_until(lambda: where.exists() and where.stat().st_size > 0, 60)
        made.address = json.loads(where.read_text())["address"]
        yield made
