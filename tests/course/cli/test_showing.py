"""A benchmark's folder looked at: means, intervals, tests, and what is missing."""

from pathlib import Path

import pytest

from support.course.bench.folder import Entry, Folder
from support.course.cli.app import main
from tests.course.bench.conftest import configuration, entry, folder, record
from tests.course.conftest import Project

__all__ = ["folder"]


def course(*words: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(["bench", "show", *words])
    return int(caught.value.code or 0)


def fill(kept: Folder, seeds: int = 6) -> None:
    for seed in range(seeds):
        for method, shift in (("", 0.0), ("mine:f", 0.25)):
            of = configuration(seed, method=method)
            rows = {"ours": {"accuracy": 0.5 + seed / 100}}
            if method:
                rows[method] = {"accuracy": 0.5 + shift + seed / 100}
            kept.write(
                Entry(of, "done", code_digest="c", record=record(of, scores=rows))
            )


def test_methods_are_compared_without_touching_the_record(
    project: Project, folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    lesson = project.chapter("alpha") / "lesson.md"
    block = "  benchmark: {baseline: ours, better: {accuracy: higher}}\n"
    text = lesson.read_text("utf-8").replace("  minutes: 5\n", "  minutes: 5\n" + block)
    lesson.write_text(text, "utf-8")
    fill(folder)
    assert course(str(folder.path)) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[:2] == [
        "alpha: quick profile, embedded data, device auto",
        "differences are to ours",
    ]
    mine = next(line for line in lines if "mine:f" in line)
    # six seeds: two of 64 patterns of signs are as far from zero
    assert mine.startswith("accuracy ↑ mine:f 0.775 [0.75")
    assert "0.250 [0.250, 0.250] 0.031" in mine
    assert mine.endswith(" 6")
    assert not (project.root / "chapters/alpha/results.json").exists()

    assert course(str(folder.path), "--against", "mine:f") == 0
    assert "−0.250" in capsys.readouterr().out
    assert course(str(folder.path), "--against", "mine:g") == 2
    assert "Did you mean 'mine:f'?" in capsys.readouterr().err


def test_what_is_missing_or_mixed_is_said(
    project: Project, folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.write(entry(0))
    folder.write(entry(1, code_digest="older"))
    folder.write(entry(2, "failed"))
    (folder.path / "runs" / "00000000000000000000.json").write_text("{")
    assert course(str(folder.path)) == 0
    shown = capsys.readouterr().out
    assert "paper: 1 failed" in shown
    assert "paper: its runs are of 2 versions of code or data" in shown
    assert "runs/00000000000000000000.json is damaged and left out" in shown


def test_a_folder_without_runs_is_told(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert course(str(tmp_path / "nothing")) == 2
    assert "holds no benchmark" in capsys.readouterr().err
