"""A chapter's records and claims, read and judged for whoever shows them."""

from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from support.claims import Claim, load_claims
from support.course.project.chapters import Chapter, read_notebook
from support.course.project.errors import CourseError
from support.course.project.files import digest
from support.course.project.project import Project
from support.course.run.staleness import code_digest
from support.judgements import Judgement, judge_all
from support.records import Record, Records, Setting

__all__ = [
    "claims_of",
    "command",
    "judged_everywhere",
    "outdated",
    "records_of",
]


def records_of(chapter: Chapter) -> Records:
    """The records of a chapter; none where there is no file.

    Raises:
        CourseError: the file is damaged.
    """
    try:
        return Records.read(chapter.results)
    except ValueError as error:
        raise CourseError(str(error), exit_code=1) from error


def claims_of(chapter: Chapter) -> list[Claim]:
    """The claims of a chapter.

    Raises:
        CourseError: they cannot be read.
    """
    try:
        return list(_claims(chapter.claims, _state(chapter.claims)))
    except ValueError as error:
        raise CourseError(str(error), exit_code=1) from error


def judged_everywhere(
    chapter: Chapter, *, profile: str | None = None, dataset: str | None = None
) -> dict[Setting, list[Judgement]]:
    """Judge the claims of a chapter on every data set that one of them reads.

    Args:
        chapter: whose claims and records.
        profile: of the records; None for the quick one, and the full one where it is
            recorded.
        dataset: this one alone.

    Returns:
        The judgements of each setting, recorded or not: the quick profile before the
        full one, embedded data before others.

    Raises:
        CourseError: its claims or its records cannot be read.
    """
    claims, records = claims_of(chapter), records_of(chapter)
    read = {name for claim in claims for name in claim.reads} or {"embedded"}
    settings = {Setting(profile or "quick", name) for name in read}
    if profile is None:
        settings |= {one for one in records.settings if one.dataset in read}
    state = digest("".join(map(_state, (chapter.claims, chapter.results))))
    return {
        setting: list(_judged(chapter.claims, chapter.results, state, setting))
        for setting in sorted(settings, key=lambda one: one.place)
        if dataset in (None, setting.dataset)
    }


def _state(path: Path) -> str:
    return digest(path.read_bytes()) if path.is_file() else "absent"


@lru_cache(maxsize=64)
def _claims(path: Path, state: str) -> tuple[Claim, ...]:
    """Read once what several pages show, since YAML is slow."""
    return tuple(load_claims(path))


@lru_cache(maxsize=256)
def _judged(
    claims: Path, results: Path, state: str, setting: Setting
) -> tuple[Judgement, ...]:
    """Judge once what several pages show; another content has another state."""
    stated = list(_claims(claims, _state(claims)))
    return tuple(judge_all(stated, Records.read(results), setting))


def outdated(
    records: Iterable[Record], chapter: Chapter, project: Project
) -> list[Record]:
    """Pick the records that were made by other code than today's.

    Records of a reader's own method are left out: its source may be elsewhere.

    Args:
        records: of one chapter.
        chapter: the same.
        project: it belongs to.
    """
    notebook = read_notebook(chapter.source("lesson"))

    @cache
    def today(dataset: str) -> str:
        return code_digest(notebook, project, dataset=dataset)

    return [
        record
        for record in records
        if not record.method and record.code_digest != today(record.dataset)
    ]


def command(slug: str, setting: Setting, method: str = "") -> str:
    """The line that makes the records of a setting again.

    >>> command("concepts", Setting("full", "dsprites"))
    'course run concepts --record --profile full --dataset dsprites'
    """
    words = f"course run {slug} --record"
    if setting.profile != "quick":
        words += f" --profile {setting.profile}"
    if setting.dataset != "embedded":
        words += f" --dataset {setting.dataset}"
    return f"{words} --method {method}" if method else words
