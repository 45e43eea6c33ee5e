"""What a check of an exercise says of an answer, for the tests of all chapters."""

from collections.abc import Callable
from typing import Any

import pytest

__all__ = ["assert_passes", "assert_refused"]

Captured = pytest.CaptureFixture[str]


def assert_passes(check: Callable[..., bool], *given: Any, capsys: Captured) -> None:
    assert check(*given)
    assert "✓ passed" in capsys.readouterr().out


def assert_refused(check: Callable[..., bool], *given: Any, capsys: Captured) -> None:
    assert not check(*given)
    words = capsys.readouterr().out
    assert "✗ not yet" in words
    assert "Traceback" not in words
