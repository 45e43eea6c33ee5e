"""What the runner asks of the data registry: is it here, and which bytes is it?"""

import importlib
from typing import Any

__all__ = ["corpus_digest", "loader_of", "unavailable"]


def unavailable(name: str) -> str:
    """Say why a corpus cannot be used on this machine.

    Args:
        name: a data set as a chapter declares it.

    Returns:
        The reason and what to do; the empty string where it can be used, because
        it is here or because an address to download it from is known.
    """
    registry = _registry()
    if registry is None:
        return "the data registry (support.data.registry) cannot be imported."
    try:
        state = registry.available(name)
    except Exception as error:
        return str(error)
    if state in (True, "local", "downloadable"):
        return ""
    return (
        "it is neither on this machine nor can it be downloaded from here. Put it "
        "into a folder named by COURSE_DATA, or see 'course data list'."
    )


def corpus_digest(name: str) -> str:
    """Return the checksum of a corpus's recorded files, for the staleness key.

    Args:
        name: a data set; ``embedded`` is made by code and needs no checksum.

    Returns:
        A text that changes when the corpus's files do.
    """
    if name == "embedded":
        return "embedded"
    registry = _registry()
    return "unknown" if registry is None else str(registry.digest(name))


def loader_of(name: str) -> str:
    """Return the dotted name of a corpus's loader, which no import statement shows.

    Args:
        name: a data set.

    Returns:
        Such as ``support.data.images.load_mnist``; empty for ``embedded``.
    """
    registry = _registry()
    if name == "embedded" or registry is None:
        return ""
    return str(registry.corpus(name).loader)


def _registry() -> Any:
    try:
        return importlib.import_module("support.data.registry")
    except ImportError:
        return None
