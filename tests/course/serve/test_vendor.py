"""Thebe is fetched once, and is the one that was pinned."""

import hashlib
import os
import shutil
import stat
import tarfile
from pathlib import Path

import pytest

from support.course.project.errors import CourseError
from support.course.project.project import Project as CourseProject
from support.course.serve import vendor


def _npm(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put an npm of our own first on the path."""
    path = folder / "npm"
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_a_missing_npm_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(CourseError, match=r"npm was not found.*Install Node\.js"):
        vendor.thebe(CourseProject.at(tmp_path))


def test_what_npm_said_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _npm(tmp_path, "echo 'no such host' >&2; exit 1", monkeypatch)
    with pytest.raises(CourseError, match=r"could not fetch .*: no such host"):
        vendor.thebe(CourseProject.at(tmp_path))
    assert list((tmp_path / "_build" / "vendor").iterdir()) == []


def test_the_archive_must_be_the_pinned_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "made.tgz"
    content = tmp_path / "content"
    content.write_text("// script", "utf-8")
    with tarfile.open(archive, "w:gz") as packed:
        for name in (
            "package/lib/index.js",
            "package/lib/index.js.map",
            "package/package.json",
            "package/lib/../../escaped.js",
        ):
            packed.add(content, arcname=name)
    _npm(tmp_path, f"cp '{archive}' ./thebe.tgz", monkeypatch)
    with pytest.raises(CourseError, match=r"SHA-512 begins with .* thrown away"):
        vendor.thebe(CourseProject.at(tmp_path))
    assert list((tmp_path / "_build" / "vendor").iterdir()) == []
    digest = hashlib.sha512(archive.read_bytes()).hexdigest()
    folder = vendor.thebe(CourseProject.at(tmp_path), digest=digest)
    assert [path.name for path in folder.iterdir()] == ["index.js"]
    assert not list(tmp_path.rglob("escaped.js"))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert vendor.thebe(CourseProject.at(tmp_path), digest=digest) == folder, (
        "fetched once"
    )
