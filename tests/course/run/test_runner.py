"""What is stale is executed, once; the rest is reused."""

import errno
import json
import os
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from support.course.cli.app import main
from support.course.kernel.execution import Outcome
from support.course.project.errors import CourseError
from support.course.run.parcels import Parcel, perform
from support.course.run.planning import Execution, Plan, make_plan
from support.course.run.runner import Report, run
from tests.course.conftest import Project, kernels_of


def plan(project: Project, given: dict[str, Any] | None = None, **options: Any) -> Plan:
    return make_plan(project.read(), given, **options)


def execute(project: Project) -> Report[Execution]:
    return run(project.read(), plan(project), jobs=2)


def reasons(project: Project) -> dict[str, str]:
    return {job.name: job.why for job in plan(project).jobs if job.why}


def test_only_what_changed_is_executed_again(project: Project) -> None:
    used = project.module("losses.auc", "x = 1\n")
    other = project.module("losses.other", "x = 1\n")
    alpha = project.chapter("alpha", ["from support.losses.auc import x\nprint(x)"])
    project.chapter("beta", ["print('b')"], exercises=["print('e')"])
    report = execute(project)
    assert sorted(report.outcomes) == ["alpha/lesson", "beta/exercises", "beta/lesson"]
    assert report.failed == []

    other.write_text("x = 1  # a comment in a module that nobody uses\n", "utf-8")
    text = (alpha / "lesson.md").read_text("utf-8")
    (alpha / "lesson.md").write_text(text + "\nOne sentence more.\n", "utf-8")
    assert reasons(project) == {}
    assert execute(project) == Report(outcomes={}, reused=3)

    used.write_text("x = 2\n", encoding="utf-8")
    assert reasons(project) == {"alpha/lesson": "support/losses/auc.py changed"}
    assert list(execute(project).outcomes) == ["alpha/lesson"]
    executed = project.root / "_build/executed/alpha/lesson.ipynb"
    assert '"2\\n"' in executed.read_text(encoding="utf-8")

    status = project.root / "_build/executed/beta/exercises.json"
    status.write_text("{ damaged", encoding="utf-8")
    assert reasons(project) == {"beta/exercises": "its status file is damaged"}

    measured = project.status("alpha")
    assert measured["state"] == "done"
    assert measured["wall_s"] > 0
    assert measured["peak_rss_bytes"] > 10_000_000
    assert measured["parameters"]["profile"] == measured["profile"] == "quick"


