"""How the machine is shared between kernels."""

from types import SimpleNamespace

import pytest

from support.course.kernel import executors


def test_threads_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "cores", lambda: 8)
    jobs = (1, 2, 3, 8, 99)
    full = [executors.threads_per_kernel("full", many) for many in jobs]
    assert full == [8, 4, 2, 1, 1]
    assert {executors.threads_per_kernel("quick", many) for many in jobs} == {1}


@pytest.mark.parametrize(("free_gb", "expected"), [(0.5, 1), (4.5, 2), (100, 8)])
def test_memory_limits_the_kernels(
    monkeypatch: pytest.MonkeyPatch, free_gb: float, expected: int
) -> None:
    free = SimpleNamespace(available=int(free_gb * 1024**3))
    monkeypatch.setattr(executors, "cores", lambda: 8)
    monkeypatch.setattr(executors.psutil, "virtual_memory", lambda: free)
    assert executors.default_jobs() == expected


def test_there_is_always_a_core() -> None:
    assert executors.cores() >= 1


def test_the_local_executor_runs_side_by_side() -> None:
    with executors.local_executor(2) as pool:
        assert list(pool.map(abs, [-1, 2])) == [1, 2]
