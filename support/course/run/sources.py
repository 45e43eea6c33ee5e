"""A notebook with parameters that have been checked, before anything starts."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import nbformat

from support.course.project.chapters import Chapter, read_notebook
from support.course.project.errors import CourseError
from support.course.project.own_data import is_own, with_own
from support.course.project.parameters import Scalar, check, declared, resolve
from support.course.run.own_code import OwnCode

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Source", "prepare", "unknown"]


@dataclass(frozen=True)
class Source:
    """What an execution is made of.

    Attributes:
        chapter: whose notebook it is.
        stem: ``lesson`` or ``exercises``.
        notebook: as read from its source.
        defaults: the parameters that it declares.
        parameters: all of them, as given.
        method: the reader's own; None where there is none.
    """

    chapter: Chapter
    stem: str
    notebook: "NotebookNode"
    defaults: dict[str, Scalar]
    parameters: dict[str, Scalar]
    method: OwnCode | None = None

    @cached_property
    def text(self) -> str:
        """The notebook as JSON."""
        return nbformat.writes(self.notebook)

    @property
    def name(self) -> str:
        """Such as ``concepts/lesson``."""
        return f"{self.chapter.slug}/{self.stem}"

    @property
    def profile(self) -> str:
        """The profile it runs in."""
        return str(self.parameters.get("profile", "quick"))

    @property
    def dataset(self) -> str:
        """The data set that it runs on."""
        return str(self.parameters.get("dataset", "embedded"))

    def changed(self, parameters: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Those of the parameters that differ from the notebook's own."""
        return {k: v for k, v in parameters.items() if v != self.defaults[k]}


def prepare(
    chapter: Chapter,
    stem: str,
    given: Mapping[str, Any],
    *,
    unchecked: Collection[str] = (),
    method: OwnCode | None = None,
) -> Source:
    """Read a notebook and check the parameters that are given to it.

    Args:
        chapter: whose notebook.
        stem: ``lesson`` or ``exercises``.
        given: overrides; texts are converted.
        unchecked: names whose values another machine has to answer for.
        method: the reader's own, which ``given`` names.

    Raises:
        CourseError: a parameter that it does not take, or a value that cannot work.
    """
    where = f"{chapter.slug}/{stem}"
    notebook = read_notebook(chapter.source(stem))
    defaults = declared(notebook, f"{where}.md")
    parameters = resolve(defaults, given, where)
    here = {k: v for k, v in parameters.items() if k not in unchecked}
    check(here, chapter)
    dataset = str(parameters.get("dataset", ""))
    if is_own(dataset):
        if "dataset" in unchecked:
            raise CourseError(
                f"dataset: {dataset!r} lies on this machine, and a cluster does not "
                "see it. Leave the cluster out."
            )
        notebook = with_own(notebook, dataset, chapter)
    return Source(chapter, stem, notebook, defaults, parameters, method)


def unknown(sources: Iterable[Source]) -> list[str]:
    """Say what nobody can know of the readers' methods, a line each."""
    methods = [source.method for source in sources if source.method]
    return list(dict.fromkeys(f"{m.spec}: {m.unknown}" for m in methods if m.unknown))
