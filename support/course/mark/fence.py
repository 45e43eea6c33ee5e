"""Start a program behind a fence: a scratch folder to write in, and no network.

    python fence.py FENCE COMMAND...

FENCE is JSON: ``write`` and ``read`` list folders and files, ``memory`` is in bytes,
``seconds`` of processor time are each process's, ``network`` says whether there is
one.  Whatever the program starts is behind the same fence, and cannot leave it.

On Linux the kernel's Landlock keeps files, signals and connections in, and an empty
network namespace leaves no network; the limits are POSIX's.  What a system does not
have is left out, so whoever relies on the fence asks :func:`holds` first.  The
script imports the standard library alone: it runs before anything else.
"""

import contextlib
import ctypes
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["command", "holds"]

_FILE_BYTES = 100_000_000  # that one file may have
# linux/landlock.h
_RULESET, _RULE, _RESTRICT = 444, 445, 446  # numbers of the calls, on every processor
_READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read a file, list a folder
_OF_FILES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15  # the rest is of folders
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # how many rights on files a version knows
_TCP, _SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals
# linux/sched.h
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_PROBE = """
import json, socket, sys
held = {"files": True, "network": True}
try:
    open(sys.argv[1], "w").close()
    held["files"] = False
except OSError:
    pass
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[2])), timeout=5).close()
    held["network"] = False
except OSError:
    pass
print(json.dumps(held))
"""


def command(fence: Mapping[str, Any], program: Sequence[str]) -> list[str]:
    """The command line that starts a program behind a fence.

    Args:
        fence: as the module says.
        program: and its arguments; they stay as they are on Windows, where nothing of
            the fence is known.
    """
    if os.name != "posix":
        return list(program)
    return [sys.executable, str(Path(__file__)), json.dumps(dict(fence)), *program]


def holds(fence: Mapping[str, Any]) -> dict[str, bool]:
    """Try the fence on this machine, with a file and a connection of our own.

    Args:
        fence: as the module says.

    Returns:
        Whether it keeps ``files`` and the ``network`` in.
    """
    with tempfile.TemporaryDirectory() as folder, socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = str(server.getsockname()[1])
        probe = [sys.executable, "-I", "-c", _PROBE, f"{folder}/file", port]
        try:
            ran = subprocess.run(
                command(fence, probe), capture_output=True, timeout=60, check=True
            )
            return {
                str(name): bool(held) for name, held in json.loads(ran.stdout).items()
            }
        except (OSError, ValueError, subprocess.SubprocessError):
            return {"files": False, "network": False}


def _main() -> None:
    fence = json.loads(sys.argv[1])
    _limit(fence)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if not fence["network"]:
            _leave_network(libc)
        _keep_in(libc, fence)
    os.execv(sys.argv[2], sys.argv[2:])


def _limit(fence: Mapping[str, Any]) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = {
        resource.RLIMIT_DATA: fence["memory"],
        resource.RLIMIT_CPU: fence["seconds"],
        resource.RLIMIT_FSIZE: _FILE_BYTES,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in wanted.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (value, value))


def _leave_network(libc: ctypes.CDLL) -> None:
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_NEW_USER | _NEW_NETWORK) != 0:
        libc.unshare(_NEW_NETWORK)  # an administrator needs no other users for it
        return
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with contextlib.suppress(OSError):
            Path(f"/proc/self/{name}").write_text(text)


def _keep_in(libc: ctypes.CDLL, fence: Mapping[str, Any]) -> None:
    """Allow what the fence lists, and nothing else, for good."""
    version = libc.syscall(_RULESET, None, 0, 1)
    if version < 1:
        return
    every = (1 << _RIGHTS.get(version, 16)) - 1
    net = _TCP if version >= 4 and not fence["network"] else 0
    scoped = _SCOPES if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = (ctypes.c_uint64 * 3)(every, net, scoped)
    ruleset = libc.syscall(_RULESET, rules, size, 0)
    allowed = [(path, _READ) for path in fence["read"]]
    allowed += [(path, every) for path in fence["write"]]
    for path, rights in allowed:
        with contextlib.suppress(OSError):
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            rights &= every if os.path.isdir(path) else _OF_FILES & every
            rule = rights.to_bytes(8, sys.byteorder) + place.to_bytes(4, sys.byteorder)
            libc.syscall(_RULE, ruleset, 1, rule, 0)
            os.close(place)
    libc.prctl(38, 1, 0, 0, 0)  # no new privileges, which the next line asks for
    libc.syscall(_RESTRICT, ruleset, 0)


if __name__ == "__main__":
    _main()
