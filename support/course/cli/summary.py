"""The claims of all chapters, judged over their recorded seeds, for the terminal."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError, nearest
from support.course.project.project import Project
from support.course.results.reading import command, judged, outdated, records_of
from support.judgements import Judgement, tally
from support.records import PROFILES, Setting

__all__ = ["claims_summary"]


def claims_summary(
    project: Project,
    chapters: Sequence[Chapter],
    profile: str,
    dataset: str,
    *,
    as_json: bool = False,
) -> str:
    """Write the claims of several chapters as text or JSON.

    Args:
        project: they belong to.
        chapters: in the book's order.
        profile: ``quick`` or ``full``.
        dataset: a data set.
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
    if dataset not in known:
        raise CourseError(
            f"--dataset: got {dataset!r}; the chapters use {', '.join(known)}."
            f"{nearest(dataset, known)}"
        )
    chosen = [chapter for chapter in chapters if dataset in chapter.datasets]
    setting = Setting(profile, dataset)
    judgements = {chapter.slug: judged(chapter, setting) for chapter in chosen}
    if as_json:
        found = [
            _plain(project, chapter, judgements[chapter.slug], setting)
            for chapter in chosen
        ]
        return json.dumps(found, indent=1)
    lines = [f"Claims over seeds: {setting.words}"]
    for chapter in chosen:
        lines += ["", f"{chapter.slug}: {chapter.title}"]
        lines += _table(judgements[chapter.slug])
        lines += _note(project, chapter, setting)
    every = [item for items in judgements.values() for item in items]
    lines += ["", *tally(every)]
    return "\n".join(lines)


def _table(judgements: Sequence[Judgement]) -> list[str]:
    rows = [
        (
            item.claim.id,
            item.verdict,
            item.ours,
            f"wanted {item.claim.wanted}",
            f"{item.seeds} seeds",
        )
        for item in judgements
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = (map(str.ljust, row, widths) for row in rows)
    return ["  " + "  ".join(cells).rstrip() for cells in padded]


def _counts(project: Project, chapter: Chapter, setting: Setting) -> tuple[int, int]:
    """How many records a setting has, and how many of them older code made."""
    records = records_of(chapter).of(setting)
    return len(records), len(outdated(records, chapter, project))


def _note(project: Project, chapter: Chapter, setting: Setting) -> list[str]:
    again = command(chapter.slug, setting)
    records, old = _counts(project, chapter, setting)
    if not records:
        return [f"  No seed is recorded in this setting; run: {again}"]
    if old:
        return [
            f"  {old} of {records} records were made by older code; to renew them: "
            f"{again}"
        ]
    return []


def _plain(
    project: Project,
    chapter: Chapter,
    judgements: Sequence[Judgement],
    setting: Setting,
) -> dict[str, Any]:
    rows = []
    for judgement in judgements:
        row = asdict(judgement)
        for name in ("mean", "low", "high"):
            row[name] = None if math.isnan(row[name]) else row[name]
        rows.append(row)
    records, old = _counts(project, chapter, setting)
    return {
        "chapter": chapter.slug,
        "title": chapter.title,
        "judgements": rows,
        "records": records,
        "outdated": old,
    }
