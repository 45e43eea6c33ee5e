"""The plan of a benchmark: series of runs, and which of them are still to be done."""

import contextlib
import json
import statistics
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from support.course.bench.folder import Configuration, Entry, Folder
from support.course.bench.settings import PAPER, Settings
from support.course.project.chapters import Chapter
from support.course.project.corpora import corpus_digest
from support.course.project.errors import CourseError, nearest
from support.course.project.methods import Method, inspect_method, misfit
from support.course.project.own_data import contract, is_own
from support.course.project.parameters import Scalar
from support.course.project.project import Project
from support.course.project.words import NEVER_MEASURED, duration
from support.course.results.reading import records_of
from support.course.run.own_code import OwnCode, own_code
from support.course.run.parcels import Parcel, limit
from support.course.run.sources import Source, prepare
from support.course.run.staleness import code_digest
from support.course.run.store import Store

__all__ = ["BenchPlan", "Run", "Series", "make_plan"]


@dataclass(frozen=True)
class Series:
    """Runs that differ in their seed alone, and what they share.

    Attributes:
        source: the lesson, with all parameters but the seed.
        device: that the runs ask for.
        own: the lesson's own parameters where they were given, as JSON.
        files: texts to lay beside the lesson.
        code: digest of the code.
        data: digest of the data.
        timeout: seconds for a run.
        expected_s: from earlier records; None where there is none.
        folder: keeps the records.
    """

    source: Source
    device: str
    own: str
    files: Mapping[str, str] = field(repr=False)
    code: str
    data: str
    timeout: float | None
    expected_s: float | None
    folder: Folder = field(repr=False)

    @property
    def chapter(self) -> Chapter:
        """Whose lesson runs."""
        return self.source.chapter

    @property
    def name(self) -> str:
        """Such as ``concepts, embedded, paper, quick, auto``."""
        method = self.source.parameters["method"] or PAPER
        words = [self.chapter.slug, self.source.dataset, str(method)]
        words += [self.source.profile, self.device]
        return ", ".join([*words, self.own] if self.own else words)


@dataclass(frozen=True)
class Run:
    """One run that is wanted.

    Attributes:
        series: it belongs to.
        configuration: tells it from others.
        key: of the configuration.
        why: why it must run; empty where its record is good.
        state: of the record that there is; empty where there is none.
        stamp: of that record, to see whether another process replaced it.
    """

    series: Series
    configuration: Configuration
    key: str
    why: str
    state: str = ""
    stamp: str = ""

    @property
    def name(self) -> str:
        """Such as ``concepts, embedded, paper, quick, auto, seed 3``."""
        return f"{self.series.name}, seed {self.configuration.seed}"

    @property
    def notebook_name(self) -> str:
        """The series: its failures that are alike are told once."""
        return self.series.name

    @property
    def left_at(self) -> Path:
        """Where its notebook is kept if it fails."""
        return self.series.folder.notebook(self.key)

    @property
    def expected_s(self) -> float:
        """From earlier records; a minute where there is none."""
        return self.series.expected_s or 60.0

    @property
    def expected(self) -> str:
        """The same in words, or that there is no earlier record."""
        known = self.series.expected_s
        return f"about {duration(known)}" if known else NEVER_MEASURED

    @property
    def parameters(self) -> dict[str, Scalar]:
        """All parameters of the run."""
        return {**self.series.source.parameters, "seed": self.configuration.seed}

    @property
    def parcel(self) -> Parcel:
        """It runs in a fresh folder, so that it can run on any machine."""
        series, source = self.series, self.series.source
        return Parcel(
            name=self.name,
            notebook=source.text,
            parameters=source.changed(self.parameters),
            profile=source.profile,
            dataset=source.dataset,
            timeout=series.timeout,
            files=series.files,
            method=source.method,
            code=series.code,
        )


@dataclass(frozen=True)
class BenchPlan:
    """All wanted runs, and the settings that no chapter takes, with the reason."""

    runs: list[Run]
    left_out: dict[str, str]

    @property
    def waiting(self) -> list[Run]:
        """What is still to be done, the longest series first."""
        return sorted((run for run in self.runs if run.why), key=_longest_first)

    def by_series(self) -> Iterator[tuple[Series, list[Run]]]:
        """Go through the series in order, each with its runs."""
        found: dict[int, list[Run]] = {}
        for run in self.runs:
            found.setdefault(id(run.series), []).append(run)
        for runs in found.values():
            yield runs[0].series, runs


def make_plan(
    project: Project,
    settings: Settings,
    folder: Folder,
    *,
    retry: bool = False,
    force: bool = False,
) -> BenchPlan:
    """Decide what to run, and check it all before anything starts.

    Args:
        project: whose lessons run.
        settings: what was asked for.
        folder: of the records, which say what is finished.
        retry: run again what failed or took too long, and where a reader's method
            did not finish.
        force: run again what is good as well.

    Returns:
        The plan.

    Raises:
        CourseError: something that was asked for cannot work, or fits no chapter.
    """
    chapters = project.select(settings.chapters)
    if not chapters:
        raise CourseError(f"There is no chapter in {project.root / 'chapters'} yet.")
    methods = [
        None if spec in (PAPER, "") else inspect_method(spec, project)
        for spec in settings.methods
    ]
    codes = {method.spec: own_code(method) for method in methods if method}
    runs: list[Run] = []
    left_out: dict[str, str] = {}
    earlier = _Earlier(project, folder)
    for chapter in chapters:
        for method in methods:
            for dataset in settings.datasets:
                why = _misfit(settings, chapter, method, dataset)
                if why:
                    spec = method.spec if method else PAPER
                    left_out[f"{chapter.slug}, {dataset}, {spec}"] = why
                    continue
                own = codes[method.spec] if method else None
                series = _series(project, settings, chapter, own, dataset, earlier)
                for seed in settings.seeds:
                    run = _run(series, seed, retry, earlier)
                    if force and not run.why:
                        run = replace(run, why="asked for")
                    runs.append(run)
    if not runs:
        words = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise CourseError(f"Nothing to run. {words}.")
    return BenchPlan(runs, left_out)


