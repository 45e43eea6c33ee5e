"""The claims of a chapter, judged over its recorded seeds."""

from pathlib import Path
from typing import Any

from support.claims import MINIMUM_SEEDS, judge, load_claims, load_results, select
from support.course.project.chapters import Chapter, read_notebook
from support.course.project.errors import CourseError
from support.course.results.records import outdated

__all__ = ["judged"]


def judged(root: Path, chapter: Chapter, profile: str, dataset: str) -> dict[str, Any]:
    """Judge the claims of one chapter in one setting.

    Args:
        root: the project's folder.
        chapter: whose claims.
        profile: ``quick`` or ``full``.
        dataset: a data set.

    Returns:
        The chapter, its judgements, the number of records in this setting, and
        how many of them were made by other code than today's.

    Raises:
        CourseError: its claims or its results cannot be read.
    """
    try:
        claims = load_claims(chapter.claims)
        results = load_results(chapter.results)
    except ValueError as error:
        raise CourseError(str(error), exit_code=1) from error
    records = [
        record
        for record in results
        if record["profile"] == profile
        and record["dataset"] == dataset
        and not record["method"]
    ]
    found = []
    for claim in claims:
        values = select(records, claim.id, profile=profile, dataset=dataset)
        found.append(judge(claim, values, minimum=MINIMUM_SEEDS[profile]))
    old = outdated(records, read_notebook(chapter.source("lesson")), root)
    return {
        "chapter": chapter.slug,
        "title": chapter.title,
        "judgements": found,
        "records": len(records),
        "outdated": len(old),
    }
