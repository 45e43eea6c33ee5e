"""The plan of a benchmark: series of runs, and which of them are still to be done."""

import contextlib
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from support.course.bench.folder import (
    Configuration,
    Entry,
    Folder,
)
from support.course.bench.settings import PAPER, Settings
from support.course.bench.tasks import Parcel
from support.course.project.chapters import Chapter, discover, read_notebook, select
from support.course.project.corpora import corpus_digest
from support.course.project.errors import CourseError, nearest
from support.course.project.methods import Method, inspect_method, misfit
from support.course.project.parameters import check, declared, resolve
from support.course.results.reading import records_of
from support.course.run.staleness import code_digest
from support.course.run.store import Store

__all__ = ["BenchPlan", "Run", "Series", "make_plan"]

_QUICK_TIMEOUT_S = 1800.0
_MOST_MODULES = 200


@dataclass(frozen=True)
class Series:
    """Runs that differ in their seed alone, and what they share.

    Attributes:
        chapter: whose lesson runs.
        setting: profile, dataset, method and device, as parameters.
        notebook: the lesson as JSON text.
        defaults: what the notebook declares.
        files: texts to lay beside it.
        method: text of the reader's method.
        code: digest of the code.
        data: digest of the data.
        timeout: seconds for a run.
        expected_s: from earlier records; None where there is none.
        notebooks: folder of what failed runs left.
    """

    chapter: Chapter
    setting: Mapping[str, str]
    notebook: str = field(repr=False)
    defaults: Mapping[str, object] = field(repr=False)
    files: Mapping[str, str] = field(repr=False)
    method: str = field(repr=False)
    code: str
    data: str
    timeout: float | None
    expected_s: float | None
    folder: Folder = field(repr=False)

    @property
    def name(self) -> str:
        """Such as ``concepts, embedded, paper, quick, auto``."""
        words = [self.chapter.slug, self.setting["dataset"]]
        words += [self.setting["method"] or PAPER, self.setting["profile"]]
        return ", ".join([*words, self.setting["device"]])


