"""Benchmark pages, seed tables, ranking over data sets, and the page of speeds."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.course.pages.benchmark import (
    Benchmark,
    benchmark_page,
    declared,
    scores_of,
    with_pages,
)
from support.course.pages.html_tables import Cell, Row, anchor, html_table, number
from support.course.pages.ledger import ledger
from support.course.pages.over_datasets import fewest, over_datasets
from support.course.pages.speed import outcome, speed
from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError
from support.course.project.project import Project
from support.course.results.reading import command
from support.records import Record, Records, Setting

HEADER = """---
course:
  slug: demo
  title: A demonstration
  benchmark:
    baseline: CE
    better: {{"AUC*": higher, "loss": lower}}
{extra}---
# A demonstration
"""
CLAIMS = """
- id: demo.1
  kind: paper
  statement: The method wins.
  where: Section 2
  paper: "0.3"
  origin: printed
  statistic: the difference
  margin: 0.1
  margin_from: A third of the paper's own 0.3.
  reads: [embedded]
- id: demo.2
  kind: ours
  statement: A ridge wins.
  where: a question of the book
  statistic: the difference
  margin: 0.1
  margin_from: A third of the paper's own 0.3.
  bears: against
  reads: [zoo]
"""


def record(seed: int, *, dataset: str = "embedded", method: str = "") -> dict[str, Any]:
    base = 0.7 + 0.01 * seed
    return {
        "chapter": "demo",
        "profile": "quick",
        "dataset": dataset,
        "method": method,
        "seed": seed,
        "claims": {"demo.1": 0.3 + 0.01 * seed},
        "scores": {
            "CE": {"AUC B": base, "AUC B'": base - 0.1, "loss": 1 - base, "odd": 1.0},
            "OVO": {"AUC B": base + 0.05 + 0.001 * seed, "loss": 0.9 - base},
            **({"my.own": {"AUC B": 0.5}} if method else {}),
        },
        "device": "cpu",
        "precision": "float32",
        "code_digest": "0123abcd",
        "data_digest": "embedded",
        "versions": {"python": "3.11"},
        "wall_s": 12.4,
        "peak_rss_bytes": 5e8,
        "recorded": "2026-01-02T03:04:05+00:00",
    }


@pytest.fixture
def chapter(tmp_path: Path) -> Chapter:
    folder = tmp_path / "chapters" / "demo"
    folder.mkdir(parents=True)
    (folder / "lesson.md").write_text(HEADER.format(extra=""), "utf-8")
    (folder / "claims.yml").write_text(CLAIMS, "utf-8")
    _write(folder, [record(seed) for seed in range(10)])
    return Chapter("demo", folder, "A demonstration", 50, ("embedded",))


def _write(folder: Path, records: list[dict[str, Any]]) -> None:
    content = {"schema": 1, "chapter": "demo", "records": records}
    (folder / "results.json").write_text(json.dumps(content), "utf-8")


class _Reader(HTMLParser):
    """The tables of a page: header, rows as lists of text, ids, links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.ids: list[str] = []
        self.links: list[str] = []
        self._rows: list[list[str]] = []
        self._open = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found.get("href")))
        if tag == "table":
            self._rows = self.tables[str(found["id"])] = []
        if tag == "tr":
            self._rows.append([])
        if tag in ("td", "th"):
            self._rows[-1].append("")
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self._rows[-1][-1] += data


def _rows(page: str, name: str) -> list[dict[str, str]]:
    found = _Reader(page).tables
    table = next(rows for key, rows in found.items() if key.startswith(name))
    return [dict(zip(table[0], row, strict=True)) for row in table[1:]]


def test_methods_are_compared_with_the_declared_baseline(chapter: Chapter) -> None:
    rows = _rows(benchmark_page(chapter), "benchmark-quick")
    own = {(row["Metric"], row["Method"]): row for row in rows}
    ovo = own["AUC B ↑, more is better", "OVO"]
    assert ovo["Mean"] == "0.800"
    assert ovo["Against CE"] == "+0.055"
    assert ovo["p, Holm"] == "0.002"
    assert ovo["Place"] == "1"
    assert ovo["Seeds"] == "10"
    assert own["loss ↓, less is better", "OVO"]["Place"] == "1"
    assert own["AUC B ↑, more is better", "CE"]["Against CE"] == "baseline"
    assert own["odd", "CE"]["Place"] == "–"


def test_every_link_within_the_page_has_its_place(chapter: Chapter) -> None:
    found = _Reader(benchmark_page(chapter))
    wanted = [link[1:] for link in found.links if link.startswith("#")]
    assert len(wanted) == 6
    assert set(wanted) <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_the_ledger_leads_to_the_seeds_of_its_claims(chapter: Chapter) -> None:
    project = Project(chapter.folder, chapter.folder, (chapter,), ())
    link = next(x for x in _Reader(ledger(project)).links if "benchmark" in x)
    page, _, place = link.partition("#")
    assert page == "../chapters/demo/benchmark.html"
    assert place in _Reader(benchmark_page(chapter)).ids


