"""Time and memory of a kernel and its children, sampled while it works."""

import contextlib
import threading
import time
from pathlib import Path

import psutil

__all__ = ["Meter"]

_INTERVAL = 0.1


class Meter:
    """Samples a process tree until :meth:`stop`.

    The peak of the kernel alone is also kept by the system, exactly; the larger of
    that and the largest sampled sum over the tree is reported.

    Args:
        pid: the kernel's process.

    Attributes:
        cpu_s: user and system seconds of the tree, as last seen.
        peak_rss_bytes: the largest resident memory seen.
    """

    def __init__(self, pid: int) -> None:
        self.cpu_s = 0.0
        self.peak_rss_bytes = 0
        self._pid = pid
        self._cpu: dict[int, float] = {}
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def sample(self) -> None:
        """Read the tree once, now; a process that has gone is left out."""
        with self._lock, contextlib.suppress(psutil.Error):
            kernel = psutil.Process(self._pid)
            memory = 0
            for process in (kernel, *kernel.children(recursive=True)):
                with contextlib.suppress(psutil.Error), process.oneshot():
                    times = process.cpu_times()
                    self._cpu[process.pid] = times.user + times.system
                    memory += process.memory_info().rss
            self.cpu_s = sum(self._cpu.values())
            self.peak_rss_bytes = max(self.peak_rss_bytes, memory, self._high_water())

    def stop(self) -> None:
        """Take the last sample and end the sampling."""
        self.sample()
        self._ended.set()
        self._thread.join(timeout=5)

    def _watch(self) -> None:
        pause = _INTERVAL
        while not self._ended.wait(pause):
            begun = time.perf_counter()
            self.sample()
            # Never spend more than a twentieth of the time on looking.
            pause = max(_INTERVAL, 20 * (time.perf_counter() - begun))

    def _high_water(self) -> int:
        with contextlib.suppress(OSError, ValueError, IndexError):
            for line in Path(f"/proc/{self._pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0
