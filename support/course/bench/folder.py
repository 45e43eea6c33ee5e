"""The folder of a benchmark: one JSON file a run, whole or not there.

``runs/<key>.json`` holds how a run ended and, where it did well, its record, the
same as in a chapter's ``results.json``.  The key is a digest of the configuration.
Each file carries a digest of its own content; one that does not match is damaged:
it is reported, never counted, and repaired by running it again.
``notebooks/<key>.ipynb`` is what a run that failed left, as far as it got.
"""

import contextlib
import dataclasses
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.course.bench.sharing import Sharing
from support.course.project.errors import CourseError
from support.course.project.files import digest, write_atomic

__all__ = ["Configuration", "DamagedRecordError", "Entry", "Folder", "rendered"]

_SCHEMA = 1
#: Stands in the place of a file's digest while that is computed.
_NO_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True)
class Configuration:
    """What tells one run of a benchmark from another.

    Attributes:
        own: the lesson's own parameters where they were given, as JSON.
    """

    chapter: str
    profile: str
    dataset: str
    method: str
    seed: int
    device: str
    own: str = ""

    @property
    def key(self) -> str:
        """Twenty hexadecimal digits, the same on every machine."""
        values = {name: getattr(self, name) for name in self.__slots__}
        if not self.own:  # as it was before there were any
            del values["own"]
        return digest(json.dumps(values, sort_keys=True))[:20]


@dataclass(frozen=True)
class Entry:
    """How one run ended.

    Attributes:
        configuration: of the run.
        state: ``done``, ``failed`` or ``timed out``.
        reason: why; of a run that is done: which cell failed after it had measured.
        code_digest: of the code that ran.
        data_digest: of the data.
        wall_s: seconds, kernel start included, by a clock that cannot jump.
        peak_rss_bytes: largest resident memory.
        finished: when, for people; nothing is ordered by it.
        record: as in ``results.json``; None unless ``done``.
        stamp: digest of the file it was read from; tells whether it was replaced.
    """

    configuration: Configuration
    state: str
    reason: str = ""
    code_digest: str = ""
    data_digest: str = ""
    wall_s: float = 0.0
    peak_rss_bytes: int = 0
    finished: str = ""
    record: dict[str, Any] | None = field(default=None, repr=False)
    stamp: str = ""

    @property
    def failures(self) -> dict[str, str]:
        """The reader's methods that did not finish in this run, and why."""
        return dict((self.record or {}).get("failures", {}))


class DamagedRecordError(Exception):
    """A record that cannot be trusted; its text says why."""


class Folder:
    """The records of one benchmark.

    Args:
        path: of the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._runs = path / "runs"
        self.sharing = Sharing(path / "taken")

    def prepare(self) -> None:
        """Make sure that records can be kept, and clear away what a crash left.

        Raises:
            CourseError: the folder cannot be written.
        """
        try:
            self._runs.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._runs) as probe:
                probe.write(b"course")
                probe.flush()
        except OSError as error:
            raise CourseError(
                f"{self.path} cannot be written: {error.strerror or error}. "
                "Nothing was executed. Name another folder, or make room."
            ) from error
        for left in self._runs.glob(".*.tmp"):  # .<key>.json.<random>.tmp
            if self.sharing.is_free(left.name.split(".")[1]):
                with contextlib.suppress(OSError):
                    left.unlink()

    def require(self) -> None:
        """Refuse a folder that is no benchmark's.

        Raises:
            CourseError: there are no records in it.
        """
        if not self._runs.is_dir():
            raise CourseError(
                f"{self.path} holds no benchmark: there is no folder 'runs' in it. "
                "Name the folder that 'course bench --out' was given."
            )

    def notebook(self, key: str) -> Path:
        """Return where a run that failed keeps its notebook."""
        return self.path / "notebooks" / f"{key}.ipynb"

    def read(self, key: str) -> Entry | None:
        """Read how a run ended.

        Returns:
            None where it was never run.

        Raises:
            DamagedRecordError: the file is there and cannot be trusted.
        """
        try:
            content = (self._runs / f"{key}.json").read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DamagedRecordError(error.strerror or str(error)) from error
        return _parse(content, key)

    def write(self, entry: Entry, notebook: str = "") -> None:
        """Keep how a run ended; atomic, and durable when it returns.

        Args:
            entry: replaces an earlier one of the same configuration.
            notebook: as far as it got, of a run that failed.

        Raises:
            CourseError: it cannot be written; the earlier one is still there.
        """
        key = entry.configuration.key
        if notebook:
            write_atomic(self.notebook(key), notebook)
        write_atomic(self._runs / f"{key}.json", rendered(entry))
        if not notebook:
            self.notebook(key).unlink(missing_ok=True)

    def entries(
        self, keys: Iterable[str] | None = None
    ) -> Iterator[tuple[str, Entry | str]]:
        """Read records, in the order of their keys.

        Args:
            keys: of those that are wanted; all by default.

        Yields:
            The key, and the entry, or why the file is damaged.
        """
        if keys is None:
            keys = (path.stem for path in self._runs.glob("*.json"))
        for key in sorted(keys):
            try:
                entry = self.read(key)
            except DamagedRecordError as error:
                yield key, str(error)
            else:
                if entry is not None:
                    yield key, entry


def rendered(entry: Entry) -> str:
    """Write an entry as the text of its file, with the digest of that text in it."""
    content = {"schema": _SCHEMA, **dataclasses.asdict(entry), "sha256": _NO_DIGEST}
    del content["stamp"]
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    before, after = text.rsplit(_NO_DIGEST, 1)
    return before + digest(text) + after


def _parse(content: bytes, key: str) -> Entry:
    try:
        found = json.loads(content)
        stamp = found.pop("sha256")
        before, after = content.rsplit(stamp.encode(), 1)
        if stamp != digest(before + _NO_DIGEST.encode() + after):
            raise DamagedRecordError("its content does not match its checksum")
        if found.pop("schema") != _SCHEMA:
            raise DamagedRecordError("it was written by another version")
        configuration = Configuration(**found.pop("configuration"))
        entry = Entry(configuration, **found, stamp=stamp)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedRecordError(f"it is no record ({type(error).__name__})") from error
    if configuration.key != key:
        raise DamagedRecordError("its configuration does not belong to its name")
    return entry
