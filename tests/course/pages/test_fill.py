"""The made parts of the book's pages, and the pages that exist."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from support.course.pages.fill import fill
from support.course.project.chapters import discover
from support.course.project.errors import CourseError
from support.course.project.papers import PARTS, load_papers
from support.course.project.project import Project


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


def test_the_contents_list_has_what_exists_and_nothing_else(project_root: Path) -> None:
    text = (project_root / "_toc.yml").read_text("utf-8")
    toc = yaml.safe_load(text)
    listed = [toc["root"], *re.findall(r"- file: (\S+)", text)]
    book = project_root / "book"
    found = [path.relative_to(book).with_suffix("") for path in book.rglob("*.md")]
    notebooks = [
        f"chapters/{chapter.slug}/{stem}"
        for chapter in discover(project_root)
        for stem in chapter.stems
    ]
    pages = [f"book/{page.as_posix()}" for page in found]
    assert sorted(listed) == sorted([*pages, *notebooks])


def test_chapters_stand_in_the_order_of_the_papers(project_root: Path) -> None:
    order = [paper["slug"] for paper in load_papers(project_root)]
    slugs = [chapter.slug for chapter in discover(project_root)]
    assert slugs == sorted(slugs, key=order.index)


def test_the_pages_of_the_book_can_be_filled(project_root: Path) -> None:
    project = Project.at(project_root)
    for path in sorted((project_root / "book").rglob("*.md")):
        text = fill(path.read_text("utf-8"), path.name, project)
        assert "% insert:" not in text


def test_how_many_chapters_there_are_is_said(project_root: Path) -> None:
    project = Project.at(project_root)
    count = len(project.chapters)
    text = fill("% insert: counts\n", "page.md", project)
    assert str(count) in text
    written = {chapter.slug for chapter in project.chapters}
    there = [paper for paper in project.papers if paper["slug"] in written]
    complete = replace(project, papers=tuple(there))
    assert fill("% insert: counts\n", "page.md", complete).strip() == (
        f"All {count} papers have their chapter."
    )


def test_an_unknown_part_is_refused(project_root: Path) -> None:
    project = Project.at(project_root)
    with pytest.raises(CourseError, match=r"page\.md.*weather.*ledger"):
        fill("# A\n\n% insert: weather\n", "page.md", project)
