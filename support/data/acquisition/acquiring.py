"""Getting a corpus into a folder: addresses, staging, verification, one rename.

Files arrive in a hidden folder beside their place, are compared with the registry
there, and move with :func:`os.replace`. So a reader never sees half a file, two
processes that fetch at once both end with a whole one, and an interruption leaves
what was there before.
"""

import errno
import json
import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from support.data.acquisition.archives import Limits, is_archive, unpack
from support.data.acquisition.catalogue import Corpus, CorpusFile
from support.data.acquisition.storage import (
    Place,
    read_receipt,
    receipt_path,
    sha256_of,
    verify,
    write_atomically,
)
from support.data.acquisition.transfer import download
from support.data.errors import (
    ArchiveError,
    ChecksumError,
    DataError,
    DownloadError,
    UnverifiedDataWarning,
)

__all__ = [
    "RELEASE_ADDRESS",
    "acquire",
    "addresses",
    "announce_unverified",
    "release_address",
]

#: Where the packed corpora are published; empty until they are. A plain address is
#: read as a folder (``<address>/<corpus>/<file>``); ``{corpus}`` and ``{file}`` in it
#: say otherwise, and without ``{file}`` it names one archive a corpus, for instance
#: ``https://host/data-v1/{corpus}.zip``. COURSE_DATA_RELEASE overrides it.
RELEASE_ADDRESS = ""

#: Most that is accepted of a file of unknown size.
_LARGEST = 4 << 30
#: Seconds after which a staging folder belongs to a process that was killed.
_STALE = 24 * 3600.0


def release_address() -> str:
    """Address of the data release: ``COURSE_DATA_RELEASE``, or the built-in one."""
    return os.environ.get("COURSE_DATA_RELEASE", "").strip() or RELEASE_ADDRESS


def addresses(corpus: Corpus, file: CorpusFile) -> list[str]:
    """Addresses of one file, best first: the release, mirrors, the origin.

    An address that ends like an archive stands for all files of the corpus.

    Args:
        corpus: the row.
        file: one of its files.

    Returns:
        Addresses; the release is left out for what must not be passed on.

    Example:
        >>> from support.data.acquisition.registry import corpus
        >>> addresses(corpus("dsprites"), corpus("dsprites").files[0])[0][:18]
        'https://github.com'
    """
    # The release holds packed files only, and all of those have a checksum.
    packed = corpus.redistribute and file.verifiable
    templates = [release_address()] if packed else []
    templates += corpus.mirrors
    found = []
    for template in filter(None, templates):
        if "{corpus}" not in template and "{file}" not in template:
            template = template.rstrip("/") + "/{corpus}/{file}"
        found.append(
            template.replace("{corpus}", corpus.name).replace("{file}", file.path)
        )
    return [*found, file.origin] if file.origin else found


def _unwritable(folder: Path, error: OSError) -> DataError:
    """What to say when a folder takes no more files; full disks are told apart."""
    remedy = "name another folder with COURSE_DATA or --data-dir."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DataError(f"The disk of {folder} is full: free some space, or {remedy}")
    reason = error.strerror or type(error).__name__
    return DataError(f"{folder} cannot be written ({reason}): {remedy}")


