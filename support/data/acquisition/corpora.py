"""Looking corpora up: names, rows, descriptions and licences; no file is touched."""

import difflib
import functools
from collections.abc import Mapping
from pathlib import Path

from support.data.acquisition.catalogue import Corpus, read_catalogue
from support.data.errors import UnknownCorpusError

__all__ = ["catalogue", "corpus", "describe", "licences", "names", "rows"]

_TABLE = Path(__file__).with_name("corpora.toml")


@functools.lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Corpus]:
    """All corpora: read-only mapping of name to row, in the order of the table.

    Example:
        >>> catalogue()["ravdess"].noncommercial
        'all'
    """
    return read_catalogue(_TABLE)


def names() -> tuple[str, ...]:
    """Names of all corpora.

    Example:
        >>> "mnist" in names()
        True
    """
    return tuple(catalogue())


def corpus(name: str) -> Corpus:
    """The row of one corpus.

    Args:
        name: a name of :func:`names`.

    Raises:
        UnknownCorpusError: there is none; the message suggests the nearest.

    Example:
        >>> corpus("fsdd").title
        'Free Spoken Digit Dataset'
    """
    row = catalogue().get(name)
    if row is not None:
        return row
    near = difflib.get_close_matches(str(name).lower(), names(), n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    if str(name) and Path(name).exists():  # somebody's own
        hint = f" A chapter reads it with: course run CHAPTER --dataset path:{name}."
    raise UnknownCorpusError(
        f"There is no corpus {str(name)!r}.{hint} Known: {', '.join(names())}."
    )


def rows(name: str) -> list[Corpus]:
    """The corpora with files that a name stands for."""
    row = corpus(name)
    return [corpus(part) for part in row.parts] if row.composite else [row]


def describe(name: str) -> str:
    """What a corpus is, as a few lines of plain text.

    Example:
        >>> print(describe("zoo").splitlines()[0])
        zoo: Zoo
    """
    row = corpus(name)
    lines = [f"{row.name}: {row.title}", f"  {row.content}"]
    if row.composite:
        lines.append(f"  parts: {', '.join(row.parts)}")
    lines += [
        f"  licence: {row.licence}"
        + (
            ""
            if row.noncommercial == "no"
            else f"; non-commercial: {row.noncommercial}"
        )
        + ("" if row.share_alike == "no" else f"; share-alike: {row.share_alike}"),
        f"  home: {row.home}",
        f"  cite: {row.citation}",
        f"  note: {row.note}",
        f"  load: {row.loader}",
    ]
    return "\n".join(lines)


def licences() -> list[dict[str, str]]:
    """The terms of every corpus that has files, as rows of a table.

    Returns:
        Dictionaries with the keys corpus, licence, address, noncommercial,
        share_alike, redistribute ("yes" or "no"), note and citation.

    Example:
        >>> licences()[0]["corpus"]
        'mnist'
    """
    return [
        {
            "corpus": row.name,
            "licence": row.licence,
            "address": row.licence_address,
            "noncommercial": row.noncommercial,
            "share_alike": row.share_alike,
            "redistribute": "yes" if row.redistribute else "no",
            "note": row.note,
            "citation": row.citation,
        }
        for row in catalogue().values()
        if not row.composite
    ]
