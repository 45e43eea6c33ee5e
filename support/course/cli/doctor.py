"""What this machine has, and what is missing for a course on it."""

import importlib
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Literal

import psutil

from support.course.kernel.executors import cores, default_jobs
from support.course.project.errors import CourseError
from support.course.project.project import Project
from support.course.project.words import memory
from support.course.run.store import Store
from support.course.seminar.printing import find_chromium
from support.data.acquisition import registry
from support.data.errors import DataError

__all__ = ["Finding", "examine", "findings", "pins"]

_MEMORY_WANTED = 2 * 1024**3
_DISK_WANTED = 1024**3
_OURS = "legible-representations"


@dataclass(frozen=True)
class Finding:
    """One line of the examination.

    Attributes:
        state: ``ok``; ``note`` for what some commands lack; ``FAULT`` for what
            keeps the course from working.
        text: what was found, and what to do about it.
    """

    state: Literal["ok", "note", "FAULT"]
    text: str


def examine(project: Project, say: Callable[[str], Any]) -> int:
    """Print all findings.

    Args:
        project: what it is to run.
        say: called with each line.

    Returns:
        How many faults there are.
    """
    found = findings(project)
    for finding in found:
        say(f"{finding.state:5} {finding.text}")
    return sum(finding.state == "FAULT" for finding in found)


def findings(project: Project) -> list[Finding]:
    """Look at everything, in the order in which it matters.

    Args:
        project: what the machine is to run.
    """
    return [
        _python(project),
        *_versions(project),
        *_name(),
        _torch(),
        _memory(),
        _disk(project),
        _build(project),
        _data(),
        _browser(),
        _node(),
    ]


def pins(text: str) -> dict[str, str]:
    """Read the pins of a constraints file.

    >>> pins("# a comment\\nnumpy==2.4.6\\n")
    {'numpy': '2.4.6'}
    """
    found = {}
    for line in text.splitlines():
        name, equals, version = line.partition("#")[0].partition("==")
        if equals:
            found[name.strip()] = version.partition(";")[0].strip()
    return found


def _python(project: Project) -> Finding:
    version = platform.python_version()
    path = project.root / "pyproject.toml"
    wanted = ">=3.11"
    if path.is_file():
        stated = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
        wanted = str(stated.get("requires-python", wanted))
    low = re.search(r">=\s*(\d+)\.(\d+)", wanted)
    high = re.search(r"<\s*(\d+)\.(\d+)", wanted)
    now = sys.version_info[:2]
    fits = (not low or now >= tuple(map(int, low.groups()))) and (
        not high or now < tuple(map(int, high.groups()))
    )
    text = f"Python {version} at {sys.executable}"
    if fits:
        return Finding("ok", text)
    return Finding("FAULT", f"{text}; the course needs {wanted}")


def _versions(project: Project) -> list[Finding]:
    path = project.root / "constraints.txt"
    if not path.is_file():
        return [Finding("note", "no constraints.txt: versions are not compared")]
    differing, missing, right = [], [], 0
    for name, wanted in pins(path.read_text(encoding="utf-8")).items():
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
            continue
        # torch's own suffix, such as +cpu, names the build and not the version
        if found.partition("+")[0] == wanted.partition("+")[0]:
            right += 1
        else:
            differing.append(f"{name} {found} (pinned {wanted})")
    result = [Finding("ok", f"{right} packages at their pinned versions")]
    if differing:
        text = f"other versions than pinned: {', '.join(differing)}"
        result.append(Finding("note", text))
    if missing:
        some = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
        text = f"pinned but not installed: {len(missing)} ({some})"
        result.append(Finding("note", text))
    return result


def _name() -> list[Finding]:
    """Packages that bring a ``support`` of their own, and so overwrite ours."""
    others = set(metadata.packages_distributions().get("support", [])) - {_OURS}
    return [
        Finding(
            "FAULT",
            f"{name} is installed and brings a package 'support' too; one hides the "
            f"other. Uninstall it: pip uninstall {name}, then install {_OURS} again",
        )
        for name in sorted(others)
    ]


def _torch() -> Finding:
    try:
        torch = importlib.import_module("torch")
    except ImportError as error:
        return Finding("FAULT", f"torch does not import: {error}")
    text = f"torch {torch.__version__}"
    if torch.cuda.is_available():
        names = [
            torch.cuda.get_device_name(place)
            for place in range(torch.cuda.device_count())
        ]
        return Finding("ok", f"{text}, CUDA devices: {', '.join(names)}")
    return Finding("ok", f"{text}, no CUDA device: 'auto' means cpu")


def _memory() -> Finding:
    free = psutil.virtual_memory().available
    text = (
        f"{cores()} cores, {memory(free)} of memory free: "
        f"{default_jobs()} notebooks at once"
    )
    if free >= _MEMORY_WANTED:
        return Finding("ok", text)
    return Finding("FAULT", f"{text}; a lesson may need 2 GB, close other programs")


def _disk(project: Project) -> Finding:
    free = shutil.disk_usage(project.root).free
    if free >= _DISK_WANTED:
        return Finding("ok", f"{memory(free)} free on the disk of {project.root}")
    return Finding(
        "FAULT", f"only {memory(free)} free on the disk of {project.root}; need 1 GB"
    )


def _build(project: Project) -> Finding:
    try:
        Store(project).prepare()
    except CourseError as error:
        return Finding("FAULT", str(error))
    return Finding("ok", f"{project.build} can be written")


def _data() -> Finding:
    try:
        folders = [str(place.folder) for place in registry.places()]
        here = [n for n in registry.names() if registry.available(n) == "local"]
    except DataError as error:
        return Finding("note", f"public corpora cannot be looked up: {error}")
    text = f"{len(here)} of {len(registry.names())} public corpora are here"
    where = f"looked in {', '.join(folders)}"
    return Finding("ok" if here else "note", f"{text} ({where})")


def _browser() -> Finding:
    path = find_chromium()
    if path is None:
        return Finding("note", "no Chromium: no handout.pdf, and no browser tests")
    return Finding("ok", f"{_first_line([path, '--version']) or 'Chromium'}: {path}")


def _node() -> Finding:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return Finding("ok", f"node {_first_line([node, '--version'])}, npm is there")
    return Finding("note", "no node and npm: the book's accessibility test is skipped")


def _first_line(command: list[str]) -> str:
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return (answer.stdout.strip().splitlines() or [""])[0]
