"""What the runner asks of the data registry: is it here, and which bytes is it?"""

import sys
from collections.abc import Iterable

from support.data.acquisition import registry
from support.data.errors import DataError

__all__ = ["bring", "corpus_digest", "loader_of", "unavailable"]


def unavailable(name: str) -> str:
    """Say why a corpus cannot be used on this machine.

    Args:
        name: a data set as a chapter declares it.

    Returns:
        The reason and what to do; the empty string where it can be used, because
        it is here or because an address to download it from is known.
    """
    try:
        state = registry.available(name)
    except DataError as error:
        return str(error)
    if state in ("local", "downloadable"):
        return ""
    return (
        "it is neither on this machine nor can it be downloaded from here. Put it "
        "into a folder named by COURSE_DATA, or see 'course data list'."
    )


def bring(names: Iterable[str]) -> None:
    """Have the files of corpora here before a kernel starts that would fetch them.

    Raises:
        DataError: one is not here and cannot be downloaded, or is another file.
    """
    for name in sorted(set(names) - {"embedded"}):
        registry.fetch(name, progress=sys.stderr.isatty())


def corpus_digest(name: str) -> str:
    """Return the checksum of a corpus's recorded files, for the staleness key.

    Args:
        name: a data set; ``embedded`` is made by code and needs no checksum.

    Returns:
        A text that changes when the corpus's files do.

    Raises:
        DataError: there is no such corpus.
    """
    return "embedded" if name == "embedded" else str(registry.digest(name))


def loader_of(name: str) -> str:
    """Return the dotted name of a corpus's loader, which no import statement shows.

    Args:
        name: a data set.

    Returns:
        Such as ``support.data.images.load_mnist``; empty for ``embedded``.

    Raises:
        DataError: there is no such corpus.
    """
    return "" if name == "embedded" else str(registry.corpus(name).loader)
