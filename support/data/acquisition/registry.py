"""Public corpora: where they are, what they are, under which licence; and getting them.

A corpus is looked for, in this order, in the folder named by the caller or by the
environment variable ``COURSE_DATA``, in ``../shared/data`` beside the project, and in
the user's cache. What is not there is downloaded: from the data release of the
project, its mirrors, or the corpus's own address where that serves the same bytes.
Whatever is used has been compared with the SHA-256 of the registry before.

Importing this module imports neither numpy nor torch nor a network library.
"""

import hashlib
import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.data.acquisition.acquiring import (
    RELEASE_ADDRESS,
    acquire,
    addresses,
    announce_unverified,
    release_address,
)
from support.data.acquisition.catalogue import Corpus
from support.data.acquisition.corpora import (
    catalogue,
    corpus,
    describe,
    licences,
    names,
    rows,
)
from support.data.acquisition.storage import (
    Place,
    places,
    read_receipt,
    sha256_of,
    verify,
)
from support.data.errors import (
    ChecksumError,
    DataError,
    MissingDataError,
    UnknownCorpusError,
)

__all__ = [
    "RELEASE_ADDRESS",
    "Corpus",
    "DataError",
    "Finding",
    "Place",
    "UnknownCorpusError",
    "available",
    "catalogue",
    "check",
    "corpus",
    "describe",
    "digest",
    "fetch",
    "fetch_folder",
    "install",
    "licences",
    "load",
    "locate",
    "names",
    "places",
    "release_address",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found about one file of one corpus.

    Args:
        corpus: name of the corpus.
        file: name of the file in the corpus's folder.
        path: where it lies; None when it is nowhere.
        state: ``right``, ``wrong``, ``missing`` or ``unverified`` (no checksum known).
        detail: the reason, in words.
    """

    corpus: str
    file: str
    path: Path | None
    state: str
    detail: str = ""


def locate(name: str, data_dir: Path | str | None = None) -> Path | None:
    """Folder that holds all files of a corpus, by name and size, without hashing.

    Args:
        name: corpus; of a composite all parts must be here, and the first is returned.
        data_dir: folder to look in first.

    Returns:
        The folder, or None.

    Example:
        >>> locate("zoo")  # doctest: +SKIP
        PosixPath('../shared/data/zoo')
    """
    folders = [_find(row, places(data_dir)) for row in rows(name)]
    if any(folder is None for folder in folders):
        return None
    first = folders[0]
    assert first is not None
    return first[1]


def _find(row: Corpus, where: Iterable[Place]) -> tuple[Place, Path] | None:
    """First place with all files; a file of another size counts, and fails later."""
    for place in where:
        folder = place.folder / row.name
        try:
            if all((folder / file.path).is_file() for file in row.files):
                return place, folder
        except OSError as error:
            raise DataError(f"{folder} cannot be read ({error.strerror}).") from error
    return None


def available(name: str, data_dir: Path | str | None = None) -> str:
    """Whether a corpus can be had, without hashing or touching the network.

    Args:
        name: corpus.
        data_dir: folder to look in first.

    Returns:
        ``local`` when its files are here, ``downloadable`` when an address is known
        for each that is not, else ``absent``.

    Example:
        >>> available("dsprites") in ("local", "downloadable")
        True
    """
    where = places(data_dir)
    missing = [row for row in rows(name) if _find(row, where) is None]
    if not missing:
        return "local"
    known = all(addresses(row, file) for row in missing for file in row.files)
    return "downloadable" if known else "absent"


def fetch(
    name: str,
    data_dir: Path | str | None = None,
    progress: bool = True,
    download: bool = True,
) -> Path | dict[str, Path]:
    """Folder with the verified files of a corpus; downloads them where needed.

    Args:
        name: corpus.
        data_dir: folder to look in first, and to download to.
        progress: show a bar while downloading.
        download: False never touches the network.

    Returns:
        The folder; for a composite a mapping of part to folder.

    Raises:
        UnknownCorpusError: no such corpus.
        MissingDataError: it is not here, and nothing was downloaded.
        ChecksumError: a file that is here, or that came, is another file.
        DownloadError: no address delivered.

    Example:
        >>> fetch("zoo") / "zoo.csv"  # doctest: +SKIP
        PosixPath('../shared/data/zoo/zoo.csv')
    """
    folders = {
        row.name: _fetch_row(row, data_dir, progress, download) for row in rows(name)
    }
    return folders if corpus(name).composite else folders[name]


def fetch_folder(
    name: str, data_dir: Path | str | None = None, download: bool = True
) -> Path:
    """:func:`fetch` for a corpus with files of its own: always one folder."""
    row = corpus(name)
    if row.composite:
        raise DataError(
            f"{name} has no files of its own; fetch its parts: {', '.join(row.parts)}."
        )
    return _fetch_row(row, data_dir, True, download)


def _fetch_row(
    row: Corpus, data_dir: Path | str | None, progress: bool, download: bool
) -> Path:
    where = places(data_dir)
    found = _find(row, where)
    if found is not None:
        place, folder = found
        try:
            _confirm(row, folder)
            return folder
        except ChecksumError:
            # A named folder is a statement; only the cache is ours to repair.
            if place.explicit or not download:
                raise
    if not download:
        looked = ", ".join(str(place.folder) for place in where)
        raise MissingDataError(
            f"{row.name} is not here (looked in {looked}) and downloading is off. Run "
            f"`course data get {row.name}`, or set COURSE_DATA to a folder that holds "
            f"{row.name}/{row.files[0].path}."
        )
    return acquire(row, where, progress=progress)


def _confirm(row: Corpus, folder: Path) -> None:
    """Verify the files of a folder; say which of them nobody can verify."""
    for file in row.files:
        path = folder / file.path
        if not verify(row.name, file, path) and not read_receipt(path):
            announce_unverified(row, file, path)


def install(name: str, data_dir: Path | str, progress: bool = True) -> dict[str, Path]:
    """Put verified copies of a corpus into a folder, from here or from the network.

    Unlike :func:`fetch`, which is content with any place, the files are afterwards in
    ``data_dir``: to fill a cluster's scratch folder or a memory stick.

    Args:
        name: corpus.
        data_dir: folder to fill; made when it is not there.
        progress: show a bar while downloading.

    Returns:
        Mapping of corpus to its folder in ``data_dir``.

    Raises:
        DataError: as :func:`fetch`, and when the folder cannot be written.

    Example:
        >>> install("zoo", "/tmp/data")  # doctest: +SKIP
        {'zoo': PosixPath('/tmp/data/zoo')}
    """
    folders = {}
    chosen = rows(name)
    try:
        Path(data_dir).expanduser().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{data_dir} cannot be made ({error.strerror}).") from error
    for row in chosen:
        where = places(data_dir)
        folder = where[0].folder / row.name
        if _find(row, where[:1]) is not None:
            _confirm(row, folder)
        else:
            found = _find(row, where[1:])
            source = found[1] if found else None
            acquire(row, where, progress=progress, source=source)
        folders[row.name] = folder
    return folders


def check(
    selected: Iterable[str] = (), data_dir: Path | str | None = None
) -> list[Finding]:
    """Hash every file of the corpora in every place, whatever is remembered.

    Args:
        selected: names of corpora; all when empty.
        data_dir: a further folder to look in.

    Returns:
        One finding a file and place; one ``missing`` a file that is nowhere.

    Raises:
        UnknownCorpusError: a name is not known.

    Example:
        >>> [found.state for found in check(["zoo"])]  # doctest: +SKIP
        ['right']
    """
    chosen = {row.name: row for name in (selected or names()) for row in rows(name)}
    where = places(data_dir)
    findings = []
    for row in chosen.values():
        for file in row.files:
            paths = dict.fromkeys(
                (place.folder / row.name / file.path).resolve() for place in where
            )
            here = [path for path in paths if path.is_file()]
            if not here:
                findings.append(Finding(row.name, file.path, None, "missing"))
            for path in here:
                try:
                    known = verify(row.name, file, path, fresh=True)
                except DataError as error:
                    findings.append(
                        Finding(row.name, file.path, path, "wrong", str(error))
                    )
                    continue
                detail = "" if known else f"SHA-256 {sha256_of(path)}"
                state = "right" if known else "unverified"
                findings.append(Finding(row.name, file.path, path, state, detail))
    return findings


def digest(name: str) -> str:
    """Digest of a corpus for the provenance of a result.

    SHA-256 over the lines ``<corpus>/<file> <sha256>`` of the sorted files. It follows
    from the registry alone, so it is the same on every machine; a file whose checksum
    the registry does not know enters with the digest recorded when it came.

    Args:
        name: corpus.

    Returns:
        64 hexadecimal digits.

    Example:
        >>> len(digest("fsdd"))
        64
    """
    lines = []
    for row in rows(name):
        for file in row.files:
            value = file.sha256
            if not file.verifiable:
                found = _find(row, places())
                path = found[1] / file.path if found else None
                value = read_receipt(path).get("sha256", value) if path else value
            lines.append(f"{row.name}/{file.path} {value}\n")
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def load(name: str, **options: Any) -> Any:
    """Load a corpus with the loader of its row.

    Args:
        name: corpus.
        **options: passed on to the loader.

    Returns:
        Whatever the loader returns; its docstring says what.

    Example:
        >>> load("zoo").shape  # doctest: +SKIP
        (101, 18)
    """
    module, _, function = corpus(name).loader.rpartition(".")
    return getattr(importlib.import_module(module), function)(**options)
