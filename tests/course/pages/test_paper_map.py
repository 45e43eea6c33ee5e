"""The map of the first page: cards, what builds on what, ways through the book."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from support.course.pages.paper_map import chapter_graph, paper_map, paths
from support.course.project.chapters import Chapter
from support.course.project.papers import load_papers
from support.course.project.project import Project


def only(folder: Path, papers: Sequence[Mapping[str, Any]], *slugs: str) -> Project:
    """A project with these chapters, without claims."""
    chapters = []
    for slug in slugs:
        (folder / slug).mkdir()
        chapter = Chapter(slug, folder / slug, f"Our {slug}", 50, ("embedded",))
        chapters.append(chapter)
    return Project(folder, folder, tuple(chapters), tuple(papers))


def test_the_map_marks_what_is_not_written(project_root: Path, tmp_path: Path) -> None:
    papers = load_papers(project_root)
    text = paper_map(only(tmp_path, papers, "concepts"))
    assert text.count("Not yet written") == 18
    assert text.count("/chapters/") == 1 + sum(
        "concepts" in paper["after"] for paper in papers
    )
    assert "**[Our concepts](/chapters/concepts/lesson.ipynb)**" in text
    for paper in papers:
        assert f"https://arxiv.org/abs/{paper['arxiv']}" in text
        assert f"The paper's idea: {paper['sentence']}" in text  # no finding of ours
        assert f"Read this if you ask: *{paper['question']}*" in text


def test_numbers_are_those_of_the_sidebar_and_the_bibliography(
    project_root: Path,
) -> None:
    project = Project.at(project_root)
    text = paper_map(project)
    numbers = [int(n) for n in re.findall(r'"paper-number">(\d+)<', text)]
    cited = re.findall(r"\{cite:label\}`(\w+)`", text)
    assert numbers == list(range(1, len(project.papers) + 1))
    assert cited == [paper["slug"] for paper in project.papers]
    places = [cited.index(chapter.slug) for chapter in project.chapters]
    assert places == sorted(places)


def test_a_card_has_its_verdicts_in_shapes_and_in_words(project_root: Path) -> None:
    project = Project.at(project_root)
    text = paper_map(project)
    strips = re.findall(
        r'<span class="marks" role="img" aria-label="([^"]+)">(.*?)</span>', text
    )
    claimed = sum(chapter.claims.is_file() for chapter in project.chapters)
    assert len(strips) == 2 * claimed
    for words, shapes in strips:
        said = sum(int(n) for n in re.findall(r"(\d+) [a-z]", words))
        assert said == len(re.sub(r"<[^>]+>|–", "", shapes))


def test_the_drawing_has_an_arc_a_prerequisite_and_says_it(
    project_root: Path, tmp_path: Path
) -> None:
    papers = load_papers(project_root)
    text = chapter_graph(only(tmp_path, papers, "disentanglement", "concepts"))
    drawing, said = text.split("\n\n", 1)
    tree = ElementTree.fromstring(drawing)
    arcs, *marks = tree
    assert len(arcs) == sum(len(paper["after"]) for paper in papers)
    assert len(marks) == 2 * len(papers)
    assert (
        "- [4. Our concepts](/chapters/concepts/lesson.ipynb) builds on "
        "[1. Our disentanglement](/chapters/disentanglement/lesson.ipynb)."
    ) in said
    assert "Unlearning (not yet written) builds on [4. Our concepts]" in said


def test_a_way_goes_through_what_its_chapters_build_on(
    project_root: Path, tmp_path: Path
) -> None:
    papers = load_papers(project_root)
    project = only(tmp_path, papers, "disentanglement", "concepts", "recruitment")
    reads, works, teaches = paths(project).split("\n\n**")
    assert "2 h 30 min of reading:" in reads
    assert re.findall(r"^- \[(\d+)\.", reads, re.MULTILINE) == ["1", "4", "8"]
    assert re.findall(r"^- \[(\d+)\.", works, re.MULTILINE) == ["1", "8"]
    assert teaches.startswith("You teach.**")
    assert paths(only(tmp_path, papers)) == ""
