"""The ledger page: kinds apart, data sets side by side, everything without scripts."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from support.claims import load_claims
from support.course.pages.fill import fill
from support.course.pages.forest import forest, span
from support.course.pages.ledger import headline, ledger
from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError
from support.course.project.project import Project
from support.judgements import judge
from support.records import record_seeds

CLAIMS = """
- id: demo.1
  kind: paper
  statement: The method loses < the baseline.
  where: Section 2
  paper: "0.3, on the authors' data"
  paper_value: 0.4
  origin: printed
  statistic: the difference
  direction: greater
  margin: 0.1
  margin_from: A third of the paper's own 0.3.
  pilot: {seeds: 5, value: 0.31}
  baseline: a ridge, tuned on six values
  amended: [{date: 2026-11-28, what: The statement names the method.}]
  reads: [embedded, zoo]
- id: demo.2
  kind: paper
  statement: It holds on closed data.
  where: Section 3
  paper: none found
  origin: none
  not_testable: the data are closed
- id: demo.3
  kind: theorem
  statement: A sum is a sum.
  where: Theorem 1
  statistic: largest deviation
  direction: within
  margin: 0.001
  margin_from: A hundred roundings.
  reads: [embedded]
- id: demo.4
  kind: ours
  statement: A ridge does as well.
  where: a question of the book
  statistic: the difference to the ridge
  direction: within
  margin: 0.1
  margin_from: What a user would not notice.
  bears: against
  reads: [zoo]
- id: demo.5
  kind: paper
  statement: It is measured elsewhere.
  where: Section 4
  paper: none found
  origin: none
  same_as: other.7