def _misfit(
    settings: Settings, chapter: Chapter, method: Method | None, dataset: str
) -> str:
    """Say why a chapter does not take part in a series; nothing where it does."""
    if method is not None:
        why = misfit(method, chapter, named=bool(settings.chapters))
        if why:
            return why
    if is_own(dataset):
        if settings.chapters:
            return ""  # what is wrong with it is an error of its own
        return "" if contract(chapter) else "it takes no data of your own"
    if dataset not in chapter.datasets:
        listed = ", ".join(chapter.datasets)
        return f"its data sets are {listed}.{nearest(dataset, chapter.datasets)}"
    return ""


def _series(
    project: Project,
    settings: Settings,
    chapter: Chapter,
    method: OwnCode | None,
    dataset: str,
    earlier: "_Earlier",
) -> Series:
    given = {
        **settings.own,
        "profile": settings.profile,
        "dataset": dataset,
        "method": method.spec if method else "",
        "device": settings.device,
        "seed": 0,
    }
    # A cluster has its own devices and its own copies of the corpora.
    away = bool(settings.scheduler) or settings.slurm is not None
    unchecked = ("device", "dataset") if away else ()
    source = prepare(chapter, "lesson", given, unchecked=unchecked, method=method)
    own = {name: source.parameters[name] for name in sorted(settings.own)}
    return Series(
        source,
        device=settings.device,
        own=json.dumps(own) if own else "",
        files=_files(chapter),
        code=code_digest(source.notebook, project, dataset=dataset, method=method),
        data=corpus_digest(dataset),
        timeout=limit(settings.profile, settings.timeout),
        expected_s=earlier.seconds(source, settings.device),
        folder=earlier.folder,
    )


def _run(series: Series, seed: int, retry: bool, earlier: "_Earlier") -> Run:
    source = series.source
    configuration = Configuration(
        chapter=series.chapter.slug,
        profile=source.profile,
        dataset=source.dataset,
        method=str(source.parameters["method"]),
        seed=seed,
        device=series.device,
        own=series.own,
    )
    key = configuration.key
    found = earlier.entries.get(key)
    if found is None:
        return Run(series, configuration, key, "never run")
    if isinstance(found, str):
        why = f"its record is damaged: {found}"
        return Run(series, configuration, key, why, state="damaged")
    why = _why(found, series, retry)
    return Run(series, configuration, key, why, found.state, found.stamp)


def _why(found: "_Found", series: Series, retry: bool) -> str:
    if found.code != series.code:
        return "the code has changed"
    if found.data != series.data:
        return "the data have changed"
    if retry and found.state != "done":
        return f"last time {found.state}"
    return ""


def _longest_first(run: Run) -> float:
    return -run.expected_s


def _files(chapter: Chapter) -> dict[str, str]:
    """Read what a run needs beside the package and the method: the claims."""
    if not chapter.claims.is_file():
        return {}
    return {"claims.yml": chapter.claims.read_text(encoding="utf-8")}


@dataclass(frozen=True, slots=True)
class _Found:
    """What the plan needs of a record; the rest of ten thousand would fill memory."""

    state: str
    code: str
    data: str
    stamp: str


class _Earlier:
    """What was run before: here, in the chapters' records, in the book."""

    def __init__(self, project: Project, folder: Folder) -> None:
        self._store, self.folder = Store(project), folder
        self.entries: dict[str, _Found | str] = {}
        self._here: dict[tuple[str, ...], list[float]] = {}
        for key, entry in folder.entries():
            if not isinstance(entry, Entry):
                self.entries[key] = entry
                continue
            state = "method failed" if entry.failures else entry.state
            digests = (entry.code_digest, entry.data_digest)
            self.entries[key] = _Found(sys.intern(state), *digests, entry.stamp)
            if entry.state == "done":
                c = entry.configuration
                setting = (c.chapter, c.profile, c.dataset, c.device)
                self._here.setdefault(setting, []).append(entry.wall_s)

    def seconds(self, source: Source, device: str) -> float | None:
        """Return the median of earlier times; None where there is none."""
        slug, profile, dataset = source.chapter.slug, source.profile, source.dataset
        here = self._here.get((slug, profile, dataset, device))
        if here:
            return statistics.median(here)
        times: list[float] = []
        with contextlib.suppress(CourseError):
            records = records_of(source.chapter).of((profile, dataset), None)
            times = [record.wall_s for record in records]
        if times:
            return statistics.median(times)
        return self._store.expected_s(slug, source.stem, profile)
