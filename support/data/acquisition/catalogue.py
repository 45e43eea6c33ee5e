"""The rows of the corpus table: dataclasses, and the reading of ``corpora.toml``.

The table is data, so it lives in a file that a reader can open; this module turns it
into frozen objects and refuses a row that is incomplete.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

__all__ = ["UNKNOWN", "Corpus", "CorpusFile", "read_catalogue"]

#: Written in the table in place of a checksum that nobody could verify.
UNKNOWN = "unknown"

_SHARES = ("no", "some files", "all")
_KINDS = ("images", "audio", "table")
_ROW = {
    "title", "kind", "content", "home", "official", "licence", "licence_address",
    "noncommercial", "share_alike", "redistribute", "citation", "loader", "note",
    "mirrors", "files", "parts",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file of a corpus.

    Args:
        path: name inside the corpus's folder.
        bytes: size; 0 where it is not known.
        sha256: lower-case hexadecimal digest, or ``"unknown"``.
        origin: address of the same bytes at the source; empty where there is none.
    """

    path: str
    bytes: int
    sha256: str
    origin: str = ""

    @property
    def verifiable(self) -> bool:
        """Whether the registry knows what the file must be."""
        return self.sha256 != UNKNOWN


@dataclass(frozen=True, slots=True)
class Corpus:
    """One row of the registry; the fields are explained in ``corpora.toml``."""

    name: str
    title: str
    kind: str
    content: str
    loader: str
    home: str = ""
    official: str = ""
    licence: str = ""
    licence_address: str = ""
    noncommercial: str = "no"
    share_alike: str = "no"
    redistribute: bool = False
    citation: str = ""
    note: str = ""
    mirrors: tuple[str, ...] = ()
    files: tuple[CorpusFile, ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def composite(self) -> bool:
        """Whether the row is a view of other corpora, without files of its own."""
        return bool(self.parts)

    @property
    def bytes(self) -> int:
        """Size of the files in bytes, as far as it is known."""
        return sum(file.bytes for file in self.files)


def _file(name: str, row: Mapping[str, Any]) -> CorpusFile:
    file = CorpusFile(**row)
    parts = Path(file.path).parts
    if Path(file.path).is_absolute() or ".." in parts or not parts:
        raise ValueError(f"corpora.toml, {name}: file path {file.path!r} leaves it.")
    digits = set("0123456789abcdef")
    if file.verifiable and (len(file.sha256) != 64 or not set(file.sha256) <= digits):
        raise ValueError(
            f"corpora.toml, {name}/{file.path}: sha256 must be 64 lower-case "
            f"hexadecimal digits or {UNKNOWN!r}, got {file.sha256!r}."
        )
    return file


def _composite(
    name: str, row: dict[str, Any], rows: Mapping[str, Any]
) -> dict[str, Any]:
    """Fill what a view inherits: the strictest terms of its parts."""
    missing = [part for part in row["parts"] if part not in rows]
    if missing:
        raise ValueError(f"corpora.toml, {name}: unknown parts {missing}.")
    parts = [rows[part] for part in row["parts"]]
    listed = ", ".join(row["parts"])

    def share(field: str) -> str:
        values = {part.get(field, "no") for part in parts}
        return values.pop() if len(values) == 1 else "some files"

    return {
        "home": parts[0]["home"],
        "official": parts[0].get("official", ""),
        "licence": f"that of its parts ({listed})",
        "noncommercial": share("noncommercial"),
        "share_alike": share("share_alike"),
        "redistribute": all(part.get("redistribute") for part in parts),
        "citation": f"That of its parts ({listed}).",
        **row,
    }


def read_catalogue(path: Path) -> Mapping[str, Corpus]:
    """Read the table of corpora.

    Args:
        path: a TOML file with one table a corpus.

    Returns:
        Read-only mapping of name to row, in the order of the file.

    Raises:
        ValueError: a row is incomplete or contradicts itself.

    Example:
        >>> from support.data.acquisition.registry import catalogue
        >>> catalogue()["fsdd"].licence
        'CC BY-SA 4.0'
    """
    rows = tomllib.loads(path.read_text(encoding="utf-8"))
    corpora: dict[str, Corpus] = {}
    for name, row in rows.items():
        strange = sorted(set(row) - _ROW)
        if strange:
            raise ValueError(f"corpora.toml, {name}: unknown fields {strange}.")
        if bool(row.get("files")) == bool(row.get("parts")):
            raise ValueError(f"corpora.toml, {name}: needs either files or parts.")
        full = _composite(name, row, rows) if row.get("parts") else dict(row)
        full["files"] = tuple(_file(name, file) for file in row.get("files", ()))
        full["parts"] = tuple(row.get("parts", ()))
        full["mirrors"] = tuple(row.get("mirrors", ()))
        corpus = Corpus(name=name, **full)
        for field in ("home", "licence", "citation", "loader", "content"):
            if not getattr(corpus, field):
                raise ValueError(f"corpora.toml, {name}: {field} is empty.")
        for field in ("noncommercial", "share_alike"):
            if getattr(corpus, field) not in _SHARES:
                raise ValueError(f"corpora.toml, {name}: {field} must be in {_SHARES}.")
        if corpus.kind not in _KINDS:
            raise ValueError(f"corpora.toml, {name}: kind must be in {_KINDS}.")
        corpora[name] = corpus
    return MappingProxyType(corpora)
