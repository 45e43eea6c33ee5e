"""Fixtures shared by every test."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("MPLBACKEND", "Agg")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The checkout under test."""
    return ROOT


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; where there is none, a test skips, visibly."""
    from support.course.seminar.printing import find_chromium

    found = find_chromium()
    if found is None:
        pytest.skip("no Chromium on the path, and COURSE_CHROMIUM is not set")
    return found


def _devices() -> list[str]:
    import torch

    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that asks for a ``device`` on each device that is there."""
    if "device" in metafunc.fixturenames:
        metafunc.parametrize("device", _devices())
