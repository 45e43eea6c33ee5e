"""The made parts of the book's pages, and the pages that exist."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.claims import MINIMUM_SEEDS
from support.course.pages.fill import fill, paper_map
from support.course.pages.ledger import ledger
from support.course.project.chapters import Chapter, discover
from support.course.project.errors import CourseError
from support.course.project.papers import PARTS, load_papers
from support.course.project.project import Project

CLAIMS = """
- id: demo.1
  statement: The method loses < the baseline.
  where: Section 2
  paper: "0.3"
  statistic: the difference
  direction: greater
  margin: 0.1
- id: demo.2
  statement: It holds on closed data.
  where: Section 3
  paper: no figure found
  not_testable: the data are closed
"""


def _chapter(folder: Path, slug: str = "demo") -> Chapter:
    folder.mkdir(parents=True, exist_ok=True)
    return Chapter(slug, folder, "A demonstration", 50, ("embedded",))


def only(chapter: Chapter, papers: Sequence[Mapping[str, Any]] = ()) -> Project:
    """A project with this one chapter."""
    return Project(chapter.folder, chapter.folder, (chapter,), tuple(papers))


def _record(folder: Path, values: list[float], profile: str = "quick") -> None:
    records = [
        {
            "chapter": "demo",
            "profile": profile,
            "dataset": "embedded",
            "method": "",
            "seed": seed,
            "device": "cpu",
            "claims": {"demo.1": value},
        }
        for seed, value in enumerate(values)
    ]
    (folder / "results.json").write_text(
        json.dumps({"schema": 1, "chapter": "demo", "records": records}), "utf-8"
    )


@pytest.fixture
def chapter(tmp_path: Path) -> Chapter:
    found = _chapter(tmp_path / "demo")
    found.claims.write_text(CLAIMS, "utf-8")
    return found


def test_there_are_nineteen_papers_in_five_parts(project_root: Path) -> None:
    papers = load_papers(project_root)
    assert len(papers) == 19
    assert [paper["part"] for paper in papers] == sorted(
        (paper["part"] for paper in papers), key=list(PARTS).index
    )
    for key in ("slug", "title", "arxiv", "sentence"):
        assert len({paper[key] for paper in papers}) == 19


def test_the_bibliography_has_the_same_nineteen(project_root: Path) -> None:
    text = (project_root / "book" / "references.bib").read_text("utf-8")
    entries = dict(
        re.findall(r"^@\w+\{(\w+),\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    )
    for paper in load_papers(project_root):
        entry = entries[paper["slug"]]
        assert f"eprint = {{{paper['arxiv']}}}" in entry
        assert f"year = {{{paper['year']}}}" in entry
        title = re.search(r"title = \{(.*)\}", entry)
        assert title is not None
        assert title[1].replace("{", "").replace("}", "") == paper["title"]
        authors = re.search(r"author = \{(.*)\}", entry)
        assert authors is not None
        assert len(authors[1].split(" and ")) == len(paper["authors"].split(", "))


def test_every_key_stands_once_in_all_bibliographies(project_root: Path) -> None:
    keys = [
        key
        for path in sorted((project_root / "book").glob("references*.bib"))
        for key in re.findall(r"^@\w+\{(\w+),", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert len(keys) == len(set(keys))


def test_the_map_marks_what_is_not_written(project_root: Path, tmp_path: Path) -> None:
    papers = load_papers(project_root)
    text = paper_map(only(_chapter(tmp_path, "concepts"), papers))
    assert text.count("Not yet written") == 18
    assert text.count("/chapters/") == 1
    assert "(/chapters/concepts/lesson.ipynb)" in text
    for paper in papers:
        assert f"https://arxiv.org/abs/{paper['arxiv']}" in text
        assert paper["sentence"] in text


def test_the_contents_list_has_what_exists_and_nothing_else(project_root: Path) -> None:
    text = (project_root / "_toc.yml").read_text("utf-8")
    toc = yaml.safe_load(text)
    listed = [toc["root"], *re.findall(r"- file: (\S+)", text)]
    pages = [path.stem for path in (project_root / "book").glob("*.md")]
    notebooks = [
        f"chapters/{chapter.slug}/{stem}"
        for chapter in discover(project_root)
        for stem in chapter.stems
    ]
    assert sorted(listed) == sorted([*(f"book/{page}" for page in pages), *notebooks])


def test_chapters_stand_in_the_order_of_the_papers(project_root: Path) -> None:
    order = [paper["slug"] for paper in load_papers(project_root)]
    slugs = [chapter.slug for chapter in discover(project_root)]
    assert slugs == sorted(slugs, key=order.index)


def test_the_pages_of_the_book_can_be_filled(project_root: Path) -> None:
    project = Project.at(project_root)
    for path in sorted((project_root / "book").glob("*.md")):
        text = fill(path.read_text("utf-8"), path.name, project)
        assert "% insert:" not in text


def test_an_unknown_part_is_refused(project_root: Path) -> None:
    project = Project.at(project_root)
    with pytest.raises(CourseError, match=r"page\.md.*weather.*ledger"):
        fill("# A\n\n% insert: weather\n", "page.md", project)


def test_a_claim_without_a_record_says_so(chapter: Chapter) -> None:
    text = ledger(only(chapter))
    assert 'data-verdict="no record yet"' in text
    assert "1 not testable here, 1 no record yet" in text


def test_the_ledger_judges_the_record(chapter: Chapter) -> None:
    count = MINIMUM_SEEDS["quick"]
    _record(chapter.folder, [0.3 + 0.001 * seed for seed in range(count)])
    text = ledger(only(chapter))
    assert 'data-verdict="reproduced"' in text
    assert "quick, embedded, cpu" in text
    assert f'data-label="Seeds" data-value="{count}"' in text
    assert f"course run demo --seeds 0-{count - 1} --record" in text
    assert ">0.304</a>" in text
    assert ">[0.30" in text
    _record(chapter.folder, [-0.3 + 0.001 * seed for seed in range(count)])
    assert 'data-verdict="contradicted"' in ledger(only(chapter))


def test_few_seeds_give_no_verdict(chapter: Chapter) -> None:
    _record(chapter.folder, [0.3, 0.31])
    assert 'data-verdict="too few seeds"' in ledger(only(chapter))


def test_another_profile_has_rows_of_its_own(chapter: Chapter) -> None:
    _record(chapter.folder, [0.3 + 0.001 * seed for seed in range(5)], "full")
    text = ledger(only(chapter))
    assert "full, embedded, cpu" in text
    assert "--record --profile full" in text


def test_a_row_leads_to_its_chapter_and_is_escaped(chapter: Chapter) -> None:
    text = ledger(only(chapter))
    assert text.count('href="../chapters/demo/lesson.html"') == 2
    assert "loses &lt; the baseline" in text
    assert "the data are closed" in text


def test_what_the_papers_say_is_counted_apart(chapter: Chapter) -> None:
    theorem = "statistic: s\n  direction: within\n  kind: theorem\n"
    entry = "- id: demo.3\n  statement: A = B.\n  where: s\n  paper: p\n  " + theorem
    chapter.claims.write_text(CLAIMS + entry, "utf-8")
    text = ledger(only(chapter))
    assert "- 2 claims of the papers: 1 not testable here, 1 no record yet.\n" in text
    assert "- 1 theorem or identity: 1 no record yet.\n" in text


def test_the_ledger_is_the_same_every_time(chapter: Chapter) -> None:
    _record(chapter.folder, [0.1 * seed for seed in range(10)])
    assert ledger(only(chapter)) == ledger(only(chapter))


def test_no_chapter_has_no_ledger(tmp_path: Path) -> None:
    assert "No chapter" in ledger(only(_chapter(tmp_path / "bare", "bare")))


def test_unreadable_claims_are_named(chapter: Chapter) -> None:
    chapter.claims.write_text("- id: [", "utf-8")
    with pytest.raises(CourseError, match=r"claims\.yml"):
        ledger(only(chapter))
