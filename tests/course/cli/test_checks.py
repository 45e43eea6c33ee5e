"""What ``course check`` finds, and what it lets pass."""

import json
from typing import Any

import pytest

from support.claims import load_claims
from support.course.cli.app import main
from support.course.cli.checks import (
    check_all,
    claims,
    contents,
    figures,
    headlines,
    parameters,
    recorded_otherwise,
    records,
)
from support.course.project.chapters import discover
from support.course.project.project import Project as CourseProject
from support.records import record_seeds
from tests.course.conftest import CLAIMS, PARAMETERS, Project

GOOD = "show(figure, name='fig-alpha-one', caption='c', alt=f'a {x}')"


def only(project: Project) -> Any:
    (chapter,) = discover(project.root)
    return chapter


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (GOOD, ""),
        ("plots." + GOOD, ""),
        ("show(figure, name='fig-alpha-one')", "lacks caption"),
        (GOOD.replace("fig-alpha", "fig-beta"), "must start with 'fig-alpha-'"),
        (GOOD + "\n" + GOOD, "named twice"),
        ("x = '" + "a" * 90 + "'", "longer than 79"),
    ],
)
def test_figures_and_code(project: Project, source: str, message: str) -> None:
    project.chapter("alpha", [source])
    assert (" ".join(figures(only(project))) != "") == (message != "")
    assert message in " ".join(figures(only(project)))


def test_contents_and_folders_agree(project: Project) -> None:
    project.chapter("alpha")
    project.toc("beta")
    faults = contents(CourseProject.at(project.root))
    assert faults[0].startswith("_toc.yml lacks chapters/alpha")
    assert "beta/lesson, which is not there" in faults[1]
    project.toc("alpha")
    assert contents(CourseProject.at(project.root)) == []


def test_the_parameters_are_the_same_in_every_lesson(project: Project) -> None:
    folder = project.chapter("alpha", record=True)
    assert parameters(only(project)) == []
    text = (folder / "lesson.md").read_text("utf-8")
    changed = text.replace(PARAMETERS, "seed = 'a'\n" + "a = 1\nb = 1\nc = 1\nd = 1\n")
    (folder / "lesson.md").write_text(changed.replace("[check]", "[x]"), "utf-8")
    faults = " ".join(parameters(only(project)))
    assert "lacks seed (int)" in faults
    assert "lacks profile (str)" in faults
    assert "4 own parameters" in faults
    assert "no cell is tagged 'check'" in faults


def test_claims_carry_the_slug(project: Project) -> None:
    folder = project.chapter("alpha", record=True)
    assert claims(only(project)) == []
    (folder / "claims.yml").write_text(CLAIMS.format(slug="beta"), "utf-8")
    assert "must start with 'alpha.'" in claims(only(project))[0]


def test_ten_complete_seeds_are_wanted(project: Project) -> None:
    folder = project.chapter("alpha", record=True)
    assert "fewer than 10 seeds of alpha.1" in records(only(project))[0]
    usual = {"profile": "quick", "dataset": "embedded", "method": ""}
    made = [{**usual, "seed": n, "claims": {"alpha.1": 1.0}} for n in range(10)]
    made[3]["claims"] = {}
    content = {"schema": 1, "chapter": "alpha", "records": made}
    (folder / "results.json").write_text(json.dumps(content), "utf-8")
    assert "fewer than 10 seeds of alpha.1" in records(only(project))[0]
    made[3]["claims"] = {"alpha.1": 1.0}
    (folder / "results.json").write_text(json.dumps(content), "utf-8")
    assert records(only(project)) == []


def test_records_of_older_code_are_noted_or_in_strict_mode_a_fault(
    project: Project,
) -> None:
    folder = project.chapter("alpha", record=True)
    usual = {"profile": "quick", "dataset": "embedded", "method": "", "seed": 0}
    record = {**usual, "claims": {}, "code_digest": "of long ago"}
    content = {"schema": 1, "chapter": "alpha", "records": [record]}
    (folder / "results.json").write_text(json.dumps(content), "utf-8")
    words = "alpha: 1 of 1 records were made by older code"
    lines: list[str] = []
    assert words not in check_all(CourseProject.at(project.root), lines.append)
    assert f"note  {words}" in lines
    assert words in check_all(CourseProject.at(project.root), lines.append, strict=True)


