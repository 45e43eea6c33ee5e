"""A new chapter that runs, is checked and shows the shape of all the others.

Its files are those of ``template/``: a small chapter of its own, on weight decay,
whose slug and title are put in.  An author replaces it from top to bottom, and has
at every moment a chapter that runs.
"""

import re
from pathlib import Path

import yaml

from support.course.project.chapters import toc_slugs
from support.course.project.errors import CourseError
from support.course.project.files import write_atomic
from support.course.project.papers import PARTS
from support.course.project.project import Project

__all__ = ["add_to_contents", "scaffold"]

_SLUG = re.compile(r"[a-z][a-z0-9_]{1,39}")
_TEMPLATE = Path(__file__).parent / "template"
_SAMPLE = "new_chapter"  # the slug in the template
_TITLE = "A new chapter"


def scaffold(project: Project, slug: str, title: str = "") -> list[Path]:
    """Write the files of a new chapter and add it to the contents.

    Args:
        project: that it joins.
        slug: lower-case letters, digits and underscores.
        title: the short title; that of the paper of this slug by default.

    Returns:
        The files written.

    Raises:
        CourseError: the slug is malformed or the folder exists.
    """
    if not _SLUG.fullmatch(slug):
        raise CourseError(
            f"slug: got {slug!r}; give 2 to 40 lower-case letters, digits and "
            "underscores, a letter first, for example tied_factors."
        )
    root = project.root
    targets = {
        "chapter": root / "chapters" / slug,
        "tests": root / "tests" / "chapters" / slug,
    }
    for folder in targets.values():
        if folder.exists():
            raise CourseError(
                f"{folder.relative_to(root).as_posix()} exists already; nothing was "
                "written. Choose another slug, or remove that folder first."
            )
    paper = next((p for p in project.papers if p["slug"] == slug), {})
    title = title or str(paper.get("title") or slug.replace("_", " ").capitalize())
    written = [
        path
        for source, folder in targets.items()
        for path in _copy(_TEMPLATE / source, folder, slug, title)
    ]
    for package in ("chapters", "tests", "tests/chapters"):
        (root / package / "__init__.py").touch()
    contents = root / "_toc.yml"
    if slug not in toc_slugs(root) and contents.is_file():
        part = str(paper.get("part", ""))
        caption = f"{part}. {PARTS[part]}" if part else ""
        text = contents.read_text(encoding="utf-8")
        write_atomic(contents, add_to_contents(text, slug, caption))
        written.append(contents)
    return written


def _copy(source: Path, target: Path, slug: str, title: str) -> list[Path]:
    """Copy files, the sample's slug and title replaced."""
    quoted = yaml.safe_dump(title, allow_unicode=True, width=1000)
    quoted = quoted.removesuffix("...\n").strip()
    words = {
        _SAMPLE: slug,
        _SAMPLE.replace("_", "-"): slug.replace("_", "-"),
        f"title: {_TITLE}": f"title: {quoted}",
        _TITLE: title,
    }
    written = []
    for path in sorted(path for path in source.iterdir() if path.is_file()):
        text = path.read_text(encoding="utf-8")
        for sample, word in words.items():
            text = text.replace(sample, word)
        write_atomic(target / path.name, text)
        written.append(target / path.name)
    return written


def add_to_contents(text: str, slug: str, part: str) -> str:
    """Add a chapter to the text of ``_toc.yml``, at the end of its part.

    Args:
        text: of the file; comments and order are kept.
        slug: the chapter.
        part: the caption of its part; the part is made where it is missing. With
            no part the last one that holds chapters is taken.

    Returns:
        The new text.
    """
    entry = [
        f"      - file: chapters/{slug}/lesson",
        "        sections:",
        f"          - file: chapters/{slug}/exercises",
    ]
    lines = text.rstrip("\n").split("\n")
    captions = [i for i, line in enumerate(lines) if line.startswith("  - caption:")]
    ends = [*captions, len(lines)][1:]
    spans = list(zip(captions, ends, strict=False))
    holding = [
        (begin, end)
        for begin, end in spans
        if any("chapters/" in line for line in lines[begin:end])
    ]
    named = [
        (begin, end)
        for begin, end in spans
        if part and lines[begin].partition(":")[2].strip().strip("\"'") == part
    ]
    if named or (holding and not part):
        end = (named or holding[-1:])[0][1]
        lines[end:end] = entry
    elif captions:
        later = [
            begin
            for begin, _ in holding
            if part and lines[begin].partition(":")[2].strip() > part
        ]
        place = (later or [holding[-1][1]] if holding else [captions[0]])[0]
        caption = part or "Chapters"
        lines[place:place] = [
            f"  - caption: {caption}",
            "    numbered: true",
            "    chapters:",
            *entry,
        ]
    else:
        if not any(line.startswith("chapters:") for line in lines):
            lines.append("chapters:")
        lines += [line[4:] for line in entry]
    return "\n".join(lines) + "\n"
