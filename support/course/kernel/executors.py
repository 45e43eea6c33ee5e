"""Where tasks run: an executor of :mod:`concurrent.futures`.

Locally these are threads, each of which waits for one kernel process.  A task and
its outcome can be pickled, so that a cluster's executor (Dask's client offers the
same interface) can be put in this place without a change elsewhere.
"""

import os
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import psutil

__all__ = ["cores", "default_jobs", "local_executor", "threads_per_kernel"]

#: A lesson in the quick profile may use this much.
_BYTES_A_KERNEL = 2 * 1024**3


def cores() -> int:
    """Return how many processor cores this process may use (at least 1).

    A container's quota counts, not the number of cores of its host.
    """
    count = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if quota != "max":
            count = min(count, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):
        pass
    return max(1, count)


def default_jobs() -> int:
    """Return how many kernels to run at once: one a core, while memory lasts."""
    fitting = psutil.virtual_memory().available // _BYTES_A_KERNEL
    return max(1, min(cores(), int(fitting)))


def threads_per_kernel(profile: str, jobs: int) -> int:
    """Say how many processor threads a kernel has, whoever starts it.

    Quick sizes gain nothing from a second thread, threads that wait for each other
    crawl on a busy machine, and a sum in other parts has other last digits.  So a
    quick kernel has one thread, and a seed gives one result beside however many
    others; full kernels share the cores.

    Args:
        profile: ``quick`` or ``full``.
        jobs: how many kernels run at once.

    >>> threads_per_kernel("quick", 1), threads_per_kernel("full", 10_000)
    (1, 1)
    """
    return max(1, cores() // max(1, jobs)) if profile == "full" else 1


def local_executor(jobs: int) -> Executor:
    """Make the executor of this machine.

    Args:
        jobs: how many kernels run at once.

    Returns:
        Threads, each of which waits for a kernel's process.
    """
    return ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="course")
