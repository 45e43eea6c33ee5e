"""The claims of all chapters, judged over their recorded seeds, for the terminal."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from support.claims import MINIMUM_SEEDS
from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError, nearest
from support.course.results.judging import judged

__all__ = ["claims_summary"]


def claims_summary(
    root: Path,
    chapters: Sequence[Chapter],
    profile: str,
    dataset: str,
    *,
    as_json: bool = False,
) -> str:
    """Write the claims of several chapters as text or JSON.

    Args:
        root: the project's folder.
        chapters: in the book's order.
        profile: ``quick`` or ``full``.
        dataset: a data set.
        as_json: for machines.

    Returns:
        Several lines of text.

    Raises:
        CourseError: an unknown profile, or unreadable claims or results.
    """
    if profile not in MINIMUM_SEEDS:
        raise CourseError(
            f"--profile: got {profile!r}; expected {' or '.join(MINIMUM_SEEDS)}."
        )
    known = list(dict.fromkeys(name for c in chapters for name in c.datasets))
    if dataset not in known:
        raise CourseError(
            f"--dataset: got {dataset!r}; the chapters use {', '.join(known)}."
            f"{nearest(dataset, known)}"
        )
    chosen = [chapter for chapter in chapters if dataset in chapter.datasets]
    found = [judged(root, chapter, profile, dataset) for chapter in chosen]
    if as_json:
        return json.dumps([_plain(item) for item in found], indent=1)
    lines = [f"Claims over seeds: {profile} profile, {dataset} data"]
    for item in found:
        lines += ["", f"{item['chapter']}: {item['title']}"]
        rows = [
            (
                judgement.claim.id,
                judgement.verdict,
                judgement.ours,
                f"wanted {judgement.claim.wanted}",
                f"{judgement.seeds} seeds",
            )
            for judgement in item["judgements"]
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            lines.append("  " + "  ".join(cells).rstrip())
        lines += _notes(item)
    return "\n".join(lines)


def _notes(item: dict[str, Any]) -> list[str]:
    command = f"course run {item['chapter']} --seeds 0-9 --record"
    if not item["records"]:
        return [f"  No seed is recorded in this setting; run: {command}"]
    if item["outdated"]:
        return [
            f"  {item['outdated']} of {item['records']} records were made by older "
            f"code; to renew them: {command}"
        ]
    return []


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    rows = []
    for judgement in item["judgements"]:
        row = asdict(judgement)
        for name in ("mean", "low", "high"):
            row[name] = None if math.isnan(row[name]) else row[name]
        rows.append(row)
    return {**item, "judgements": rows}
