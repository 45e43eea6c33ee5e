"""The record of a whole run: rows, and the machine that they were measured on."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

__all__ = ["provenance", "record"]

_LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn")


def provenance(device: str) -> dict[str, Any]:
    """What the times depend on: processor, cores, threads, load, versions.

    Args:
        device: of our inputs.
    """
    return {
        "device": device,
        "processor": _processor(),
        "accelerator": (
            torch.cuda.get_device_name(device)
            if torch.device(device).type == "cuda"
            else ""
        ),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load_before": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}",
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"python": platform.python_version()}
        | {name: metadata.version(name) for name in _LIBRARIES},
    }


def record(
    about: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], seconds: float
) -> dict[str, Any]:
    """Put rows and provenance into one plain record.

    Args:
        about: of :func:`provenance`, taken before the first row.
        rows: of :func:`support.speed.harness.compare`.
        seconds: how long each size was measured.
    """
    return {
        "schema": 1,
        **about,
        "seconds_a_size": seconds,
        "rows": [dict(row) for row in rows],
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if "model name" in line)
    return next(names, platform.processor() or platform.machine())
