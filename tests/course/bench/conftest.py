"""Records and folders of benchmarks, made without a kernel."""

from pathlib import Path
from typing import Any

import pytest

from support.course.bench.folder import Configuration, Entry, Folder


def configuration(seed: int = 0, **changes: Any) -> Configuration:
    usual = {
        "chapter": "alpha",
        "profile": "quick",
        "dataset": "embedded",
        "method": "",
        "device": "auto",
    }
    return Configuration(**{**usual, "seed": seed, **changes})


def record(of: Configuration, **changes: Any) -> dict[str, Any]:
    return {
        "chapter": of.chapter,
        "profile": of.profile,
        "dataset": of.dataset,
        "method": of.method,
        "seed": of.seed,
        "claims": {"alpha.1": 1 + of.seed / 100},
        "scores": {"ours": {"accuracy": 0.5, "error": 0.25}},
        "versions": {},
        "device": "cpu",
        "precision": "float32",
        "peak_gpu_bytes": 0,
        "code_digest": "c",
        "data_digest": "embedded",
        "wall_s": 2.0,
        "peak_rss_bytes": 1000,
        "recorded": "2026-01-01T00:00:00+00:00",
        **changes,
    }


def entry(seed: int = 0, state: str = "done", **changes: Any) -> Entry:
    of = changes.pop("configuration", configuration(seed))
    usual: dict[str, Any] = {
        "code_digest": "c",
        "data_digest": "embedded",
        "wall_s": 2.0,
        "peak_rss_bytes": 1000,
        "record": record(of) if state == "done" else None,
    }
    return Entry(of, state, **{**usual, **changes})


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "bench")
    made.prepare()
    return made