def test_every_fault_is_a_line_and_ends_with_1(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = project.chapter("alpha", record=True)
    (folder / "claims.yml").write_text("- id: alpha.1\n", encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        main(["check"])
    assert caught.value.code == 1
    out = capsys.readouterr().out
    assert "FAULT alpha: claims.yml" in out
    assert "FAULT alpha: pairs" in out
    assert "FAULT contents" in out
    assert "ok    alpha: parameters" in out
    assert "Traceback" not in out


def test_no_chapter_no_fault(project: Project) -> None:
    lines: list[str] = []
    assert check_all(CourseProject.at(project.root), lines.append) == []
    assert lines == [
        "ok    headers",
        "ok    contents: _toc.yml lists every chapter",
        "ok    README.md: headline",
    ]


def test_a_check_cell_hides_no_value_behind_a_semicolon(project: Project) -> None:
    folder = project.chapter("alpha", ["print(1);"])
    assert figures(only(project)) == []
    cell = "\n```{code-cell} ipython3\n:tags: [check]\n\nanswer();\n```\n"
    source = folder / "lesson.md"
    source.write_text(source.read_text("utf-8") + cell, "utf-8")
    (fault,) = figures(only(project))
    assert "ends in ';'" in fault


def test_records_whose_code_cannot_be_read_are_told(project: Project) -> None:
    from support.course.cli.checks import stale_records

    project.module("losses.auc", "def (:\n")
    project.chapter("alpha", ["import support.losses.auc"])
    made = {"profile": "quick", "dataset": "embedded", "method": "", "seed": 0}
    content = {"schema": 1, "chapter": "alpha", "records": [{**made, "claims": {}}]}
    path = project.root / "chapters/alpha/results.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    (chapter,) = project.read().chapters
    (note,) = stale_records(project.read(), chapter)
    assert "nobody knows" in note
    assert "support/losses/auc.py cannot be read" in note


def test_other_seeds_and_other_terms_are_told_with_what_to_run(
    project: Project,
) -> None:
    folder = project.chapter("alpha", record=True)
    (claim,) = load_claims(folder / "claims.yml")
    usual = {"profile": "quick", "dataset": "embedded", "method": ""}

    def write(seeds: range, terms: str) -> list[str]:
        made = [
            {
                **usual,
                "seed": seed,
                "claims": {claim.id: 1.0},
                "terms": {claim.id: terms},
            }
            for seed in seeds
        ]
        content = {"schema": 1, "chapter": "alpha", "records": made}
        (folder / "results.json").write_text(json.dumps(content), "utf-8")
        return recorded_otherwise(only(project))

    assert write(record_seeds("embedded"), claim.terms) == []
    (note,) = write(range(995, 1015), claim.terms)
    assert "seeds 1000 to 1019; here 5 of them are missing and 5 are others" in note
    assert note.endswith("run: course run alpha --record")
    (note,) = write(record_seeds("embedded"), "other")
    assert "under other terms than claims.yml has today of alpha.1" in note
    assert note.endswith("run: course run alpha --record")
    lines: list[str] = []
    assert note in check_all(CourseProject.at(project.root), lines.append)
    assert "FAULT alpha: record of these claims" in lines


def test_the_readme_says_what_the_records_do(project: Project) -> None:
    project.chapter("alpha", record=True)
    readme = project.root / "README.md"
    found = CourseProject.at(project.root)
    assert headlines(found) == []  # no README, no headline
    readme.write_text("# A course\n", "utf-8")
    (note,) = headlines(found)
    said = "1 claim of a paper: on embedded data 1 no record yet."
    assert note.endswith(f"write: {said}")
    assert note in check_all(found, str)
    readme.write_text(f"# A course\n\n{said}\n", "utf-8")
    assert headlines(found) == []
