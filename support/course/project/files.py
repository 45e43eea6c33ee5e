"""Files written wholly or not at all, and the digest that names a content."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from support.course.project.errors import CourseError

__all__ = ["digest", "open_atomic", "write_atomic"]


def digest(content: bytes | str) -> str:
    """Return the SHA-256 of a text or of bytes, in hexadecimal."""
    data = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()


def write_atomic(path: Path, text: str) -> None:
    """Write a text file wholly or not at all.

    Args:
        path: where to; missing folders are made.
        text: its content.

    Raises:
        CourseError: the folder cannot be written or the disk is full; whatever was
            at ``path`` before is still there.
    """
    with open_atomic(path) as file:
        file.write(text.encode("utf-8"))


@contextmanager
def open_atomic(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes its place when the block ends well, and only then.

    Args:
        path: where to; missing folders are made.

    Yields:
        The open file, under a temporary name.

    Raises:
        CourseError: as :func:`write_atomic`.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=".tmp", dir=path.parent
        )
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        raise CourseError(
            f"{path} could not be written: {error.strerror or error}. Make room or "
            "make the folder writable, then run the same command again; what was "
            "finished before is kept.",
            exit_code=1,
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _umask() -> int:
    value = os.umask(0)
    os.umask(value)
    return value
