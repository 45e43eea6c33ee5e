"""The page on a reader's own method: what each chapter calls, with an example."""

import json
import re
from collections.abc import Mapping
from typing import Any

from support.course.pages.markdown import lesson_link
from support.course.project.chapters import Chapter
from support.course.project.methods import documented_arguments
from support.course.project.project import Project

__all__ = ["methods"]

#: The ten lines of a reader, in the folder of each chapter that takes a method.
_EXAMPLE = "own_method.py"
#: What a probe saw at each chapter's first call of it.
_SEEN = "book/method_arguments.json"


def methods(project: Project) -> str:
    """Write, for each chapter, what it calls and an example that a test runs.

    Args:
        project: whose chapters; the example of one is its ``own_method.py``, and what
            a probe saw of its call stands in ``book``.

    Returns:
        MyST text, one section a chapter that takes a method.
    """
    path = project.root / _SEEN
    seen: dict[str, dict[str, Any]] = {}
    if path.is_file():
        seen = json.loads(path.read_text(encoding="utf-8"))
    sections = []
    for chapter in project.chapters:
        if not documented_arguments(chapter.method):
            continue
        call, _, returns = (part.strip() for part in chapter.method.partition("->"))
        lines = [
            f"## {chapter.title}",
            f"The chapter {lesson_link(chapter)} calls",
            f"```text\n{call}\n```",
        ]
        if returns:
            lines.append(f"and expects: {returns}.")
        lines += _call_seen(chapter, seen.get(chapter.slug))
        example = chapter.folder / _EXAMPLE
        if example.is_file():
            code = example.read_text(encoding="utf-8").strip()
            name = re.findall(r"^(?:def|class) (\w+)", code, re.MULTILINE)[-1]
            spec = f"chapters.{chapter.slug}.own_method:{name}"
            lines += [
                f"```python\n# chapters/{chapter.slug}/{_EXAMPLE}\n{code}\n```",
                f"```bash\ncourse run {chapter.slug} --method {spec}\n```",
            ]
        sections.append("\n\n".join(lines))
    return "\n\n".join(sections) or "No chapter takes a method yet."


def _call_seen(chapter: Chapter, seen: Mapping[str, Any] | None) -> list[str]:
    """What a probe saw of the call, a line an argument; nothing where none was sent."""
    names = documented_arguments(chapter.method)
    if seen is None or len(seen["arguments"]) != len(names):
        return []
    told = zip(names, seen["arguments"], strict=True)
    return [
        "In a quick run on embedded data it was first called with",
        "\n".join(f"- `{name}`: {words}" for name, words in told),
        f"and the example below answered: {seen['answer']}.",
    ]
