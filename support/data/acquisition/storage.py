"""Folders that may hold corpora, and whether a file in one is the right file.

Hashing 180 MB at every start of a notebook would be felt, so a file that was once
found right is remembered by path, size and time of change. The memory is a small file
in the user's cache, because data folders are often read-only.
"""

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from support.data.acquisition.catalogue import CorpusFile
from support.data.errors import ChecksumError, DataError

__all__ = [
    "Place",
    "cache_folder",
    "places",
    "read_receipt",
    "receipt_path",
    "sha256_of",
    "verify",
    "write_atomically",
]

_ROOT = Path(__file__).resolve().parents[3]
_APPLICATION = "legible-representations"
_REMEMBERED: dict[tuple[str, int, int], str] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """A folder that may hold corpora, each in a folder of its own name.

    Args:
        folder: the folder.
        label: what it is, for messages.
        explicit: whether the reader named it; then a wrong file in it is an error,
            while one in the cache is fetched again.
    """

    folder: Path
    label: str
    explicit: bool


def cache_folder() -> Path:
    """The user's cache folder of the course (it need not exist).

    Example:
        >>> cache_folder().name
        'legible-representations'
    """
    # pooch takes a tenth of a second to import: only those who get data pay for it.
    import pooch

    return Path(pooch.os_cache(_APPLICATION))


def _named(value: Path | str, label: str) -> Place:
    folder = Path(value).expanduser()
    # A mistyped folder would otherwise be passed over in silence.
    if not folder.is_dir():
        reason = "is not a folder" if folder.exists() else "is not there"
        raise DataError(
            f"{label} names {folder}, which {reason}: create it, correct the name or "
            "leave it out."
        )
    return Place(folder, label, explicit=True)


def _shared() -> Place | None:
    """``../shared/data`` beside the project or beside a folder above the cursor."""
    here = Path.cwd()
    for project in (_ROOT, here, *here.parents):
        folder = project.parent / "shared" / "data"
        # The manifest tells the packed corpora from a folder that happens to be there.
        if (folder / "MANIFEST.json").is_file():
            return Place(folder, "../shared/data", explicit=True)
    return None


def places(data_dir: Path | str | None = None) -> list[Place]:
    """Folders to look for corpora in, first match first.

    Args:
        data_dir: folder named by the caller; it precedes ``COURSE_DATA``.

    Returns:
        The folder of the caller, of ``COURSE_DATA``, ``../shared/data`` when it is
        there, and the user's cache.

    Raises:
        DataError: a named folder is not there, or is no folder.

    Example:
        >>> places("/tmp")[0].folder
        PosixPath('/tmp')
    """
    found = []
    if data_dir is not None and os.fspath(data_dir):
        found.append(_named(data_dir, "data_dir (--data-dir)"))
    setting = os.environ.get("COURSE_DATA", "").strip()
    if setting:
        found.append(_named(setting, "COURSE_DATA"))
    shared = _shared()
    if shared is not None:
        found.append(shared)
    found.append(Place(cache_folder(), "cache", explicit=False))
    return found


def write_atomically(path: Path, content: str) -> None:
    """Write a small text file so that a reader sees the old or the new one whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(content)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def sha256_of(path: Path, *, fresh: bool = False) -> str:
    """SHA-256 of a file, remembered as long as its size and time of change stay.

    Args:
        path: the file.
        fresh: read the file even if its digest is remembered.

    Returns:
        64 hexadecimal digits.

    Raises:
        DataError: the file cannot be read.

    Example:
        >>> sha256_of(Path("/dev/null"), fresh=True)[:8]
        'e3b0c442'
    """
    try:
        path = path.resolve()
        before = path.stat()
        key = (str(path), before.st_size, before.st_mtime_ns)
        if not fresh and key in _REMEMBERED:
            return _REMEMBERED[key]
        marker = _marker(path)
        if not fresh:
            remembered = _recall(marker, key)
            if remembered:
                _REMEMBERED[key] = remembered
                return remembered
        with path.open("rb") as stream:
            value = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from error
    _REMEMBERED[key] = value
    # A cache that cannot be written costs time, nothing else.
    with suppress(OSError):
        write_atomically(marker, json.dumps({"file": key, "sha256": value}))
    return value


def _marker(path: Path) -> Path:
    name = hashlib.sha256(str(path).encode()).hexdigest()[:32]
    return cache_folder() / ".verified" / f"{name}.json"


def _recall(marker: Path, key: tuple[str, int, int]) -> str | None:
    try:
        stored = json.loads(marker.read_text(encoding="utf-8"))
        return str(stored["sha256"]) if stored["file"] == list(key) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def receipt_path(path: Path) -> Path:
    """Where the record of an unverified delivery lies, beside the file."""
    return path.with_name(path.name + ".received.json")


def read_receipt(path: Path) -> dict[str, str]:
    """What was recorded when an unverified file came; empty when nothing was."""
    try:
        stored = json.loads(receipt_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def verify(corpus: str, file: CorpusFile, path: Path, *, fresh: bool = False) -> bool:
    """Compare a file with the registry.

    A file whose checksum the registry does not know is compared with the record of
    its delivery, if there is one.

    Args:
        corpus: name of the corpus, for messages.
        file: what is expected.
        path: the file.
        fresh: really hash, whatever is remembered.

    Returns:
        True when the checksum of the registry is met, False when the registry knows
        none.

    Raises:
        ChecksumError: it is another file.
    """
    size = path.stat().st_size
    remedy = (
        f"Delete it and run `course data get {corpus}`, or point COURSE_DATA "
        "(--data-dir) at a good copy."
    )
    if file.bytes and size != file.bytes:
        raise ChecksumError(
            f"{path} is not the file of {corpus}: {size:,} bytes, expected "
            f"{file.bytes:,}. {remedy}"
        )
    if not file.verifiable:
        recorded = read_receipt(path).get("sha256")
        if recorded and sha256_of(path, fresh=fresh) != recorded:
            raise ChecksumError(
                f"{path} has changed since it was downloaded (its record is "
                f"{receipt_path(path).name}). {remedy}"
            )
        return False
    measured = sha256_of(path, fresh=fresh)
    if measured != file.sha256:
        raise ChecksumError(
            f"{path} is not the file of {corpus}: its SHA-256 begins "
            f"{measured[:12]}, expected {file.sha256[:12]}. {remedy}"
        )
    return True
