"""Who is at which run: two processes on one folder share the work, without a server.

A run is taken by making the file ``<key>.0`` with exclusive creation, which exactly
one process can do.  A process that dies leaves its file; another then takes the run
over by making ``<key>.1``, which again exactly one can do, and so on: nobody ever
deletes what belongs to another who lives.  The dead are known by their process number
on the same machine, and elsewhere by a file that has not been touched for minutes,
measured by the watcher's own steady clock, since clocks of machines differ and jump.

Should a process be held up so long that it is thought dead, a run is done twice; its
record is written whole each time, so that nothing is lost but time.
"""

import contextlib
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psutil

from support.course.project.errors import CourseError

__all__ = ["PATIENCE_S", "Sharing"]

#: A holder touches its files every few seconds; one silent for this long is dead.
PATIENCE_S = 120.0
_TOUCH_S = 10.0


class Sharing:
    """Takes runs for this process, in a folder that several may share.

    Args:
        folder: of the files.
        clock: seconds that never jump.
    """

    def __init__(
        self, folder: Path, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._mine: dict[str, Path] = {}
        self._seen: dict[Path, tuple[int, float]] = {}
        self._touched = clock()

    def take(self, key: str) -> bool:
        """Take a run, or find that another process is at it.

        Args:
            key: of the run.

        Returns:
            Whether it is this process's now.

        Raises:
            CourseError: the folder cannot be written.
        """
        for path in self._files(key):
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
            except FileExistsError:
                if not self._abandoned(path):
                    return False
            except OSError as error:
                raise CourseError(
                    f"{path} could not be made: {error.strerror or error}. Make room "
                    "or make the folder writable, then run the same command again.",
                    exit_code=1,
                ) from error
            else:
                self._mine[key] = path
                text = json.dumps({"machine": _machine(), "process": os.getpid()})
                with contextlib.suppress(OSError):  # an empty file holds it as well
                    os.write(handle, text.encode())
                os.close(handle)
                return True
        return False

    def is_free(self, key: str) -> bool:
        """Say whether no living process is at a run."""
        for path in self._files(key):
            if not path.exists():
                return True
            if not self._abandoned(path):
                return False
        return True

    def release(self, key: str) -> None:
        """Give a run back, after its record is written or when it is given up."""
        mine = self._mine.pop(key, None)
        if mine is None:
            return
        for path in self._files(key):  # those of the dead, then one's own
            self._seen.pop(path, None)
            with contextlib.suppress(OSError):
                path.unlink()
            if path == mine:
                return

    def release_all(self) -> None:
        """Give back everything that is still held."""
        for key in list(self._mine):
            self.release(key)

    def touch(self) -> None:
        """Show that this process lives; call it often, it acts every few seconds."""
        if self._clock() - self._touched < _TOUCH_S:
            return
        self._touched = self._clock()
        for path in self._mine.values():
            with contextlib.suppress(OSError):
                os.utime(path)

    def _files(self, key: str) -> Iterator[Path]:
        return (self._folder / f"{key}.{turn}" for turn in count())

    def _abandoned(self, path: Path) -> bool:
        try:
            stamp = path.stat().st_mtime_ns
            content = path.read_text(encoding="utf-8")
        except OSError:  # released in this moment: leave it, and look again later
            return False
        with contextlib.suppress(ValueError, KeyError, TypeError):
            holder = json.loads(content)
            here = holder["machine"] == _machine()
            if here and not _lives(int(holder["process"])):
                return True
        before, since = self._seen.get(path, (None, 0.0))
        if before != stamp:  # only whether it changed counts, not what time it tells
            self._seen[path] = (stamp, self._clock())
            return False
        return self._clock() - since > PATIENCE_S


def _lives(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:  # it is there, and another person's
        return True


def _machine() -> str:
    """Name this machine such that process numbers on it mean the same processes."""
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(parts)