def test_a_claim_is_shown_where_it_is_read_under_its_terms(chapter: Chapter) -> None:
    records = [record(seed) for seed in range(3)]
    records[1]["terms"] = {"demo.1": "others"}
    for one in records:
        one["claims"]["demo.2"] = 9.0
    _write(chapter.folder, records)
    (row,) = _rows(benchmark_page(chapter), "claims-quick")
    assert row["Claim"] == "demo.1"
    assert [row[f"seed {seed}"] for seed in range(3)] == ["0.300", "–", "0.320"]


def test_every_number_of_the_record_stands_on_the_page(chapter: Chapter) -> None:
    page = benchmark_page(chapter)
    (claim,) = _rows(page, "claims-quick")
    assert [claim[f"seed {seed}"] for seed in (0, 9)] == ["0.300", "0.390"]
    values = {(r["Metric"], r["Method"]): r for r in _rows(page, "values-quick")}
    assert values["AUC B'", "CE"]["seed 3"] == "0.630"
    run = _rows(page, "runs-quick")[0]
    assert (run["Code"], run["Memory"], run["Time"]) == ("0123abcd", "500 MB", "12 s")
    assert "course run demo --record" in page


def test_the_page_is_a_pure_function_of_the_record(chapter: Chapter) -> None:
    assert benchmark_page(chapter) == benchmark_page(chapter)
    _write(chapter.folder, [])
    assert benchmark_page(chapter) == ""


def test_a_readers_own_method_joins_without_doubling_the_others(
    chapter: Chapter,
) -> None:
    records = [record(seed) for seed in range(10)]
    own = [record(seed, method="my:own") for seed in range(10)]
    for other in own:
        other["scores"]["CE"]["AUC B"] = 99.0
    found = scores_of(map(Record.of, records + own))["AUC B"]
    assert set(found) == {"CE", "my.own", "OVO"}
    assert max(found["CE"].values()) < 1
    _write(chapter.folder, records + own)
    assert "--record --method my:own" in benchmark_page(chapter)


def test_without_a_baseline_nothing_is_tested(chapter: Chapter) -> None:
    text = chapter.source("lesson").read_text("utf-8").replace("baseline: CE", "")
    chapter.source("lesson").write_text(text, "utf-8")
    page = benchmark_page(chapter)
    assert "nothing is tested" in page
    assert {row["p, Holm"] for row in _rows(page, "benchmark-quick")} == {"–"}


@pytest.mark.parametrize("wrong", ["{better: {AUC: up}}", "[CE]", "{base: CE}"])
def test_a_wrong_block_is_refused(chapter: Chapter, wrong: str) -> None:
    chapter.source("lesson").write_text(
        f"---\ncourse:\n  slug: demo\n  title: T\n  benchmark: {wrong}\n---\n", "utf-8"
    )
    with pytest.raises(CourseError, match=r"course\.benchmark"):
        declared(chapter)


def test_directions_go_by_the_first_pattern_that_fits() -> None:
    plan = Benchmark("CE", {"URR *": "lower", "*": "higher"})
    assert plan.direction("URR bg") == "lower"
    assert plan.direction("accuracy") == "higher"
    assert Benchmark().direction("accuracy") == ""


def test_one_data_set_cannot_rank_and_says_so(chapter: Chapter) -> None:
    page = benchmark_page(chapter)
    assert "one data set is recorded" in page
    assert f"at least {fewest(2)} of them" in page


def test_several_data_sets_are_ranked(chapter: Chapter) -> None:
    names = ("embedded", *"abcdef")
    records = Records(
        [Record.of(record(seed, dataset=name)) for name in names for seed in range(3)]
    )
    scores = {name: scores_of(records.of(name)) for name in records.settings}
    text = over_datasets(scores, lambda name: "higher" if name == "AUC B" else "")
    rows = _rows(text, "ranking-quick")
    assert [(row["Method"], row["Mean rank"]) for row in rows] == [
        ("OVO", "1.00"),
        ("CE", "2.00"),
    ]
    assert rows[0]["Group"] != rows[1]["Group"]
    assert rows[0]["p"] == rows[0]["Smallest p"] == number(1 / 64)


def test_contents_gain_a_page_below_its_chapter() -> None:
    toc = b"root: a\nparts: [{chapters: [{file: chapters/demo/lesson}, {file: b}]}]"
    found = yaml.safe_load(with_pages(toc, ["demo"]))
    assert found["parts"][0]["chapters"] == [
        {
            "file": "chapters/demo/lesson",
            "sections": [{"file": "chapters/demo/benchmark"}],
        },
        {"file": "b"},
    ]
    assert yaml.safe_load(with_pages(toc, [])) == yaml.safe_load(toc)


