"""Thebe from its package: fetched once, its digest checked, then kept.

``npm`` fetches it from the registry that this machine is configured for; nothing
is installed, and no script of the package is run.
"""

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from support.course.project.errors import CourseError
from support.course.project.project import Project

__all__ = ["DIGEST", "PACKAGE", "thebe"]

PACKAGE = "thebe@0.9.3"
DIGEST = (
    "45bffb91586d95f7d7adade421eeceb88184edac2c9b6fdf196c70db50e235f9"
    "d62e751088397d016a9876c84fc193c6ff90f32e9b0944f8b1db1b423ed26641"
)
_WANTED = (".js", ".css", ".woff", ".woff2", ".ttf", ".svg", ".png")
_PATIENCE = 120


def thebe(project: Project, *, package: str = PACKAGE, digest: str = DIGEST) -> Path:
    """Give the folder of Thebe's files, fetching them where they are not there.

    Args:
        project: the files are kept in ``_build/vendor``.
        package: name and version.
        digest: SHA-512 of its archive, in hexadecimal.

    Returns:
        The folder that holds ``index.js``.

    Raises:
        CourseError: npm is not there or could not fetch, or the archive is not
            the one that was pinned; nothing is kept then.
    """
    vendor = project.build / "vendor"
    folder = vendor / f"{package.replace('@', '-')}-{digest[:12]}"
    if (folder / "index.js").is_file():
        return folder
    npm = shutil.which("npm")
    if npm is None:
        raise CourseError(
            "npm was not found; it is needed once, to fetch Thebe, which lets pages "
            "run code. Install Node.js, then run the same command again.",
            exit_code=1,
        )
    vendor.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=vendor) as space:
        archive = _fetched(npm, package, Path(space))
        found = hashlib.sha512(archive.read_bytes()).hexdigest()
        if found != digest:
            raise CourseError(
                f"{package}: the archive's SHA-512 begins with {found[:16]}, the "
                f"pinned one with {digest[:16]}; it was thrown away. Ask whoever "
                "runs your package registry why it differs.",
                exit_code=1,
            )
        files = Path(space) / "files"
        _unpack(archive, files)
        try:
            os.replace(files, folder)
        except OSError:
            if not (folder / "index.js").is_file():  # else another process was first
                raise
    return folder


def _fetched(npm: str, package: str, space: Path) -> Path:
    command = [npm, "pack", package, "--ignore-scripts", "--silent"]
    try:
        ran = subprocess.run(
            command,
            cwd=space,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        said = (ran.stderr.strip() or ran.stdout.strip()).splitlines()
        failed = ran.returncode != 0
    except subprocess.TimeoutExpired:
        said, failed = [f"no answer within {_PATIENCE} s"], True
    archives = sorted(space.glob("*.tgz"))
    if failed or len(archives) != 1:
        reason = said[-1] if said else "it gave no archive"
        raise CourseError(
            f"npm could not fetch {package}: {reason}. The network is needed this "
            "once; then run the same command again.",
            exit_code=1,
        )
    return archives[0]


def _unpack(archive: Path, target: Path) -> None:
    """Take the library's files, flat, and nothing else, out of the archive."""
    target.mkdir()
    with tarfile.open(archive, "r:gz") as packed:
        for member in packed:
            path = Path(member.name)
            inside = path.parts[:2] == ("package", "lib") and len(path.parts) == 3
            if not (member.isfile() and inside and path.suffix in _WANTED):
                continue
            content = packed.extractfile(member)
            if content is not None:
                (target / path.name).write_bytes(content.read())
