"""All files of a chapter's seminar, made in memory from its sources and execution."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from support.course.book.figures import FIGURE
from support.course.book.notebooks import join
from support.course.project.chapters import Chapter, tags
from support.course.project.errors import CourseError
from support.course.project.lesson_plan import Plan, read_plan
from support.course.project.project import Project
from support.course.results.reading import judged_everywhere, records_of
from support.course.run.planning import make_plan
from support.course.seminar import pages, vendor
from support.course.seminar.deck import FIGURES, Slide, make_slides, verdict_slide
from support.course.seminar.editions import EDITIONS, edition
from support.course.seminar.markup import address, picture
from support.course.seminar.plain import Words, citations, labels, plain
from support.course.seminar.readme import readme

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Materials", "beside", "gather", "package"]

_BESIDE = ("claims.yml", "results.json")  # what a lesson reads from its own folder
_MATHJAX = "slides/vendor/mathjax"
_PACKAGE = (
    *("pyproject.toml", "constraints.txt", "README.md", "LICENSE", "LICENSE-TEXT"),
    "tools/install.py",
)
_TAKE_AWAYS = re.compile(
    r"^## Take-aways?\s*$(?P<body>.*?)(?=^#|^```|^:::|\Z)", re.M | re.S
)
_POINT = re.compile(r"^(?:\d+\.|[-*])\s+(.+)$", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Materials:
    """What a chapter brings into a room.

    Attributes:
        chapter: which.
        notebooks: with the outputs of their executions, by stem.
        paper: its row of ``book/papers.yml``; empty for none.
        cited: authors and years by key.
        plan: of its exercises; None without exercises.
        verdicts: the slide on its claims; None without a record.
    """

    chapter: Chapter
    notebooks: Mapping[str, "NotebookNode"]
    paper: Mapping[str, Any]
    cited: Mapping[str, tuple[str, str]]
    plan: Plan | None
    verdicts: Slide | None

    @cached_property
    def slides(self) -> list[Slide]:
        """The slides after the title; the verdicts stand before the last."""
        made = make_slides(self.notebooks["lesson"], self._words("lesson"))
        return [*made[:-1], *([self.verdicts] if self.verdicts else []), *made[-1:]]

    def files(self) -> dict[str, bytes]:
        """Make every file but the handout's print and the archives."""
        found: dict[str, bytes] = {}
        for name in EDITIONS:
            found |= self.edition(name)
        found |= {f"slides/vendor/reveal/{k}": v for k, v in vendor.reveal().items()}
        found |= {f"{_MATHJAX}/{name}": data for name, data in vendor.mathjax().items()}
        if vendor.reveal():
            found["slides/index.html"] = self._deck().encode("utf-8")
            for slide in self.slides:
                found |= {f"slides/{FIGURES}/{k}": data for k, data in slide.figures}
        found["handout.html"] = self.handout(10.5).encode("utf-8")
        if self.plan is not None:
            found["teacher/plan.html"] = self._plan(self.plan).encode("utf-8")
        found["README.md"] = readme(self.chapter, sorted(found)).encode("utf-8")
        return found

    def edition(self, name: str) -> dict[str, bytes]:
        """Make an edition's notebooks, with what they read beside them.

        Args:
            name: ``student`` or ``teacher``.
        """
        found = {f"{name}/{k}": data for k, data in beside(self.chapter).items()}
        for stem, notebook in self.notebooks.items():
            fresh = name == "student" and stem == "exercises"
            text = edition(notebook, name, self._words(stem), outputs=not fresh)
            found[f"{name}/{stem}.ipynb"] = text.encode("utf-8")
        return found

    def handout(self, size: float) -> str:
        """Write the handout in a size of type.

        Args:
            size: in points.
        """
        lesson = self.notebooks["lesson"]
        ideas = [slide.source for slide in self.slides if "$$" in slide.source]
        return pages.handout(
            title=self.chapter.title,
            thesis=str(self.paper.get("sentence", "")),
            source=self._source(),
            idea=plain(ideas[0], self._words("lesson")) if ideas else "",
            figure=_first_figure(lesson),
            points=[plain(text, self._words("lesson")) for text in _points(lesson)],
            plan=self.plan,
            maths=_MATHJAX if vendor.mathjax() else "",
            points_of_type=size,
        )

    def missing(self) -> list[str]:
        """Say which parts could not be made, and what they need."""
        found = []
        if not vendor.reveal():
            found.append(
                "No slides: sphinx-revealjs, which brings reveal.js, is not "
                "installed. Run: pip install sphinx-revealjs"
            )
        if not vendor.mathjax():
            found.append(
                "Formulas stay TeX in slides, handout and plan: sphinx-mathjax-offline "
                "is not installed. Run: pip install sphinx-mathjax-offline"
            )
        return found

    def _deck(self) -> str:
        return pages.deck(
            self.slides,
            title=self.chapter.title,
            subtitle=str(self.paper.get("sentence", "")),
            source=self._source(),
            maths=bool(vendor.mathjax()),
        )

    def _plan(self, plan: Plan) -> str:
        notes = [
            plain(text, self._words(stem))
            for stem, notebook in self.notebooks.items()
            for text in _notes(notebook)
        ]
        return pages.teacher_plan(
            title=self.chapter.title,
            plan=plan,
            slides=len(self.slides) + 1,
            minutes=self.chapter.minutes,
            notes=notes,
            maths=f"../{_MATHJAX}" if vendor.mathjax() else "",
        )

    def _source(self) -> str:
        if not self.paper:
            return ""
        paper = self.paper
        return (
            f"{paper['authors']}: {paper['title']}. {paper['venue']}, {paper['year']}, "
            f"arXiv:{paper['arxiv']}"
        )

    def _words(self, stem: str) -> Words:
        cells = self.notebooks[stem].cells
        texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
        return Words(self.cited, labels(texts))