def test_a_failure_is_told_kept_and_stops_no_one_else(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.chapter("alpha", ["print('so far')", "undefined_name"])
    project.chapter("beta", ["print('fine')"])
    with pytest.raises(SystemExit) as caught:
        main(["run", "-j", "2"])
    assert caught.value.code == 1
    out = capsys.readouterr().out
    assert "NameError: name 'undefined_name' is not defined" in out
    assert "In cell 4 of the notebook" in out
    assert "\x1b[" not in out  # no colours where there is no terminal
    assert "1 executed" in out
    assert project.status("alpha")["state"] == "failed"
    assert project.status("beta")["state"] == "done"
    partial = project.root / "_build/executed/alpha/lesson.ipynb"
    assert "so far" in partial.read_text(encoding="utf-8")
    assert reasons(project) == {
        "alpha/lesson": "last time failed: NameError: name 'undefined_name' is not "
        "defined"
    }


def test_a_module_that_changes_meanwhile_makes_the_result_stale(
    project: Project,
) -> None:
    path = project.module("losses.auc", "x = 1\n")
    source = f"from support.losses import auc\nopen({str(path)!r}, 'a').write('y = 1')"
    project.chapter("alpha", [source])
    assert execute(project).failed == []
    assert "changed while it ran" in project.status("alpha")["reason"]
    assert reasons(project) == {"alpha/lesson": "support/losses/auc.py changed"}
    path.write_text("x = 1\n", encoding="utf-8")  # back again
    assert reasons(project) == {
        "alpha/lesson": "support/losses/auc.py changed while it ran"
    }


def test_parameters_are_kept_apart_from_the_book(project: Project) -> None:
    project.chapter("alpha", ["print(seed)"], exercises=["print(1)"])
    (job,) = plan(project, {"seed": "3"}).jobs
    assert job.name == "alpha/lesson (seed=3)"
    assert job.place.notebook.parent.name == "alpha"
    assert "runs" in job.place.notebook.parts
    (job,) = plan(project, {"seed": "0"}).jobs
    assert "executed" in job.place.notebook.parts  # the lesson's own value


def test_who_does_not_take_a_parameter_is_skipped_unless_named(
    project: Project,
) -> None:
    project.chapter("alpha", datasets="[embedded, fsdd]")
    project.chapter("beta")
    made = plan(project, {"dataset": "fsdd"})
    assert [job.chapter.slug for job in made.jobs] == ["alpha"]
    assert "expected one of embedded" in made.skipped["beta/lesson"]
    with pytest.raises(CourseError, match="expected one of embedded"):
        plan(project, {"dataset": "fsdd"}, named=True)
    with pytest.raises(CourseError, match="dataset"):
        plan(project, {"dataset": "nothing"})


def test_the_longest_comes_first(project: Project) -> None:
    project.chapter("alpha", exercises=["x = 1"])
    project.chapter("beta", exercises=["x = 1"])
    stems = [job.stem for job in plan(project).stale]
    assert stems == ["lesson", "lesson", "exercises", "exercises"]


def test_a_dry_run_executes_nothing(
    project: Project, no_kernel: None, capsys: pytest.CaptureFixture[str]
) -> None:
    project.chapter("alpha")
    with pytest.raises(SystemExit) as caught:
        main(["run", "--dry-run"])
    assert caught.value.code == 0
    assert "alpha/lesson: execute (about 40 s): never executed" in (
        capsys.readouterr().out
    )


def test_a_disk_that_fills_up_is_a_failure_that_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    project.chapter("alpha", ["print(1)"])

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("support.course.project.files.os.fsync", full)
    with pytest.raises(SystemExit) as caught:
        main(["run"])
    assert caught.value.code == 1
    assert "No space left on device" in capsys.readouterr().out
    monkeypatch.undo()
    monkeypatch.chdir(project.root)
    folder = project.root / "_build" / "executed"
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert reasons(project) == {"alpha/lesson": "never executed"}


def test_a_build_folder_that_cannot_be_made_stops_before_any_kernel(
    project: Project, no_kernel: None, capsys: pytest.CaptureFixture[str]
) -> None:
    project.chapter("alpha")
    (project.root / "_build").write_text("in the way", encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        main(["run"])
    assert caught.value.code == 2
    assert "Nothing was executed" in capsys.readouterr().err


def test_an_error_of_the_runner_leaves_no_kernel(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from support.course.run import runner

    project.chapter("alpha", ["import time; time.sleep(60)"])
    project.chapter("beta", ["print(1)"])

    def broken(*_: object) -> None:
        raise MemoryError("in the runner itself")

    monkeypatch.setattr(runner._Book, "keep", broken)
    with pytest.raises(MemoryError):
        execute(project)
    assert kernels_of(project.root) == []


def test_quick_kernels_have_one_thread_and_full_ones_their_share(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("support.course.kernel.executors.cores", lambda: 6)
    project.chapter("alpha", ["import os; print('has', os.environ['OMP_NUM_THREADS'])"])
    for profile, threads in (("quick", 1), ("full", 3)):
        made = plan(project, {"profile": profile})
        run(project.read(), made, jobs=2, quiet=True)
        (job,) = made.jobs
        assert f"has {threads}" in job.place.notebook.read_text("utf-8")


class Elsewhere:
    """Another process, which has nothing but the parcel."""

    patience_s = 1.0

    def __init__(self) -> None:
        self.pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))

    def slots(self) -> int:
        return 1

    def waits(self) -> str:
        return ""

    def submit(self, parcel: Parcel, report: object) -> Future[Outcome]:
        return self.pool.submit(perform, parcel)

    def close(self, *, now: bool) -> None:
        self.pool.shutdown(cancel_futures=now)


def test_the_work_can_be_done_in_another_place(project: Project) -> None:
    project.chapter("alpha", ["print('elsewhere')"])
    report = run(project.read(), plan(project), place=Elsewhere())
    assert [outcome.state for outcome in report.outcomes.values()] == ["done"]


def test_the_list_tells_the_state_of_each_notebook(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project.root / "_build" / "executed" / "alpha"
    project.chapter("alpha", exercises=["x = 1"])
    folder.mkdir(parents=True)
    content = {"state": "failed", "reason": "no luck"}
    (folder / "lesson.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        main(["list"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "lesson: failed: no luck" in out
    assert "exercises: never executed" in out


def test_no_chapter_yet_is_told(project: Project, capsys: Any) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["run"])
    assert caught.value.code == 2
    assert "no chapter" in capsys.readouterr().err


def test_a_timeout_is_a_state_of_its_own(project: Project, capsys: Any) -> None:
    project.chapter("alpha", ["import time; time.sleep(60)"])
    with pytest.raises(SystemExit) as caught:
        main(["run", "alpha", "--timeout", "2"])
    assert caught.value.code == 1
    assert "alpha/lesson: timed out: took longer than 2 s" in capsys.readouterr().out
    assert project.status("alpha")["state"] == "timed out"
    assert Path(project.root / "_build/executed/alpha/lesson.ipynb").is_file()


def test_unreadable_claims_start_no_kernel(project: Project) -> None:
    folder = project.chapter("alpha", ["print(1)"])
    (folder / "claims.yml").write_text("- {id: a, statement: b: c}\n", "utf-8")
    with pytest.raises(CourseError, match=r"claims\.yml: cannot be read as claims"):
        plan(project)


def test_failures_alike_are_told_once(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.chapter("alpha", ["raise ValueError('the same for every seed')"])
    with pytest.raises(SystemExit) as caught:
        main(["run", "--seeds", "0-2"])
    assert caught.value.code == 1
    words = capsys.readouterr().out
    assert words.count("Traceback (most recent call last)") == 1
    assert words.count("failed: ValueError: the same for every seed") == 3


def test_the_record_of_another_chapter_that_is_quoted_belongs_to_the_key(
    project: Project,
) -> None:
    quote = "lesson = None\nif lesson:\n    lesson.recorded('{a}', a='beta.1')"
    project.chapter("alpha", [quote], record=True)
    project.chapter("beta", ["words = ['alpha', 'beta']"], record=True)
    quoted = {"../beta/claims.yml", "../beta/results.json"}
    parts = {job.chapter.slug: set(job.parts) for job in plan(project).jobs}
    assert quoted < parts["alpha"]
    assert not [name for name in parts["beta"] if name.startswith("..")]
