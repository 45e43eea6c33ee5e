"""The claims of all chapters, judged over their recorded seeds, for the terminal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError, nearest
from support.course.project.project import Project
from support.course.results.reading import (
    command,
    judged_everywhere,
    outdated,
    records_of,
)
from support.judgements import Judgement, tally
from support.records import PROFILES, Setting

__all__ = ["aligned", "claims_summary"]


def claims_summary(
    project: Project,
    chapters: Sequence[Chapter],
    profile: str,
    dataset: str | None = None,
    *,
    as_json: bool = False,
) -> str:
    """Write the claims of several chapters as text or JSON.

    Args:
        project: they belong to.
        chapters: in the book's order.
        profile: ``quick`` or ``full``.
        dataset: a data set; None for every one that a chapter's claims read.
        as_json: for machines.

    Returns:
        Several lines of text.

    Raises:
        CourseError: an unknown profile, or unreadable claims or results.
    """
    if profile not in PROFILES:
        raise CourseError(
            f"--profile: got {profile!r}; expected {' or '.join(PROFILES)}."
        )
    known = list(dict.fromkeys(name for c in chapters for name in c.datasets))
    if dataset is not None and dataset not in known:
        raise CourseError(
            f"--dataset: got {dataset!r}; the chapters use {', '.join(known)}."
            f"{nearest(dataset, known)}"
        )
    found = {
        chapter.slug: judged_everywhere(chapter, profile=profile, dataset=dataset)
        for chapter in chapters
        if chapter.claims.is_file() and (dataset or "embedded") in chapter.datasets
    }
    chosen = [chapter for chapter in chapters if chapter.slug in found]
    if as_json:
        plain = [_plain(project, one, found[one.slug]) for one in chosen]
        return json.dumps(plain, indent=1, default=str)
    lines = [f"Claims over seeds: {profile} profile"]
    for chapter in chosen:
        lines += ["", f"{chapter.slug}: {chapter.title}"]
        for setting, judgements in found[chapter.slug].items():
            lines.append(f"  {setting.dataset} data")
            lines += _table(judgements)
            lines += _note(project, chapter, setting)
    every = [
        item
        for settings in found.values()
        for judgements in settings.values()
        for item in judgements
    ]
    lines += ["", *tally(every)]
    return "\n".join(lines)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of text whose columns stand below each other.

    >>> aligned([("a", "b"), ("long", "c")])
    ['a     b', 'long  c']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (map(str.ljust, row, widths) for row in rows)
    return ["  ".join(cells).rstrip() for cells in padded]


def _table(judgements: Sequence[Judgement]) -> list[str]:
    rows = [
        (
            item.claim.id,
            item.verdict,
            item.ours,
            f"wanted {item.claim.wanted}",
            "; ".join([f"{item.seeds} seeds", *item.remarks]),
        )
        for item in judgements
    ]
    return [f"    {line}" for line in aligned(rows)]


def _counts(project: Project, chapter: Chapter, setting: Setting) -> tuple[int, int]:
    """How many records a setting has, and how many of them older code made."""
    records = records_of(chapter).of(setting)
    return len(records), len(outdated(records, chapter, project))


def _note(project: Project, chapter: Chapter, setting: Setting) -> list[str]:
    again = command(chapter.slug, setting)
    records, old = _counts(project, chapter, setting)
    if not records:
        return [f"    No seed is recorded in this setting; run: {again}"]
    if old:
        return [
            f"    {old} of {records} records were made by older code; to renew them: "
            f"{again}"
        ]
    return []


def _plain(
    project: Project,
    chapter: Chapter,
    found: Mapping[Setting, Sequence[Judgement]],
) -> dict[str, Any]:
    """A chapter for machines: NaN has no place in JSON, so it is null."""
    counts = [_counts(project, chapter, setting) for setting in found]
    return {
        "chapter": chapter.slug,
        "title": chapter.title,
        "judgements": [
            {
                name: None if value != value else value
                for name, value in asdict(item).items()
            }
            | {"profile": setting.profile, "remarks": item.remarks}
            for setting, judgements in found.items()
            for item in judgements
        ],
        "records": sum(records for records, _ in counts),
        "outdated": sum(old for _, old in counts),
    }
