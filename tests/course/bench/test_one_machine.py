"""A seed gives one result, whoever runs it, beside however many others."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.course.conftest import CLAIMS, Project

pytestmark = pytest.mark.slow

#: Measures what could differ: the threads of each library, and a sum in their order.
MEASURES = """
import os

import numpy as np
from IPython.display import display

names = [f"{name}_NUM_THREADS" for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR")]
draw = np.random.default_rng(seed)
x = draw.normal(size=(400, 300)).astype("float32")
claims = {f"alpha.{name}": float(os.environ[name]) for name in names}
claims["alpha.sum"] = float(np.linalg.inv(x.T @ x + 1).sum())
claims["alpha.hash"] = float(hash("a seed of strings") % 1000)
record = {
    "schema": 1, "chapter": "alpha", "profile": profile, "dataset": dataset,
    "method": method, "seed": seed, "device": "cpu", "precision": "float32",
    "claims": claims, "scores": {"ours": {"sum": claims["alpha.sum"]}},
    "versions": {"numpy": np.__version__}, "peak_gpu_bytes": 0,
}
display({"application/vnd.course.record+json": record}, raw=True)
"""
#: What a clock or a meter says, and so differs from run to run.
MEASURED = ("wall_s", "peak_rss_bytes", "recorded")


def test_a_seed_gives_the_same_record_by_run_and_by_bench_with_one_job_and_four(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")  # of the reader's shell
    folder = project.chapter("alpha", [MEASURES])
    (folder / "claims.yml").write_text(CLAIMS.format(slug="alpha"), encoding="utf-8")
    project.commit()
    results = folder / "results.json"
    texts: set[str] = set()
    records: list[list[dict[str, Any]]] = []
    for words in (
        [("run", "alpha", "--seeds", "1000-1001", "--record", "--force", "-j", jobs)]
        if command == "run"
        else [
            (
                "bench",
                "alpha",
                "--seeds",
                "1000-1001",
                "--out",
                f"out{jobs}",
                "-j",
                jobs,
            ),
            ("bench", "import", f"out{jobs}"),
        ]
        for command in ("run", "bench")
        for jobs in ("1", "4")
    ):
        results.unlink(missing_ok=True)
        for line in words:
            answer = project.course(*line)
            assert answer.returncode == 0, answer.stdout + answer.stderr
        made = read(results)
        records.append([without_times(record) for record in made])
        texts.add(json.dumps([record["claims"] for record in made]))
    assert len(texts) == 1
    assert all(found == records[0] for found in records)
    assert len(records) == 4
    assert records[0][0]["claims"]["alpha.OMP_NUM_THREADS"] == 1
    assert records[0][0]["claims"] != records[0][1]["claims"]


def read(path: Path) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["records"]
    return records


def without_times(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in MEASURED}


def test_a_measurement_is_kept_although_a_later_cell_fails(project: Project) -> None:
    folder = project.chapter("alpha", [], record=True)
    lesson = folder / "lesson.md"
    text = lesson.read_text("utf-8")
    table = "```{code-cell} ipython3\n:tags: [figure]\n\n1 / 0\n```\n"
    lesson.write_text(f"{text}\n{table}", encoding="utf-8")
    project.commit()
    answer = project.course("run", "alpha", "--seeds", "1000-1001", "--record")
    assert answer.returncode == 1
    assert "ZeroDivisionError" in answer.stdout
    assert [record["seed"] for record in read(folder / "results.json")] == [1000, 1001]
    lesson.write_text(f"{text}\n{table.replace('/ 0', '/ 1')}", encoding="utf-8")
    project.commit()
    answer = project.course("run", "alpha", "--seeds", "1000-1001", "--record")
    assert answer.returncode == 0, answer.stdout
    assert "0 executed, 2 up to date" in answer.stdout


def test_own_parameters_make_runs_of_their_own_and_no_record(project: Project) -> None:
    folder = project.chapter("alpha", [], record=True)
    lesson = folder / "lesson.md"
    text = lesson.read_text("utf-8").replace('method = ""', 'method = ""\ngamma = 1')
    lesson.write_text(text, encoding="utf-8")
    words = ("run", "alpha", "--seeds", "0", "-p")
    for value in ("1", "2"):
        answer = project.course(*words, f"gamma={value}")
        assert answer.returncode == 0, answer.stderr
        assert "1 executed, 0 up to date" in answer.stdout
    assert "0 executed, 1 up to date" in project.course(*words, "gamma=2").stdout
    assert project.course("bench", "import", "_build/bench/seeds").returncode == 2
