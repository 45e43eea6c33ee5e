"""The settings that a chapter's records were made in, and how to make them again."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from support.claims import MINIMUM_SEEDS, load_results
from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError

__all__ = ["Setting", "anchor", "by_setting", "command", "records_of"]

_Record = Mapping[str, Any]


class Setting(NamedTuple):
    """A profile and a data set."""

    profile: str
    dataset: str

    @property
    def words(self) -> str:
        """Both in words, such as ``quick profile, embedded data``."""
        return f"{self.profile} profile, {self.dataset} data"


def records_of(chapter: Chapter) -> list[dict[str, Any]]:
    """The records of a chapter; none where there is no file.

    Raises:
        CourseError: the file is damaged.
    """
    try:
        return load_results(chapter.results)
    except ValueError as error:
        raise CourseError(str(error), exit_code=1) from error


def by_setting(records: Sequence[_Record]) -> dict[Setting, list[_Record]]:
    """Sort records into their settings: quick before full, embedded before others.

    >>> list(by_setting([{"profile": "full", "dataset": "x", "method": "", "seed": 0}]))
    [Setting(profile='full', dataset='x')]
    """
    profiles = list(MINIMUM_SEEDS)
    found: dict[Setting, list[_Record]] = {}
    for record in records:
        key = Setting(str(record["profile"]), str(record["dataset"]))
        found.setdefault(key, []).append(record)
    order = sorted(
        found, key=lambda s: (profiles.index(s.profile), s.dataset != "embedded", s)
    )
    return {
        key: sorted(found[key], key=lambda r: (str(r["method"]), int(r["seed"])))
        for key in order
    }


def command(slug: str, setting: Setting, seeds: int, method: str = "") -> str:
    """The line that makes the records of a setting again.

    >>> command("concepts", Setting("full", "dsprites"), 3)
    'course run concepts --seeds 0-4 --record --profile full --dataset dsprites'
    """
    count = max(MINIMUM_SEEDS[setting.profile], seeds)
    words = f"course run {slug} --seeds 0-{count - 1} --record"
    if setting.profile != "quick":
        words += f" --profile {setting.profile}"
    if setting.dataset != "embedded":
        words += f" --dataset {setting.dataset}"
    return f"{words} --method {method}" if method else words


def anchor(*parts: str) -> str:
    """An id for a link: letters, digits, dashes, and a digest that tells B from B'.

    >>> anchor("seeds", "quick", "concepts.1a")
    'seeds-quick-concepts-1a-355b'
    """
    text = re.sub(r"[^a-z0-9]+", "-", "-".join(parts).lower()).strip("-")
    return f"{text}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:4]}"