def gather(project: Project, chapters: Sequence[Chapter]) -> list[Materials]:
    """Read chapters and their executions.

    Args:
        project: they belong to.
        chapters: whose materials.

    Returns:
        The materials of each, in order.

    Raises:
        CourseError: an execution is missing or stale, or the plan of a chapter's
            exercises is faulty; the message says the command or what to mend.
    """
    import nbformat

    plan = make_plan(project, chapters=chapters)
    for job in plan.jobs:
        if job.why:
            raise CourseError(
                f"{job.name} has no execution of today's sources ({job.why}). "
                f"Run: course run {job.chapter.slug}",
                exit_code=1,
            )
    papers = {paper["slug"]: paper for paper in project.papers}
    cited = citations(project)
    found = []
    for chapter in chapters:
        notebooks = {
            job.stem: join(
                job.source.notebook,
                nbformat.read(job.place.notebook, as_version=4),
                job.name,
            )
            for job in plan.jobs
            if job.chapter.slug == chapter.slug
        }
        exercises = "exercises" in chapter.stems
        found.append(
            Materials(
                chapter,
                notebooks,
                papers.get(chapter.slug, {}),
                cited,
                read_plan(chapter) if exercises else None,
                _verdicts(chapter),
            )
        )
    return found


def beside(chapter: Chapter) -> dict[str, bytes]:
    """What a chapter's notebooks read from their own folder, by name."""
    paths = [chapter.folder / name for name in _BESIDE]
    return {path.name: path.read_bytes() for path in paths if path.is_file()}


def package(project: Project) -> dict[str, bytes]:
    """Take the sources that ``pip install`` needs.

    Returns:
        Contents by path; none where the project's file is not there.
    """
    root = project.root
    if not (root / "pyproject.toml").is_file():
        return {}
    paths = [root / name for name in _PACKAGE]
    for folder in ("support", "legible_representations"):
        paths += sorted((root / folder).rglob("*"))
    paths += sorted((root / "chapters").glob("**/*.py"))
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in paths
        if path.is_file() and "__pycache__" not in path.parts
    }


def _verdicts(chapter: Chapter) -> Slide | None:
    if not (len(records_of(chapter)) and chapter.claims.is_file()):
        return None
    found = judged_everywhere(chapter, profile="quick")
    return verdict_slide([item for items in found.values() for item in items])


def _first_figure(notebook: "NotebookNode") -> str:
    """The first figure of the deck, else of the lesson, as HTML in itself."""
    outputs = [
        (bool((cell.metadata.get("slideshow") or {}).get("slide_type")), output)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if FIGURE in output.get("metadata", {})
    ]
    if not outputs:
        return ""
    _, output = max(outputs, key=lambda pair: pair[0])  # max keeps the first of equals
    words = output["metadata"][FIGURE]
    return (
        f'<figure><img src="{address(picture(output))}" alt="{escape(words["alt"])}">'
        f"<figcaption>{escape(words['caption'])}</figcaption></figure>"
    )


def _points(notebook: "NotebookNode") -> list[str]:
    for cell in notebook.cells:
        if cell.cell_type != "markdown" or "slide-only" in tags(cell):
            continue
        if found := _TAKE_AWAYS.search(cell.source):
            lines = found["body"].strip().splitlines()
            return _POINT.findall(found["body"]) or [line for line in lines if line]
    return []


def _notes(notebook: "NotebookNode") -> list[str]:
    """The notes for teachers, each under the heading that it follows."""
    found, heading = [], ""
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        if "teacher" in tags(cell):
            found.append(f"### {heading}\n\n{cell.source}")
            continue
        if titles := _HEADING.findall(cell.source):
            heading = titles[-1]
        for line in cell.source.splitlines():
            if "{exercise}" in line:
                heading = line.partition("{exercise}")[2].strip()
    return found