@dataclass(frozen=True)
class Run:
    """One run that is wanted.

    Attributes:
        series: it belongs to.
        seed: of it.
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
    def parameters(self) -> dict[str, object]:
        """All parameters of the run."""
        return {
            **self.series.defaults,
            **self.series.setting,
            "seed": self.configuration.seed,
        }

    def parcel(
        self, *, threads: int | None, root: str, folders: Sequence[str]
    ) -> Parcel:
        """Pack the run for the machine that does it; see :class:`Parcel`."""
        series = self.series
        defaults, parameters = series.defaults, self.parameters
        return Parcel(
            name=self.name,
            notebook=series.notebook,
            parameters={k: v for k, v in parameters.items() if v != defaults[k]},
            files=series.files,
            dataset=series.setting["dataset"],
            method=series.method,
            code=series.code,
            timeout=series.timeout,
            threads=threads,
            root=root,
            folders=tuple(folders),
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
    root: Path, cwd: Path, settings: Settings, folder: Folder, *, retry: bool = False
) -> BenchPlan:
    """Decide what to run, and check it all before anything starts.

    Args:
        root: the project's folder.
        cwd: the folder the command was given in; methods are found from there.
        settings: what was asked for.
        folder: of the records, which say what is finished.
        retry: run again what failed or took too long, and where a reader's method
            did not finish.

    Returns:
        The plan.

    Raises:
        CourseError: something that was asked for cannot work, or fits no chapter.
    """
    chapters = select(discover(root), settings.chapters)
    if not chapters:
        raise CourseError(f"There is no chapter in {root / 'chapters'} yet.")
    methods = [
        None if spec in (PAPER, "") else inspect_method(spec, root=root, cwd=cwd)
        for spec in settings.methods
    ]
    runs: list[Run] = []
    left_out: dict[str, str] = {}
    earlier = _Earlier(root, folder)
    for chapter in chapters:
        for method in methods:
            for dataset in settings.datasets:
                found = _series(
                    root, cwd, settings, folder, chapter, method, dataset, earlier
                )
                if isinstance(found, str):
                    spec = method.spec if method else PAPER
                    left_out[f"{chapter.slug}, {dataset}, {spec}"] = found
                    continue
                runs += [_run(found, seed, retry, earlier) for seed in settings.seeds]
    if not runs:
        words = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise CourseError(f"Nothing to run. {words}.")
    return BenchPlan(runs, left_out)


def _series(
    root: Path,
    cwd: Path,
    settings: Settings,
    folder: Folder,
    chapter: Chapter,
    method: Method | None,
    dataset: str,
    earlier: "_Earlier",
) -> Series | str:
    """Make one series, or say why the chapter does not take part in it."""
    named = bool(settings.chapters)
    if method is not None:
        why = misfit(method, chapter, named=named)
        if why:
            return why
    if dataset not in chapter.datasets:
        listed = ", ".join(chapter.datasets)
        return f"its data sets are {listed}.{nearest(dataset, chapter.datasets)}"
    notebook = read_notebook(chapter.source("lesson"))
    where = f"{chapter.slug}/lesson"
    defaults = declared(notebook, f"{where}.md")
    setting = {
        "profile": settings.profile,
        "dataset": dataset,
        "method": method.spec if method else "",
        "device": settings.device,
    }
    parameters = resolve(defaults, {**setting, "seed": 0}, where)
    # The method was inspected once for all chapters; a cluster has its own devices
    # and its own copies of the corpora.
    elsewhere = {"method": ""}
    if settings.scheduler or settings.slurm is not None:
        elsewhere |= {"device": "auto", "dataset": "embedded"}
    check({**parameters, **elsewhere}, chapter, root=root, cwd=cwd)
    method_file = method.file if method else None
    quick = settings.profile == "quick"
    return Series(
        chapter=chapter,
        setting=setting,
        notebook=nbformat.writes(notebook),
        defaults=defaults,
        files=_files(chapter, method, root, cwd),
        method=method_file.read_text(encoding="utf-8") if method_file else "",
        code=code_digest(notebook, root=root, dataset=dataset, method_file=method_file),
        data=corpus_digest(dataset),
        timeout=settings.timeout or (_QUICK_TIMEOUT_S if quick else None),
        expected_s=earlier.seconds(chapter, setting),
        folder=folder,
    )


def _run(series: Series, seed: int, retry: bool, earlier: "_Earlier") -> Run:
    configuration = Configuration(
        chapter=series.chapter.slug, seed=seed, **series.setting
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


def _files(
    chapter: Chapter, method: Method | None, root: Path, cwd: Path
) -> dict[str, str]:
    """Read what a run needs beside the package: the claims, the method's modules."""
    found = {}
    if chapter.claims.is_file():
        found["claims.yml"] = chapter.claims.read_text(encoding="utf-8")
    if method is None or method.file is None:
        return found
    file = method.file.resolve()
    homes = [home.resolve() for home in (cwd, root)]
    home = next((home for home in homes if file.is_relative_to(home)), None)
    if home is None or file.is_relative_to(Path(sys.prefix).resolve()):
        return found  # installed, and so it must be where it runs
    place = file.relative_to(home)
    top = home / place.parts[0]
    modules = [file] if len(place.parts) == 1 else sorted(top.rglob("*.py"))
    if len(modules) > _MOST_MODULES or top.name == "support":
        modules = [file]
    for path in modules:
        name = path.relative_to(home).as_posix()
        found[name] = path.read_text(encoding="utf-8")
    return found


@dataclass(frozen=True, slots=True)
class _Found:
    """What the plan needs of a record; the rest of ten thousand would fill memory."""

    state: str
    code: str
    data: str
    stamp: str


class _Earlier:
    """What was run before: here, in the chapters' records, in the book."""

    def __init__(self, root: Path, folder: Folder) -> None:
        self._root = root
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

    def seconds(self, chapter: Chapter, setting: Mapping[str, str]) -> float | None:
        """Return the median of earlier times; None where there is none."""
        profile, dataset = setting["profile"], setting["dataset"]
        here = self._here.get((chapter.slug, profile, dataset, setting["device"]))
        if here:
            return statistics.median(here)
        times: list[float] = []
        with contextlib.suppress(CourseError):
            records = records_of(chapter).of((profile, dataset), None)
            times = [record.wall_s for record in records]
        if times:
            return statistics.median(times)
        return Store(self._root).expected_s(chapter.slug, "lesson", profile)
