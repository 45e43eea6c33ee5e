"""Errors of the data layer: what happened, what was expected, what to do.

Every message is one readable sentence or two, so that the command line can print it
as it stands and a notebook shows it without a reader having to know the package.
"""

__all__ = [
    "ArchiveError",
    "ChecksumError",
    "DataError",
    "DownloadError",
    "MissingDataError",
    "UnknownCorpusError",
    "UnverifiedDataWarning",
]


class DataError(Exception):
    """Something about a corpus is wrong; the message says what to do."""


class UnknownCorpusError(DataError, LookupError):
    """No corpus of this name is registered."""


class MissingDataError(DataError, FileNotFoundError):
    """The corpus is not here, and it was not (or could not be) downloaded."""

    # FileNotFoundError would print its errno form; keep the plain sentence.
    __str__ = Exception.__str__


class ChecksumError(DataError):
    """A file is not the file that the registry describes."""


class DownloadError(DataError):
    """No address delivered the file."""


class ArchiveError(DataError):
    """An archive is damaged, or would write where it must not."""


class UnverifiedDataWarning(UserWarning):
    """A file arrived whose checksum nobody has recorded yet."""
