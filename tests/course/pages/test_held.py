"""What held and what connects: counts that agree with the judgements, one scale."""

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from support.claims import Claim, load_claims
from support.course.pages.forest import common, forest
from support.course.pages.held import corpora_table, numbered, verdict_table
from support.course.pages.marks import papers_claims
from support.course.pages.threads import load_threads, thread, thread_makers
from support.course.pages.verdict_drawings import both_data, one_seed, picture
from support.course.project.project import Project
from support.judgements import judge
from tests.course.pages.test_ledger import demo, record

_SEEDS = (0.25, 0.3, 0.35, 0.3, 0.28, 0.32, 0.27, 0.33, 0.31, 0.29)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A chapter whose claim holds on embedded data and is contradicted on real ones."""
    made = replace(demo(tmp_path), papers=({"slug": "other"}, {"slug": "demo"}))
    record(made, {"demo.1": 0.3, "demo.3": 1e-5})
    record(made, {"demo.1": -0.2, "demo.4": 0.01}, "zoo")
    return made


@pytest.fixture(scope="module")
def book(project_root: Path) -> Project:
    return Project.at(project_root)


def plain(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def alt(page: str) -> str:
    found = re.search(r'role="img" aria-label="([^"]+)"', page)
    assert found is not None
    return unescape(found[1])


def test_the_table_counts_what_held_on_both(project: Project) -> None:
    rows = re.findall(r"<tr .*?</tr>", verdict_table(project))
    assert plain(rows[1]) == "2. A demonstration 1 of 1 0 of 1 0 of 1 1 1"
    assert plain(rows[2]) == "All chapters 1 of 1 0 of 1 0 of 1 1 1"


def test_the_picture_has_a_shape_a_claim_of_the_book(book: Project) -> None:
    drawn = picture(book)
    ElementTree.fromstring(drawn)
    found = [
        papers_claims(chapter, real=real)
        for _, chapter in numbered(book)
        for real in (False, True)
    ]
    shapes = re.findall(
        r'<text class="mark-[a-z-]+" x="([^"]+)" y="[^"]+">([^<]+)<', drawn
    )
    assert sum(len(text) for _, text in shapes) == sum(map(len, found))
    assert all(len(places.split()) == len(text) for places, text in shapes)
    assert all(float(x) < 392 for places, _ in shapes for x in places.split())
    for _, chapter in numbered(book):
        assert chapter.title in unescape(drawn)


def test_real_data_are_named_with_what_they_are(book: Project) -> None:
    table = corpora_table(book)
    assert '<a href="datasets.html#data-mnist">MNIST</a>: 70,000 grey' in table
    assert "scikit-learn's digits, scanned" in unescape(table)
    assert ">–<" not in table  # every paper says what its embedded data are
    assert table.count('<th scope="row"') == len(numbered(book))


@pytest.mark.parametrize("seeds", [_SEEDS, [9.0 + one for one in _SEEDS]])
def test_on_the_common_scale_null_and_margin_stand_still(
    project: Project, seeds: list[float]
) -> None:
    claim = load_claims(project.chapters[0].claims)[0]

    def drawn(one: Claim, sign: float, size: float) -> dict[str, str]:
        item = judge(one, [sign * size * value for value in seeds])
        text = forest(item, common(one))
        parts = {"n": r'"n" d="M(\d+)', "m": r'"m" d="M(\d+)', "w": r'"w" (x="\d+")'}
        found = {name: re.findall(each, text)[0] for name, each in parts.items()}
        return found | {"beyond": str('class="b"' in text)}

    greater = drawn(claim, 1, 1)
    less = replace(claim, direction="less", margin=-10.0, paper_value=None)
    assert drawn(less, -1, 100) == greater
    assert int(greater["n"]) < int(greater["m"])
    assert greater["beyond"] == str(seeds[0] > 1)


def test_a_thread_shows_a_claim_on_both_data(project: Project) -> None:
    words = {"demo.4": "a ridge", "demo.1": "less < more", "demo.3": "a sum"}
    page = thread(project, "some", {**words, "other.9": "unwritten"})
    drawing, table = page.split("\n<details>")
    svg = ElementTree.fromstring(drawing)[0]
    texts = [one.text for one in svg if one.tag == "text"]
    assert texts == [
        "embedded data", "real data", "2. a ridge", "▲", "2. less < more", "●", "✕",
        "2. a sum", "■", "holds",
    ]  # fmt: skip
    assert [one.get("transform") for one in svg if one.tag == "g"] == [
        "translate(226 42)", "translate(20 88)", "translate(226 88)",
    ]  # fmt: skip
    assert "on embedded data 1 reproduced, 1 holds; on real data 1 contra" in alt(page)
    rows = re.findall(r"<tr .*?</tr>", table)
    found = [re.findall(r"claims\.html#([\w.]+)", one)[0] for one in rows[1:]]
    assert found == list(words)
    assert "A ridge does as well. – ▲ found 0.010" in plain(rows[1])
    assert "our question, bears against the thesis" in plain(rows[1])
    assert "No claim" in thread(project, "none", {"other.9": "unwritten"})


def test_threads_name_claims_that_exist_of_several_chapters(book: Project) -> None:
    written = {chapter.slug: chapter for chapter in book.chapters}
    known = {paper["slug"] for paper in book.papers}
    text = (book.root / "book" / "held.md").read_text("utf-8")
    assert set(re.findall(r"% insert: (thread_\w+)", text)) == set(thread_makers(book))
    for name, claims in load_threads(book.root).items():
        assert max(map(len, claims.values())) <= 50, name
        slugs = {claim.rpartition(".")[0] for claim in claims}
        assert len(slugs & set(written)) > 1, name
        assert slugs <= known, name
        for slug in slugs & set(written):
            ids = {one.id for one in load_claims(written[slug].claims)}
            missing = {one for one in claims if one.startswith(f"{slug}.")} - ids
            assert not missing, f"{name}: {missing}"


def test_one_seed_is_asked_for_each_claim(project: Project) -> None:
    said = alt(one_seed(project))
    assert "reproduced on embedded data: 100 % of seeds, 1 claim, 0 split" in said
    assert "contradicted on real data: 0 % of seeds, 1 claim, 0 split" in said
    chapter = project.chapters[0]
    content = json.loads(chapter.results.read_text("utf-8"))
    for one in content["records"][:10]:
        one["claims"]["demo.1"] = 0.05
    chapter.results.write_text(json.dumps(content), "utf-8")
    assert "on embedded data: 50 % of seeds, 1 claim, 1 split" in alt(one_seed(project))


def test_verdicts_on_both_data_are_paired(project: Project, book: Project) -> None:
    assert alt(both_data(project)).endswith("reproduced on embedded, contradicted on "
                                            "real data: 1.")  # fmt: skip
    counts = map(int, re.findall(r"real data: (\d+)", alt(both_data(book))))
    pairs = 0
    for _, chapter in numbered(book):
        here, there = (
            {item.claim.id for item in papers_claims(chapter, real=real) if item.among}
            for real in (False, True)
        )
        pairs += len(here & there)
    assert sum(counts) == pairs
