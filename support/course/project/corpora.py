"""What the runner asks of the data registry: is it here, and which bytes is it?"""

import sys
from collections.abc import Iterable

from support.course.project.own_data import is_own, own_digest
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
    for name in sorted(name for name in set(names) if _registered(name)):
        registry.fetch(name, progress=sys.stderr.isatty())


def corpus_digest(name: str) -> str:
    """Return the checksum of a corpus's recorded files, for the staleness key.

    Args:
        name: a data set; ``embedded`` is made by code and needs no checksum; files
            of a reader's are read.

    Returns:
        A text that changes when the corpus's files do.

    Raises:
        DataError: there is no such corpus.
    """
    if is_own(name):
        return own_digest(name)
    return str(registry.digest(name)) if _registered(name) else name


def loader_of(name: str) -> str:
    """Return the dotted name of a corpus's loader, which no import statement shows.

    Args:
        name: a data set.

    Returns:
        Such as ``support.data.images.load_mnist``; empty for ``embedded`` and for a
        reader's own.

    Raises:
        DataError: there is no such corpus.
    """
    return str(registry.corpus(name).loader) if _registered(name) else ""


def _registered(name: str) -> bool:
    """Neither made by code nor a reader's own."""
    return name != "embedded" and not is_own(name)
