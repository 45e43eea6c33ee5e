"""Arrays out of npz files, without ever running what a damaged or foreign one holds."""

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from support.data.errors import ArchiveError

__all__ = ["load_arrays"]


def load_arrays(path: Path | str, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Read arrays from an npz file without pickle.

    Args:
        path: the file.
        names: arrays that must be in it; others are not read.

    Returns:
        Mapping of name to array.

    Raises:
        ArchiveError: the file is damaged, an array is missing, or one holds Python
            objects (which only pickle could read, so it is refused).

    Example:
        >>> load_arrays("mnist.npz", ["x_test"])["x_test"].shape  # doctest: +SKIP
        (10000, 28, 28)
    """
    names = list(names)
    with _opened(Path(path)) as stored:
        missing = [name for name in names if name not in stored.files]
        if missing:
            raise ArchiveError(
                f"{path} has no array {', '.join(missing)}; it holds "
                f"{', '.join(stored.files)}. Run `course data check`."
            )
        return {name: stored[name] for name in names}


@contextmanager
def _opened(path: Path) -> Iterator[np.lib.npyio.NpzFile]:
    try:
        # Opened here, because numpy leaves a damaged file open.
        with path.open("rb") as stream:
            stored = np.load(stream, allow_pickle=False)
            if not isinstance(stored, np.lib.npyio.NpzFile):
                raise ArchiveError(f"{path} is not an npz file.")
            with stored:
                yield stored
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ArchiveError(
            f"{path} is damaged or cut short ({error}); run `course data check`."
        ) from error
    except ValueError as error:
        raise ArchiveError(
            f"{path} is refused: {error} Arrays of Python objects need pickle, which "
            "can run code, so they are never read."
        ) from error
