"""Archives that other people packed: look first, then unpack, then rename.

A zip or tar file is a list of instructions to write files. Every instruction is read
before one is followed, and the whole archive is refused when a single one would write
outside the folder, follow a link, make a device, overwrite a sibling or blow up. What
is unpacked appears under its final name at once, or not at all.
"""

import gzip
import lzma
import os
import shutil
import stat
import tarfile
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from support.data.errors import ArchiveError

__all__ = ["Limits", "is_archive", "unpack"]

_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    NotImplementedError,
)
_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may grow to: bytes in all, members, and bytes a stored byte."""

    total_bytes: int = 4 << 30
    members: int = 100_000
    ratio: float = 200.0


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    size: int
    folder: bool
    plain: bool
    packed: int


def is_archive(name: str) -> bool:
    """Whether the name ends like an archive that :func:`unpack` reads.

    Example:
        >>> is_archive("fsdd.zip"), is_archive("mnist.npz")
        (True, False)
    """
    return name.lower().endswith(_SUFFIXES)


def _refuse(archive: Path, reason: str) -> ArchiveError:
    return ArchiveError(
        f"{archive.name} is refused: {reason}. Nothing was unpacked; get the file "
        "from its official address."
    )


def _safe_names(
    members: Iterable[_Member], archive: Path, limits: Limits
) -> list[PurePosixPath]:
    """Check the members of an archive and return their relative paths.

    Args:
        members: all members, folders included.
        archive: the archive, for messages and its stored size.
        limits: sizes and counts that must not be passed.

    Raises:
        ArchiveError: a member is unsafe or the limits are passed.
    """
    names: list[PurePosixPath] = []
    files: set[str] = set()
    folders: set[str] = set()
    total = 0
    for count, member in enumerate(members, start=1):
        if count > limits.members:
            raise _refuse(archive, f"it has more than {limits.members:,} members")
        path = PurePosixPath(member.name)
        windows = PureWindowsPath(member.name)
        if (
            path.is_absolute()
            or windows.drive
            or windows.root
            or "\\" in member.name
            or "\x00" in member.name
        ):
            raise _refuse(archive, f"the member {member.name!r} is an absolute path")
        if ".." in path.parts or not path.parts:
            raise _refuse(archive, f"the member {member.name!r} leaves the folder")
        if not member.plain:
            raise _refuse(
                archive, f"the member {member.name!r} is a link or a device, not a file"
            )
        # Some file systems fold case and Unicode forms: two such names are one file.
        key = unicodedata.normalize("NFC", str(path)).casefold()
        parents = {
            unicodedata.normalize("NFC", str(parent)).casefold()
            for parent in path.parents
            if parent != PurePosixPath(".")
        }
        clash = key in files or (not member.folder and key in folders)
        if clash or files & parents:
            raise _refuse(archive, f"two members share the name {member.name!r}")
        (folders if member.folder else files).add(key)
        folders |= parents
        total += member.size
        if total > limits.total_bytes:
            raise _refuse(
                archive, f"it unpacks to more than {limits.total_bytes:,} bytes"
            )
        if member.size > (1 << 20) and member.size > limits.ratio * max(
            member.packed, 1
        ):
            raise _refuse(
                archive,
                f"the member {member.name!r} grows more than {limits.ratio:g}-fold",
            )
        names.append(path)
    return names


def _zip_members(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for info in archive.infolist():
        mode = info.external_attr >> 16
        kind = stat.S_IFMT(mode)
        # The original name: ZipFile has already cut what follows a NUL byte.
        yield _Member(
            name=info.orig_filename,
            size=info.file_size,
            folder=info.is_dir(),
            plain=kind in (0, stat.S_IFREG, stat.S_IFDIR),
            packed=info.compress_size,
        )


def _tar_members(archive: tarfile.TarFile, stored: int) -> Iterator[_Member]:
    for info in archive:
        yield _Member(
            name=info.name,
            size=info.size,
            folder=info.isdir(),
            plain=info.isreg() or info.isdir(),
            packed=stored,
        )


def _write(source: IO[bytes], target: Path, size: int, archive: Path) -> None:
    """Copy one member; headers can lie about sizes, so the bytes are counted."""
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with target.open("xb") as out:
        while block := source.read(1 << 20):
            written += len(block)
            if written > size:
                raise _refuse(archive, f"{target.name} is longer than announced")
            out.write(block)
    if written != size:
        raise _refuse(archive, f"{target.name} is shorter than announced")


def _extract(path: Path, folder: Path, limits: Limits) -> None:
    if path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            _safe_names(_zip_members(archive), path, limits)
            for info in archive.infolist():
                if info.is_dir():
                    continue
                with archive.open(info) as source:
                    _write(source, folder / info.filename, info.file_size, path)
        return
    stored = path.stat().st_size
    with tarfile.open(path, "r:*") as tar:
        _safe_names(_tar_members(tar, stored), path, limits)
        for member in tar:
            if member.isdir():
                continue
            content = tar.extractfile(member)
            if content is None:
                raise _refuse(path, f"the member {member.name!r} cannot be read")
            with content:
                _write(content, folder / member.name, member.size, path)


def unpack(
    archive: Path | str, folder: Path | str, limits: Limits | None = None
) -> Path:
    """Unpack a zip or tar archive into a new folder.

    Args:
        archive: the file; its name tells the format.
        folder: folder to make; it must not exist yet.
        limits: sizes and counts that must not be passed.

    Returns:
        ``folder``, complete.

    Raises:
        ArchiveError: the archive is damaged, unsafe or too large, or the folder is
            already there. Nothing is left behind.

    Example:
        >>> unpack("course.zip", "data")  # doctest: +SKIP
    """
    archive, folder = Path(archive), Path(folder)
    if not is_archive(archive.name):
        raise _refuse(archive, f"its name must end in one of {', '.join(_SUFFIXES)}")
    if folder.exists():
        raise ArchiveError(
            f"{folder} is already there: remove it or name a new folder."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _extract(archive, staging, limits or Limits())
        staging.chmod(0o755)
        os.rename(staging, folder)
    except _DAMAGED as error:
        raise ArchiveError(
            f"{archive.name} is damaged or cut short ({error}); delete it and "
            "download it again."
        ) from error
    except RuntimeError as error:  # zipfile's word for an encrypted member
        raise _refuse(archive, str(error)) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return folder
