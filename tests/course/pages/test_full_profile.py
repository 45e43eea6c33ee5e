"""What full runs cost: of records alone, never a guess."""

import json
from pathlib import Path

from support.course.pages.full_profile import full_profile
from tests.course.conftest import Project


def written(folder: Path, **changed: object) -> None:
    record = {
        "chapter": "alpha", "profile": "full", "dataset": "embedded", "method": "",
        "seed": 1000, "claims": {"alpha.1": 1.0}, "wall_s": 5400.0,
        "peak_rss_bytes": 3_000_000_000, "peak_gpu_bytes": 20_000_000_000, **changed,
    }  # fmt: skip
    content = {"schema": 1, "chapter": "alpha", "records": [record]}
    (folder / "results.json").write_text(json.dumps(content), "utf-8")


def test_a_record_says_what_it_cost_and_no_record_is_said(project: Project) -> None:
    folder = project.chapter("alpha", record=True)
    project.chapter("beta", ["fit(net, checkpoint=lesson.checkpoint('net'))"])
    written(folder, profile="quick")
    text = full_profile(project.read())
    assert "|" not in text
    assert "No full run of these has been recorded" in text
    assert text.count("[Title of alpha](/chapters/alpha/lesson.ipynb)") == 1
    assert "checkpoints inside a run: [Title of beta]" in text
    written(folder)
    row = (
        "| [Title of alpha](/chapters/alpha/lesson.ipynb) | `course run alpha --record "
        "--profile full` | 1 | 1 h 30 min | 3.0 GB | 20.0 GB |"
    )
    assert row in full_profile(project.read())


def test_the_time_of_a_full_run_is_not_made_up(project: Project) -> None:
    project.chapter("alpha")
    asked = project.course("run", "alpha", "--profile", "full", "--dry-run").stdout
    assert "execute (no earlier record of its time): never executed" in asked
