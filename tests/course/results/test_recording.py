"""The record over many seeds: complete, merged, and never from a failed run."""

import json
from textwrap import dedent
from typing import Any

import pytest

from support.course.cli.app import main
from tests.course.conftest import Project


def results(project: Project, slug: str = "alpha") -> list[dict[str, Any]]:
    path = project.root / "chapters" / slug / "results.json"
    return json.loads(path.read_text(encoding="utf-8"))["records"]


def course(*words: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    return int(caught.value.code or 0)


def test_seeds_are_recorded_merged_and_reused(project: Project, capsys: Any) -> None:
    # the lesson fails for seed 1002 as long as this file is there
    bad = project.root / "bad"
    bad.touch()
    source = f"import os\nassert seed != 1002 or not os.path.exists({str(bad)!r})"
    folder = project.chapter("alpha", [source], record=True)
    project.commit()
    assert course("run", "alpha", "--seeds", "1000-1002", "--record", "-j", "2") == 1
    assert "alpha, embedded, paper, quick, auto, seed 1002" in capsys.readouterr().err
    found = results(project)
    assert [r["seed"] for r in found] == [1000, 1001]
    assert [r["claims"] for r in found] == [{"alpha.1": 11.0}, {"alpha.1": 11.01}]
    first = found[0]
    assert first["profile"] == "quick"
    assert first["data_digest"] == "embedded"
    assert len(first["code_digest"]) == 12
    assert first["wall_s"] > 0
    assert first["peak_rss_bytes"] > 0
    assert first["device"] == "cpu"
    assert len(first["commit"]) == 40
    assert first["claims_committed"] == first["committed"] > "2026"

    bad.unlink()
    project.commit()
    assert course("run", "alpha", "--seeds", "1000-1002", "--record") == 0
    assert "1 executed, 2 up to date" in capsys.readouterr().out
    assert [r["seed"] for r in results(project)] == [1000, 1001, 1002]

    text = (folder / "results.json").read_text(encoding="utf-8")
    assert course("run", "alpha", "--seeds", "1000-1002", "--record") == 0
    assert (folder / "results.json").read_text(encoding="utf-8") == text
    capsys.readouterr()

    assert course("claims") == 0
    out = capsys.readouterr().out
    assert "alpha.1" in out
    assert "too few seeds" in out
    assert "older code" not in out
    lesson = folder / "lesson.md"
    lesson.write_text(
        lesson.read_text("utf-8").replace("seed != 1002", "seed != 9"), "utf-8"
    )
    assert course("claims") == 0
    assert "3 of 3 records were made by older code" in capsys.readouterr().out

    assert course("claims", "--json") == 0
    (item,) = json.loads(capsys.readouterr().out)
    assert item["outdated"] == 3
    assert item["judgements"][0]["seeds"] == 3


def test_a_lesson_without_a_record_is_told(project: Project, capsys: Any) -> None:
    project.chapter("alpha", ["print(1)"])
    project.commit()
    assert course("run", "alpha", "--seeds", "1000", "--record") == 1
    assert "left no record" in capsys.readouterr().err
    assert not (project.root / "chapters/alpha/results.json").exists()


def test_a_damaged_results_file_is_set_aside_and_recorded_anew(
    project: Project, capsys: Any
) -> None:
    folder = project.chapter("alpha", record=True)
    project.commit()
    (folder / "results.json").write_text("{", encoding="utf-8")
    assert course("run", "alpha", "--seeds", "1000", "--record") == 0
    said = capsys.readouterr().err
    assert "chapters/alpha/results.json was damaged; it lies now at" in said
    aside = project.root / "_build/damaged/alpha-results.json"
    assert aside.read_text() == "{"
    assert [record["seed"] for record in results(project)] == [1000]


def test_own_parameters_have_no_place_in_the_record(
    project: Project, no_kernel: None, capsys: Any
) -> None:
    project.chapter("alpha", record=True)
    words = ["run", "alpha", "--seeds", "1000-1001", "--record", "-p", "gamma=3"]
    assert course(*words) == 2
    assert "gamma" in capsys.readouterr().err


def test_claims_without_a_record_say_how_to_make_one(
    project: Project, capsys: Any
) -> None:
    project.chapter("alpha", record=True)
    assert course("claims") == 0
    assert "course run alpha --record" in capsys.readouterr().out


def test_what_is_not_committed_makes_no_record(
    project: Project, no_kernel: None, capsys: Any
) -> None:
    folder = project.chapter("alpha", record=True)
    words = ["run", "alpha", "--record"]
    assert course(*words) == 2
    assert "Record in a clone of the project" in capsys.readouterr().err
    project.commit()
    (folder / "claims.yml").write_text("[]", "utf-8")
    assert course(*words) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "1 file(s) are not committed (chapters/alpha/claims.yml)" in said


def test_the_record_has_seeds_of_its_own(
    project: Project, no_kernel: None, capsys: Any
) -> None:
    project.chapter("alpha", record=True)
    assert course("run", "alpha", "--seeds", "0-1", "--record") == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "got seed 0; embedded data are recorded on the seeds 1000 to 1019" in said


def test_a_run_under_other_claims_is_not_recorded(
    project: Project, capsys: Any
) -> None:
    under = """
    record["terms"] = {"alpha.1": "of another margin"}
    display({"application/vnd.course.record+json": record}, raw=True)
    """
    folder = project.chapter("alpha", record=True)
    lesson = folder / "lesson.md"
    cell = f"```{{code-cell}} ipython3\n{dedent(under).strip()}\n```\n"
    text = lesson.read_text("utf-8")
    lesson.write_text(text.replace('display({"text', '_ = ({"text') + cell, "utf-8")
    project.commit()
    assert course("run", "alpha", "--seeds", "1000", "--record") == 1
    assert "other claims" in " ".join(capsys.readouterr().err.split())
    assert not (folder / "results.json").exists()
