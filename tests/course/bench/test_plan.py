"""What is run, what is not and why; ten thousand runs cost seconds."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.course.bench.folder import Entry, Folder
from support.course.bench.plan import BenchPlan, make_plan
from support.course.bench.settings import Settings
from support.course.project.errors import CourseError
from tests.course.bench.conftest import record
from tests.course.conftest import Project

pytestmark = pytest.mark.usefixtures("no_kernel")


def plan(project: Project, *, retry: bool = False, **settings: Any) -> BenchPlan:
    made = Settings(out="unused", **settings)
    folder = Folder(project.root / "out")
    return make_plan(project.read(), made, folder, retry=retry)


def finish(made: BenchPlan, state: str = "done", **changes: Any) -> None:
    for run in made.waiting:
        done = record(run.configuration, **changes) if state == "done" else None
        run.series.folder.write(
            Entry(
                run.configuration,
                state,
                code_digest=run.series.code,
                data_digest=run.series.data,
                wall_s=3.0,
                record=done,
            )
        )


def test_the_product_of_what_was_asked_for(project: Project) -> None:
    project.chapter("alpha", datasets="[embedded, other]")
    project.chapter("beta")
    (project.root / "mine.py").write_text("def f(x):\n    return x\n")
    made = plan(project, methods=("paper", "mine:f"), seeds=(0, 1, 2))
    assert len(made.runs) == 2 * 2 * 3
    assert len({run.key for run in made.runs}) == 12
    assert made.runs[3].name == "alpha, embedded, mine:f, quick, auto, seed 0"
    assert made.left_out == {}
    parcel = made.runs[4].parcel
    assert parcel.parameters == {"method": "mine:f", "seed": 1}
    assert parcel.method is not None
    assert parcel.method.files == {"mine.py": b"def f(x):\n    return x\n"}


def test_what_fits_no_chapter_is_left_out_with_its_reason(project: Project) -> None:
    project.chapter("alpha")
    (project.root / "mine.py").write_text(
        "def two(a, b):\n    pass\n\n\ndef other(name):\n    pass\n"
    )
    made = plan(project, methods=("paper", "mine:two", "mine:other"))
    assert len(made.runs) == 1
    why = made.left_out["alpha, embedded, mine:two"]
    assert why == "the chapter calls it with (x), which two(a, b) cannot take"
    assert "names other arguments" in made.left_out["alpha, embedded, mine:other"]
    named = plan(project, chapters=("alpha",), methods=("mine:other",))
    assert len(named.runs) == 1
    with pytest.raises(CourseError, match="Nothing to run"):
        plan(project, methods=("mine:two",))
    with pytest.raises(CourseError, match="its data sets are embedded"):
        plan(project, datasets=("embeded",))
    with pytest.raises(CourseError, match="no chapter 'alfa'"):
        plan(project, chapters=("alfa",))
    with pytest.raises(CourseError, match="cannot be used"):
        plan(project, methods=("mine:gone",))
    with pytest.raises(CourseError, match="device"):
        plan(project, device="cuda:99")


def test_what_is_finished_is_skipped_until_the_code_changes(project: Project) -> None:
    project.chapter("alpha", ["print(1)"])
    first = plan(project, seeds=(0, 1))
    assert [run.why for run in first.runs] == ["never run"] * 2
    assert first.runs[0].series.expected_s is None
    finish(first)
    again = plan(project, seeds=(0, 1, 2))
    assert [run.why for run in again.runs] == ["", "", "never run"]
    assert again.runs[0].series.expected_s == 3.0
    project.chapter("alpha", ["# Prose alone.", "print(1)"])
    assert [run.why for run in plan(project, seeds=(0, 1)).runs] == ["", ""]
    project.chapter("alpha", ["print(2)"])
    changed = plan(project, seeds=(0, 1))
    assert [run.why for run in changed.runs] == ["the code has changed"] * 2


@pytest.mark.parametrize("state", ["failed", "timed out"])
def test_failures_are_run_again_on_request(project: Project, state: str) -> None:
    project.chapter("alpha")
    finish(plan(project), state)
    (run,) = plan(project).runs
    assert (run.why, run.state) == ("", state)
    (run,) = plan(project, retry=True).runs
    assert run.why == f"last time {state}"


def test_a_failed_method_is_run_again_on_request(project: Project) -> None:
    project.chapter("alpha")
    finish(plan(project), failures={"mine:f": "NaN"})
    assert plan(project).runs[0].state == "method failed"
    assert plan(project).waiting == []
    assert plan(project, retry=True).runs[0].why == "last time method failed"


BOOKKEEPING = """
import sys, time
from pathlib import Path
from support.course.bench.exporting import export
from support.course.bench.folder import Entry, Folder
from support.course.bench.plan import make_plan
from support.course.bench.settings import Settings
from support.course.project.project import Project

root, count = Path(sys.argv[1]), int(sys.argv[2])
folder, settings = Folder(root / "out"), Settings(out="o", seeds=tuple(range(count)))
project = Project.at(root, root)

def timed(work):
    begun = time.process_time()  # a busy machine must not make the test fail
    return work(), time.process_time() - begun

plan, planned = timed(lambda: make_plan(project, settings, folder))
assert len(plan.waiting) == count
folder.prepare()
claims = {f"alpha.{i}": i / 7 for i in range(20)}
scores = {f"method {i}": {f"metric {j}": j / 7 for j in range(8)} for i in range(5)}
from dataclasses import asdict
from support.course.bench.folder import rendered
for run in plan.runs:  # as Folder.write, but without waiting for the disk each time
    c = run.configuration
    record = {**asdict(c), "claims": claims, "scores": scores, "device": "cpu"}
    entry = Entry(c, "done", "", run.series.code, run.series.data, record=record)
    (root / "out/runs" / f"{run.key}.json").write_text(rendered(entry))
del plan
plan, skipped = timed(lambda: make_plan(project, settings, folder))
assert not plan.waiting
assert len(plan.runs) == count
(written, damaged), exported = timed(lambda: export(folder, root / "t.csv", "csv"))
assert (written, damaged) == (count, {})
# Not ru_maxrss: a process begins with the peak of the one that started it.
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
peak = int(status["VmHWM"].split()[0]) * 1024
print(planned, skipped, exported, peak)
"""


def bookkeeping(project: Project, count: int) -> tuple[float, float]:
    """Plan, skip and export in a process of its own; return seconds and peak."""
    project.chapter("alpha", ["print(1)"])
    answer = subprocess.run(
        [sys.executable, "-P", "-c", BOOKKEEPING, str(project.root), str(count)],
        capture_output=True,
        text=True,
        check=False,
        env=project.environment(),
    )
    assert answer.returncode == 0, answer.stderr
    print(answer.stdout)
    *seconds, peak = map(float, answer.stdout.split())
    return sum(seconds), peak


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_ten_thousand_runs_are_planned_skipped_and_exported(project: Project) -> None:
    seconds, peak = bookkeeping(project, 10_000)
    assert peak < 500e6
    assert seconds < 30
    assert Path(project.root / "t.csv").stat().st_size > 10e6
