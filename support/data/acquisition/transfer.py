"""One download: an address in, a complete file out, or an error and nothing at all.

:mod:`pooch` moves the bytes; what is added here is a limit on their number, a bar,
and one kind of error for everything a network can do.
"""

import os
from pathlib import Path
from typing import Any

from support.data.errors import DownloadError

__all__ = ["download"]

#: Seconds without an answer after which an address counts as dead.
TIMEOUT = 30
_CHUNK = 1 << 16


class _Meter:
    """What pooch reports progress to; it also stops a delivery that is too long."""

    def __init__(self, target: Path, limit: int, progress: bool, label: str) -> None:
        self._target = target
        self._limit = limit
        self._progress = progress
        self._label = label
        self._bar: Any = None
        self._seen = 0
        self.total = 0  # set by pooch once the server has answered

    def _open(self) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            total=self.total or None,
            desc=self._label,
            unit="B",
            unit_scale=True,
            ncols=79,
            disable=not self._progress,
        )

    def update(self, _count: int) -> None:
        # pooch reports the size of its buffer, not of what came: ask the file.
        size = self._target.stat().st_size
        if self._limit and size > self._limit:
            raise DownloadError(
                f"more than the expected {self._limit:,} bytes were sent"
            )
        if self._bar is None:
            self._open()
        self._bar.update(size - self._seen)
        self._seen = size

    def reset(self) -> None:
        """Pooch resets the bar to fill it; ours shows what came, so it stays."""

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def download(
    address: str,
    target: Path,
    *,
    expected_bytes: int = 0,
    limit_bytes: int = 0,
    progress: bool = True,
    label: str = "",
) -> Path:
    """Download one file.

    Args:
        address: ``http://`` or ``https://`` address.
        target: file to write; it is removed again when anything goes wrong.
        expected_bytes: exact size, 0 where unknown.
        limit_bytes: the most that is accepted, 0 for no limit; ``expected_bytes``
            implies it.
        progress: show a bar on stderr.
        label: text before the bar; the file's name by default.

    Returns:
        ``target``.

    Raises:
        DownloadError: no connection, an HTTP error, or a delivery cut short.
        OSError: the file cannot be written, for instance because the disk is full.

    Example:
        >>> from pathlib import Path
        >>> download("https://example.org/a.npz", Path("a.npz"))  # doctest: +SKIP
    """
    if not address.startswith(("http://", "https://")):
        raise DownloadError(f"{address!r} is not an http:// or https:// address")
    # pooch and requests take a tenth of a second: only a download pays for them.
    import pooch
    import requests

    limit = limit_bytes or expected_bytes
    # pooch leaves the connection open when a delivery fails: close it ourselves.
    responses: list[requests.Response] = []

    def remember(response: requests.Response, **_options: Any) -> None:
        responses.append(response)

    try:
        meter = _Meter(target, limit, progress, label or target.name)
        try:
            pooch.HTTPDownloader(
                progressbar=meter,
                chunk_size=_CHUNK,
                timeout=TIMEOUT,
                headers={"Accept-Encoding": "identity"},
                hooks={"response": remember},
            )(address, os.fspath(target), None)
        finally:
            meter.close()
            for response in responses:
                response.close()
        size = target.stat().st_size
        if expected_bytes and size != expected_bytes:
            raise DownloadError(
                f"{address}: cut short, {size:,} of {expected_bytes:,} bytes came"
            )
    except requests.HTTPError as error:
        target.unlink(missing_ok=True)
        answer = error.response
        status = "an error" if answer is None else answer.status_code
        raise DownloadError(f"{address}: the server answered {status}") from error
    except requests.RequestException as error:
        target.unlink(missing_ok=True)
        reason = _reason(error)
        raise DownloadError(f"{address}: {reason}") from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target


def _reason(error: Exception) -> str:
    """A network failure in few words; requests' own texts name its internals."""
    import requests

    if isinstance(error, requests.Timeout):
        return f"no answer within {TIMEOUT} s"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off before the end of the file"
    if isinstance(error, requests.ConnectionError):
        if "IncompleteRead" in str(error) or "broken" in str(error).lower():
            return "the connection broke off before the end of the file"
        return "no connection (offline, or the address is wrong)"
    return f"the request failed ({type(error).__name__})"
