"""Where executions are kept, and how they are written so that nothing is half done.

``_build/executed/<slug>/<stem>.ipynb`` is the execution with the book's parameters,
``_build/runs/<slug>/<stem>-<digest of the parameters>.ipynb`` one with others.
Beside each lies a ``.json`` that says how it ended.  Every file is written under a
temporary name in its own folder and then renamed, and the status names the digest
of its notebook: a pair that does not match is not used.
"""

import contextlib
import dataclasses
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.course.project.errors import CourseError
from support.course.project.files import digest, write_atomic
from support.course.project.project import Project

__all__ = ["Place", "Status", "Store"]

_FORGOTTEN_AFTER_S = 3600


@dataclass(frozen=True)
class Place:
    """The two files of one execution."""

    notebook: Path

    @property
    def status(self) -> Path:
        """The file that says how the execution ended."""
        return self.notebook.with_suffix(".json")


@dataclass
class Status:
    """How an execution ended, on what it depended, and what it cost.

    Attributes:
        state: ``done``, ``failed`` or ``timed out``.
        reason: why; empty for ``done``.
        key: digest of ``parts``.
        notebook_sha256: of the executed notebook that belongs to this status.
        parts: everything the execution depends on, by name.
        cell_s: seconds of each code cell, in the notebook's order.
        failures: the reader's method where it did not finish, and why.
    """

    state: str
    reason: str = ""
    key: str = ""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_rss_bytes: int = 0
    peak_gpu_bytes: int | None = None
    device: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    profile: str = "quick"
    finished: str = ""
    notebook_sha256: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    cell_s: list[float] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


class Store:
    """The executions of one project.

    Args:
        project: whose ``_build`` holds them.
    """

    def __init__(self, project: Project) -> None:
        self.build = project.build

    def place(
        self, slug: str, stem: str, changed: Mapping[str, Any] | None = None
    ) -> Place:
        """Say where an execution is kept.

        Args:
            slug: the chapter.
            stem: ``lesson`` or ``exercises``.
            changed: parameters that differ from the notebook's own; none for the
                execution that the book shows.
        """
        if not changed:
            return Place(self.build / "executed" / slug / f"{stem}.ipynb")
        name = digest(json.dumps(dict(changed), sort_keys=True))[:12]
        return Place(self.build / "runs" / slug / f"{stem}-{name}.ipynb")

    def prepare(self) -> None:
        """Make sure that results can be kept, before anything is computed.

        Raises:
            CourseError: ``_build`` cannot be written.
        """
        try:
            self.build.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.build) as probe:
                probe.write(b"course")
                probe.flush()
        except OSError as error:
            raise CourseError(
                f"{self.build} cannot be written: {error.strerror or error}. Nothing "
                "was executed. Make the folder writable or make room on the disk."
            ) from error
        for left in self.build.glob("*/*/.*.tmp"):
            with contextlib.suppress(OSError):
                if time.time() - left.stat().st_mtime > _FORGOTTEN_AFTER_S:
                    left.unlink()

    def read(self, place: Place) -> tuple[Status | None, str]:
        """Read how an execution ended.

        Returns:
            The status, or None with a note that says why there is no usable one.
        """
        try:
            content = json.loads(place.status.read_text(encoding="utf-8"))
            known = {entry.name for entry in dataclasses.fields(Status)}
            status = Status(**{k: v for k, v in content.items() if k in known})
        except FileNotFoundError:
            return None, "never executed"
        except (OSError, ValueError, TypeError, AttributeError):
            return None, "its status file is damaged"
        if status.state == "done":
            try:
                found = digest(place.notebook.read_bytes())
            except OSError:
                return None, "its executed notebook is gone"
            if found != status.notebook_sha256:
                return None, "its executed notebook is not the one that was stored"
        return status, ""

    def write(self, place: Place, status: Status, notebook: str) -> None:
        """Keep an execution: the notebook first, then the status that vouches for it.

        Raises:
            CourseError: it cannot be written.
        """
        if notebook:
            write_atomic(place.notebook, notebook)
            status.notebook_sha256 = digest(notebook)
        text = json.dumps(dataclasses.asdict(status), indent=1, ensure_ascii=False)
        write_atomic(place.status, text + "\n")

    def expected_s(self, slug: str, stem: str, profile: str) -> float | None:
        """Return the last measured wall time of this notebook in this profile."""
        folders = [self.build / kind / slug for kind in ("executed", "runs")]
        found: list[tuple[str, float]] = []
        for folder in folders:
            for path in folder.glob(f"{stem}*.json"):
                with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                    content = json.loads(path.read_text(encoding="utf-8"))
                    if content["state"] == "done" and content["profile"] == profile:
                        found.append((content["finished"], float(content["wall_s"])))
        return max(found)[1] if found else None

    def cell_times(self, slug: str, stem: str) -> dict[str, float]:
        """Read how long each cell took when the book was last executed here.

        Args:
            slug: the chapter.
            stem: ``lesson`` or ``exercises``.

        Returns:
            Seconds by the text of the cell, by which a page knows its cells;
            nothing where no execution has measured them.
        """
        place = self.place(slug, stem)
        status, _ = self.read(place)
        if status is None or status.state != "done":
            return {}
        cells = json.loads(place.notebook.read_text("utf-8"))["cells"]
        sources = [
            "".join(cell["source"]).strip()
            for cell in cells
            if cell["cell_type"] == "code"
        ]
        if len(sources) != len(status.cell_s):  # executed by an older version
            return {}
        return dict(zip(sources, status.cell_s, strict=True))

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock between processes while a shared file is merged.

        Args:
            name: of the lock, such as a chapter's slug.
        """
        folder = self.build / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / f"{name}.lock", "w") as file:
            with contextlib.suppress(ImportError):
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
            yield
