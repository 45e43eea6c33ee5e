"""Kernels of the running interpreter, and the promise that none is left behind.

A kernel is ``sys.executable -m ipykernel_launcher`` in a session (and process
group) of its own, so that a terminal's Ctrl-C reaches the runner alone.  Each live
kernel is registered here; :func:`kill_all` ends them with all their children, and
refuses to let another one start.  Should the runner itself be killed outright, the
kernel notices within a second that its parent is gone, and ends.
"""

import atexit
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager

__all__ = [
    "Kernel",
    "RunInterruptedError",
    "ThisInterpreter",
    "allow",
    "kernel",
    "kill_all",
    "kill_tree",
    "write_profile",
]

_SIGNALS = {
    "SIGKILL": "somebody ended it, most often the system for want of memory",
    "SIGSEGV": "compiled code touched memory that is not its own",
    "SIGABRT": "compiled code gave up",
    "SIGBUS": "compiled code touched memory that is not there",
    "SIGILL": "compiled code has instructions that this processor lacks",
    "SIGFPE": "compiled code divided by zero",
    "SIGTERM": "somebody ended it",
}
#: A method that changes the working folder must not move the lesson's files away.
_STARTUP = """
def _stay():
    import os
    from IPython import get_ipython

    home, go = os.getcwd(), os.chdir
    get_ipython().events.register("pre_run_cell", lambda info: go(home))

_stay()
del _stay
"""
_lock = threading.Lock()
_live: set[int] = set()
_stopping = threading.Event()


class RunInterruptedError(Exception):
    """The run is being stopped; no kernel may start any more."""


class ThisInterpreter(KernelSpecManager):
    """Knows one kernel: this interpreter, whatever is installed elsewhere."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """This interpreter's kernel, under whatever name it is asked for."""
        return KernelSpec(
            argv=[
                sys.executable,
                "-m",
                "ipykernel_launcher",
                "-f",
                "{connection_file}",
            ],
            display_name="Python 3",
            language="python",
        )


class _Manager(AsyncKernelManager):
    """Registers the kernel's process in the moment it is launched."""

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        await super()._async_launch_kernel(kernel_cmd, **kw)
        pid = self.provisioner.pid  # type: ignore[union-attr]
        with _lock:
            _live.add(pid)
            stopping = _stopping.is_set()
        if stopping:
            kill_tree(pid)
            raise RunInterruptedError


@dataclass
class Kernel:
    """A kernel manager with a folder for its sockets, its log and its history.

    Attributes:
        manager: what nbclient talks to.
        folder: a private temporary folder, removed with the kernel.
    """

    manager: _Manager
    folder: Path

    @property
    def log(self) -> Path:
        """Where the process's own output goes, that of crashes above all."""
        return self.folder / "kernel.log"

    @property
    def pid(self) -> int | None:
        """The kernel's process, None before it starts."""
        provisioner = self.manager.provisioner
        return getattr(provisioner, "pid", None)

    @property
    def ending(self) -> str:
        """How the process ended, in words; empty where that is not known."""
        process = getattr(self.manager.provisioner, "process", None)
        code = process.poll() if process is not None else None
        if code is None:
            return ""
        if code >= 0:
            return f"it ended itself with exit code {code}"
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"{name}, {_SIGNALS[name]}" if name in _SIGNALS else name

    def kill(self) -> None:
        """End the kernel and its children at once."""
        if self.pid is not None:
            kill_tree(self.pid)


@contextmanager
def kernel() -> Iterator[Kernel]:
    """Make a kernel, not yet started, that cannot outlive the block.

    Raises:
        RunInterruptedError: the run is being stopped.
    """
    if _stopping.is_set():
        raise RunInterruptedError
    folder = Path(tempfile.mkdtemp(prefix="course-"))
    # Unix sockets in a private folder: no port can be taken by another run.
    sockets = os.name == "posix" and len(str(folder)) < 60
    manager = _Manager(
        kernel_name="python3",
        kernel_spec_manager=ThisInterpreter(),
        connection_file=str(folder / "kernel.json"),
        transport="ipc" if sockets else "tcp",
    )
    made = Kernel(manager, folder)
    try:
        yield made
    finally:
        made.kill()
        if made.pid is not None:
            with _lock:
                _live.discard(made.pid)
        shutil.rmtree(folder, ignore_errors=True)


def write_profile(folder: Path) -> Path:
    """Write a profile of IPython's own: the reader's must not change a chapter.

    Args:
        folder: one that goes with the kernel.

    Returns:
        What ``IPYTHONDIR`` names.
    """
    startup = folder / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    (startup / "working_folder.py").write_text(_STARTUP, encoding="utf-8")
    return folder / "ipython"


def kill_all() -> None:
    """End every live kernel and let no other start, until :func:`allow`."""
    _stopping.set()
    with _lock:
        pids = list(_live)
    for pid in pids:
        kill_tree(pid)


def allow() -> None:
    """Let kernels start again, at the beginning of a run."""
    _stopping.clear()


def kill_tree(pid: int) -> None:
    """Kill a kernel's process group and all descendants of the process.

    Args:
        pid: the kernel's process; nothing happens where it has gone.
    """
    family: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        family = psutil.Process(pid).children(recursive=True)
    # The group is the kernel's own (it leads its session), never the runner's.
    if hasattr(os, "killpg") and pid != os.getpgrp():
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
    for process in family:
        with contextlib.suppress(psutil.Error):
            process.kill()
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if process.ppid() == os.getpid():
            process.kill()


atexit.register(kill_all)