@contextmanager
def _staging(folder: Path, corpus: str) -> Iterator[Path]:
    """A hidden folder on the same disk, gone afterwards whatever happens."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{corpus}-", dir=folder))
    except OSError as error:
        raise _unwritable(folder, error) from error
    for old in folder.glob(f".{corpus}-*"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > _STALE:
                shutil.rmtree(old, ignore_errors=True)
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _target(where: Sequence[Place]) -> Path:
    """Folder to put new files in: the one of the caller, of COURSE_DATA, the cache."""
    first = where[0]
    if first.explicit and first.label.startswith("data_dir"):
        return first.folder
    if first.label == "COURSE_DATA" and os.access(first.folder, os.W_OK):
        return first.folder
    return where[-1].folder


def _from_archive(corpus: Corpus, address: str, staging: Path, progress: bool) -> None:
    """Download one archive and move the files of the corpus out of it."""
    packed = staging / f"download-{Path(address).name}"
    # Room for headers and for a readme or licence that travels along.
    limit = 2 * corpus.bytes + (16 << 20)
    download(
        address,
        packed,
        limit_bytes=limit,
        progress=progress,
        label=corpus.name,
    )
    folder = unpack(packed, staging / "unpacked", Limits(total_bytes=2 * limit))
    packed.unlink()
    for file in corpus.files:
        candidates = [folder / file.path, folder / corpus.name / file.path]
        source = next((path for path in candidates if path.is_file()), None)
        if source is None:
            raise ArchiveError(f"{address} does not hold {file.path}.")
        verify(corpus.name, file, source, fresh=True)
        destination = staging / file.path
        destination.parent.mkdir(parents=True, exist_ok=True)
        os.replace(source, destination)
    shutil.rmtree(folder)


def _from_network(
    corpus: Corpus, file: CorpusFile, staging: Path, progress: bool
) -> None:
    """Try the addresses of a file in turn; keep what each of them said."""
    failures: list[DataError] = []
    for address in addresses(corpus, file):
        path = staging / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            if is_archive(address) and not is_archive(file.path):
                _from_archive(corpus, address, staging, progress)
            else:
                download(
                    address,
                    path,
                    expected_bytes=file.bytes,
                    limit_bytes=file.bytes or _LARGEST,
                    progress=progress,
                    label=f"{corpus.name}/{file.path}",
                )
                _accept(corpus, file, path, address)
            return
        except (ChecksumError, DownloadError, ArchiveError) as error:
            path.unlink(missing_ok=True)
            failures.append(error)
    raise _failed(corpus, file, failures)


def _accept(corpus: Corpus, file: CorpusFile, path: Path, address: str) -> None:
    """Verify what came; where nothing is known to verify it with, say so, record it."""
    try:
        known = verify(corpus.name, file, path, fresh=True)
    except ChecksumError as error:
        raise ChecksumError(
            f"{address}: another file came than expected (SHA-256 "
            f"{sha256_of(path)[:12]}, expected {file.sha256[:12]})"
        ) from error
    if known:
        return
    record = {
        "file": file.path,
        "address": address,
        "bytes": path.stat().st_size,
        "sha256": sha256_of(path),
        "received": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    write_atomically(receipt_path(path), json.dumps(record, indent=2) + "\n")
    announce_unverified(corpus, file, path)


def announce_unverified(corpus: Corpus, file: CorpusFile, path: Path) -> None:
    """Warn that nobody has recorded what this file must be, and say what it is."""
    record = read_receipt(path)
    came = f" It came from {record['address']}." if record.get("address") else ""
    warnings.warn(
        f"{corpus.name}/{file.path} is not verified: the registry knows no checksum "
        f"for it.{came} It has {path.stat().st_size:,} bytes and the SHA-256 "
        f"{sha256_of(path)}.",
        UnverifiedDataWarning,
        stacklevel=2,
    )


def _failed(
    corpus: Corpus, file: CorpusFile, failures: Sequence[DataError]
) -> DataError:
    release = ""
    if corpus.redistribute and file.verifiable:
        release = ", or COURSE_DATA_RELEASE to an address that serves it"
    remedy = (
        f"Set COURSE_DATA (--data-dir) to a folder that holds {corpus.name}/"
        f"{file.path}{release}; the original is described at "
        f"{corpus.official or corpus.home}."
    )
    if not failures:
        return DownloadError(
            f"{corpus.name} is not here and there is no address to download "
            f"{file.path} from: the packed corpora are not published yet. {remedy}"
        )
    said = "; ".join(str(failure).rstrip(".") for failure in failures)
    wrong = any(isinstance(failure, ChecksumError) for failure in failures)
    kind = ChecksumError if wrong else DownloadError
    return kind(f"{corpus.name} could not be downloaded. {said}. {remedy}")


def acquire(
    corpus: Corpus,
    where: Sequence[Place],
    *,
    progress: bool = True,
    source: Path | None = None,
) -> Path:
    """Bring the files of a corpus, verified, into the first place that may be written.

    Args:
        corpus: a row with files.
        where: places, see :func:`support.data.acquisition.storage.places`.
        progress: show a bar.
        source: folder of a copy that is here already: copied instead of downloaded.

    Returns:
        Folder of the corpus.

    Raises:
        ChecksumError: what came is another file, from every address.
        DownloadError: there is no address, or none delivered.
        DataError: the folder cannot be written or the disk is full.
    """
    target = _target(where)
    with _staging(target, corpus.name) as staging:
        free = shutil.disk_usage(staging).free
        if free < corpus.bytes:
            raise _unwritable(target, OSError(errno.ENOSPC, "no space"))
        try:
            for file in corpus.files:
                path = staging / file.path
                if path.is_file():  # came in the archive of an earlier file
                    continue
                if source is None:
                    _from_network(corpus, file, staging, progress)
                    continue
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / file.path, path)
                verify(corpus.name, file, path, fresh=True)
                receipt = receipt_path(source / file.path)
                if receipt.is_file():
                    shutil.copyfile(receipt, receipt_path(path))
            _publish(corpus, staging, target / corpus.name)
        except OSError as error:
            if isinstance(error, DataError):
                raise
            raise _unwritable(target, error) from error
    return target / corpus.name


def _publish(corpus: Corpus, staging: Path, folder: Path) -> None:
    """Move the verified files to their names; each move is atomic."""
    for file in corpus.files:
        destination = folder / file.path
        destination.parent.mkdir(parents=True, exist_ok=True)
        receipt = receipt_path(staging / file.path)
        if receipt.is_file():
            os.replace(receipt, receipt_path(destination))
        os.replace(staging / file.path, destination)