def test_names_that_differ_by_a_sign_have_anchors_of_their_own() -> None:
    names = ["AUC B", "AUC B'", "AUC, B", "γ=0.1", "γ=1", "δ=1"]
    assert len({anchor(name) for name in names}) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]+", anchor(name)) for name in names)


def test_commands_name_what_differs_from_the_usual() -> None:
    assert command("demo", Setting()) == "course run demo --record"
    line = command("demo", Setting("full", "x"), "m:f")
    assert line.endswith("--record --profile full --dataset x --method m:f")


def test_a_table_without_a_noun_is_left_alone_by_the_script() -> None:
    rows = [Row(Cell("x"), [Cell("1")])]
    assert "data-noun" not in html_table("t", "c", ["A", "B"], rows, noun="")
    assert 'data-noun="rows"' in html_table("t", "c", ["A", "B"], rows)


def test_tables_are_escaped_named_and_checked() -> None:
    text = html_table(
        "t", "a < b", ["A", "B & C"], [Row(Cell("x"), [Cell("1", 1.5)], {"k": '"q"'})],
        filters={"k": "Kind"},
    )  # fmt: skip
    assert "a &lt; b" in text
    assert 'data-label="B &amp; C" data-value="1.5"' in text
    assert 'data-k="&quot;q&quot;"' in text
    with pytest.raises(ValueError, match="1 cells"):
        html_table("t", "c", ["A", "B", "C"], [Row(Cell("x"), [Cell("1")])])


def _row(name: str, low: float, high: float, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "kernel": "support.metrics.auc.auc_binary",
        "peer": "sklearn.metrics.roc_auc_score",
        "package": "scikit-learn",
        "version": "1.9",
        "unit": "samples",
        "note": "",
        "size": "small",
        "count": 100,
        "state": "measured",
        "ours_s": 1e-3,
        "theirs_s": (low + high) / 2e3,
        "ratio": (low + high) / 2,
        "low": low,
        "high": high,
        "rounds": 7,
        **more,
    }


def _speed_record(root: Path, rows: list[dict[str, Any]], **more: Any) -> None:
    folder = root / "book" / "speed"
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "schema": 1,
        "device": "cpu",
        "processor": "A processor",
        "accelerator": "",
        "cores": 2,
        "threads": 2,
        "load_before": 0.1,
        "started": "2026-01-02T03:04:05+00:00",
        "versions": {"torch": "2.13"},
        "rows": rows,
        **more,
    }
    (folder / "cpu.json").write_text(json.dumps(content), "utf-8")


def _bare(root: Path) -> Project:
    return Project(root, root, (), ())


def test_without_a_measurement_the_page_says_how_to_make_one(tmp_path: Path) -> None:
    assert "course speed --record" in speed(_bare(tmp_path))


def test_speeds_are_told_with_what_is_slower_and_missing(tmp_path: Path) -> None:
    rows = [
        _row("quick one", 2.0, 4.0),
        _row("slow one", 0.4, 0.6),
        _row("slow one", 3.0, 5.0, peer="another.peer"),
        _row("doubtful", 0.5, 2.0),
        {**_row("absent", 1, 1, package="librosa"), "state": "peer not installed"},
    ]
    _speed_record(tmp_path, rows)
    text = speed(_bare(tmp_path))
    assert "at least as fast in 1 of 3 measurements, slower in 1 and undecided" in text
    assert "- slow one, beside `sklearn.metrics.roc_auc_score`: small × 0.50" in text
    assert "not measured: librosa" in text
    assert "on 2 threads; " in text
    assert "The machine was quiet before (load 0.1)." in text
    assert "busy" not in text
    told = [row["Outcome"] for row in _rows(text, "speed-cpu")]
    assert [word.split(maxsplit=1)[-1] for word in told] == [
        "faster",
        "slower",
        "faster",
        "undecided",
        "not installed",
    ]


def test_a_busy_machine_is_named(tmp_path: Path) -> None:
    _speed_record(tmp_path, [_row("a", 1, 2)], load_before=1.9)
    text = speed(_bare(tmp_path))
    assert "**The machine was busy** (load 1.9)" in text
    assert "quiet" not in text


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    (tmp_path / "book" / "speed").mkdir(parents=True)
    (tmp_path / "book" / "speed" / "cpu.json").write_text('{"schema": 2}', "utf-8")
    with pytest.raises(CourseError, match=r"cpu\.json.*course speed --record"):
        speed(_bare(tmp_path))


def test_an_interval_that_touches_one_decides_nothing() -> None:
    assert outcome({"state": "measured", "low": 1.0, "high": 1.2}) == "as fast"
    assert outcome({"state": "results disagree"}) == "results disagree"