"""


def demo(tmp_path: Path) -> Project:
    """A project of one chapter with claims of all kinds, without a record."""
    folder = tmp_path / "chapters" / "demo"
    folder.mkdir(parents=True)
    (folder / "claims.yml").write_text(CLAIMS, "utf-8")
    chapter = Chapter("demo", folder, "A demonstration", 50, ("embedded", "zoo"))
    return Project(tmp_path, tmp_path, (chapter,), ())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return demo(tmp_path)


def record(
    project: Project, values: dict[str, float], dataset: str = "embedded"
) -> None:
    """Record a data set on its seeds; each value with a hundredth of it a seed."""
    (chapter,) = project.chapters
    terms = {claim.id: claim.terms for claim in load_claims(chapter.claims)}
    old = []
    if chapter.results.is_file():
        old = json.loads(chapter.results.read_text("utf-8"))["records"]
    new = [
        {
            "profile": "quick",
            "dataset": dataset,
            "method": "",
            "seed": seed,
            "claims": {
                name: value * (1 + (seed - 1000) / 100)
                for name, value in values.items()
            },
            "terms": {name: terms[name] for name in values},
            "recorded": "2026-12-02T01:00:00+00:00",
            "commit": "0123456789abcdef",
            "committed": "2026-12-01T01:00:00+00:00",
            "claims_committed": "2026-11-30T01:00:00+00:00",
        }
        for seed in record_seeds(dataset)
    ]
    content = {"schema": 1, "chapter": "demo", "records": [*old, *new]}
    chapter.results.write_text(json.dumps(content), "utf-8")


def row(page: str, claim: str) -> str:
    """The row of a claim, its cells one a line, in words."""
    found = re.search(rf'<tr role="row" id="{re.escape(claim)}">.*?</tr>', page)
    assert found is not None
    cells = re.findall(r"<t[hd].*?</t[hd]>", found[0])
    words = (re.sub(r"<[^>]+>", " ", cell) for cell in cells)
    return "\n".join(" ".join(unescape(text).split()) for text in words)


def matrix(page: str, data: str) -> list[str]:
    found = re.search(rf'id="matrix-{data}".*?</table>', page)
    assert found is not None
    rows = re.findall(r"<tr .*?</tr>", found[0])
    return [" ".join(re.sub(r"<[^>]+>", " ", text).split()) for text in rows]


def test_one_row_shows_a_claim_on_both_corpora(project: Project) -> None:
    record(project, {"demo.1": 0.3, "demo.3": 1e-5})
    record(project, {"demo.1": -0.2, "demo.4": 0.01}, "zoo")
    page = ledger(project)
    head, paper, embedded, zoo = row(page, "demo.1").splitlines()
    assert "The method loses < the baseline." in head
    assert "wanted > 0.1; amended 2026-11-28" in head
    assert "Margin: A third of the paper's own 0.3." in head
    assert "A pilot was seen before the record: 0.31 (seeds: 5)." in head
    assert "Rival: a ridge, tuned on six values." in head
    assert "2026-11-28: The statement names the method." in head
    assert paper == "0.3, on the authors' data (printed)"
    assert embedded.startswith("● reproduced 0.329 [0.3")
    assert zoo.startswith("✕ contradicted −0.209 [−0.2")
    assert embedded.endswith("] p 1e−06")
    assert row(page, "demo.3").splitlines()[1] == "■ holds at most 1e−05"
    head, zoo = row(page, "demo.4").splitlines()
    assert "bears against the thesis" in head
    assert zoo.startswith("▲ found 0.010")


def test_matrices_count_the_papers_claims_alone_and_lead_to_them(
    project: Project,
) -> None:
    record(project, {"demo.1": 0.3, "demo.3": 1e-5})
    record(project, {"demo.1": -0.2, "demo.4": 0.01}, "zoo")
    page = ledger(project)
    assert matrix(page, "embedded")[1:] == [
        "A demonstration 1 1 – – – 1 2",
        "All chapters 1 – – – 1",
    ]
    assert matrix(page, "real")[2] == "All chapters – – – 1 1"
    assert set(re.findall(r'href="#([^"]+)"', page)) <= {
        *re.findall(r' id="([^"]+)"', page),
        "other.7",
    }
    assert headline(project) == (
        "2 claims of the papers: on embedded data 1 reproduced; on real data "
        "1 contradicted; 1 not testable here."
    )
    assert fill("% insert: headline\n", "p.md", project).strip() == headline(project)
    assert "1 theorem or identity: on embedded data 1 holds." in page
    assert "1 question of our own: on real data 1 found." in page


def test_other_kinds_are_folded_and_numberless_rows_say_why(project: Project) -> None:
    page = ledger(project)
    assert (
        '<details class="fold"><summary>Show the theorems and identities</summary>'
        in page
    )
    assert (
        '<details class="fold"><summary>Show the questions of our own</summary>' in page
    )
    assert "Not testable here: the data are closed" in row(page, "demo.2")
    assert "Measured as other.7 , not counted again" in row(page, "demo.5")
    for claim in ("demo.2", "demo.5"):
        assert row(page, claim).splitlines()[2:] == ["–", "–"]
    assert row(page, "demo.1").splitlines()[2] == "· no record yet"


def test_the_dates_of_claims_code_and_record_stand_beside(project: Project) -> None:
    record(project, {"demo.1": 0.3})
    page = ledger(project)
    assert (
        "<b>embedded</b> data: seeds 1000–1019, run on 2026-12-02; claims committed on "
        "2026-11-30; code of 2026-12-01 (<code>0123456789</code>)"
    ) in page
    assert "<b>zoo</b> data: no record yet" in page
    text = project.chapters[0].results.read_text("utf-8")
    project.chapters[0].results.write_text(
        re.sub(r'"(commit|committed|claims_committed)": "[^"]*"', r'"\1": ""', text),
        "utf-8",
    )
    assert "by code whose commit was not kept" in ledger(project)


def test_a_record_of_few_values_or_seeds_is_marked(project: Project) -> None:
    record(project, {"demo.1": 0.3})
    chapter = project.chapters[0]
    content = json.loads(chapter.results.read_text("utf-8"))
    for one in content["records"]:
        one["claims"]["demo.1"] = 0.3
    chapter.results.write_text(json.dumps(content), "utf-8")
    assert "the same value on every seed" in row(ledger(project), "demo.1")
    del content["records"][5:]
    chapter.results.write_text(json.dumps(content), "utf-8")
    assert "… too few seeds 0.300" in row(ledger(project), "demo.1")


def test_a_full_profile_has_a_column_and_no_count(project: Project) -> None:
    record(project, {"demo.1": 0.3})
    text = project.chapters[0].results.read_text("utf-8")
    project.chapters[0].results.write_text(text.replace('"quick"', '"full"'), "utf-8")
    page = ledger(project)
    assert "embedded data, full profile" in page
    assert row(page, "demo.1").splitlines()[4].startswith("● reproduced")
    assert "1 no record yet" in headline(project)


def test_no_chapter_has_no_ledger(tmp_path: Path) -> None:
    assert "No chapter" in ledger(Project(tmp_path, tmp_path, (), ()))
    assert headline(Project(tmp_path, tmp_path, (), ())) == "No claim is recorded yet."


def test_unreadable_claims_are_named(project: Project) -> None:
    project.chapters[0].claims.write_text("- id: [", "utf-8")
    with pytest.raises(CourseError, match=r"claims\.yml"):
        ledger(project)


@pytest.fixture
def claims(project: Project) -> dict[str, Any]:
    found = load_claims(project.chapters[0].claims)
    return {claim.id: claim for claim in found}


def test_a_drawing_keeps_its_order_and_tells_its_numbers(
    claims: dict[str, Any],
) -> None:
    item = judge(claims["demo.1"], [0.2 + seed / 100 for seed in range(10)])
    drawn = forest(item, span(item.claim, [item]))
    null, margin = (int(x) for x in re.findall(r'class="[nm]" d="M(\d+)', drawn))
    (low, high) = map(int, re.findall(r'class="i" d="M(\d+) \d+H(\d+)', drawn)[0])
    (mean,) = map(int, re.findall(r'cx="(\d+)"', drawn))
    (paper,) = map(int, re.findall(r'class="p" d="M(\d+)', drawn))
    assert 0 < null < margin < low < mean < high < paper < 160
    alt = re.search(r'role="img" aria-label="([^"]+)"', drawn)
    assert alt is not None
    assert unescape(alt[1]) == (
        f"{item.ours}; wanted > 0.1; no effect 0; the paper 0.4"
    )


def test_what_is_wanted_is_shaded(claims: dict[str, Any]) -> None:
    item = judge(claims["demo.4"], [seed / 100 for seed in range(10)])
    drawn = forest(item, (-0.2, 0.2))
    assert '<rect class="w" x="40" width="80"' in drawn
    assert len(re.findall(r'class="m"', drawn)) == 2
    assert forest(judge(claims["demo.4"], [0.1]), (-0.2, 0.2)) == ""
