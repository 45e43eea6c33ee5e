"""The reader's own method: where it is, what it takes, which chapters it fits.

A chapter documents what it calls in its header, ``course: method:``, such as
``"callable(scores (N, C), labels (N,)) -> scalar tensor"``.  The arguments are given
by position, in this order.
"""

import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.course.project import look_at_method
from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError
from support.course.project.own_name import refuse_another_support
from support.course.project.project import Project

__all__ = [
    "Method",
    "documented_arguments",
    "inspect_method",
    "misfit",
]


@dataclass(frozen=True)
class Method:
    """A reader's callable, as it was found.

    Attributes:
        spec: ``"package.module:callable"``.
        file: that defines it; None for one without a file.
        signature: what it takes; None where Python does not tell.
        loaded: the modules that came with it, by name: the file of each, and whether
            it is installed.
        declared: files beside its module that it reads.
        held: digest of what an instance or a partial holds; empty for a function.
        unknown: what nobody can know of it, in words.
    """

    spec: str
    file: Path | None = None
    signature: inspect.Signature | None = None
    loaded: Mapping[str, tuple[Path, bool]] = field(default_factory=dict, repr=False)
    declared: tuple[str, ...] = ()
    held: str = ""
    unknown: str = ""

    @property
    def module(self) -> str:
        """The dotted name of its module."""
        return self.spec.partition(":")[0]


def inspect_method(spec: str, project: Project) -> Method:
    """Import a reader's method in a process of its own and look at it.

    Args:
        spec: ``"package.module:callable"``.
        project: its folder is searched for modules, and the one that the command
            was given in.

    Returns:
        The method: its files and what it takes.

    Raises:
        CourseError: it is no such text, does not import, or is not callable.
    """
    module, _, name = spec.partition(":")
    if not re.fullmatch(r"[\w.]+:\w+", spec):
        raise CourseError(
            f"method: got {spec!r}; give 'package.module:callable', for example "
            "'my_methods:my_loss' for the function my_loss in my_methods.py."
        )
    refuse_another_support(project)
    folders = [str(project.root), str(project.cwd)]
    answer = subprocess.run(
        [sys.executable, "-P", look_at_method.__file__, module, name, *folders],
        capture_output=True,
        text=True,
        cwd=project.cwd,
        # sets have one order, so that what an object holds has one digest
        env={**os.environ, "PYTHONHASHSEED": "0"},
        check=False,
    )
    lines = answer.stdout.strip().splitlines()
    try:
        found = json.loads(lines[-1])
    except (IndexError, ValueError):
        reason = (answer.stderr.strip().splitlines() or ["no message"])[-1]
        found = {"problem": f"importing {module!r} ended the process: {reason}"}
    if "problem" in found:
        raise CourseError(
            f"method: {spec!r} cannot be used: {found['problem']}. It must name a "
            f"callable that imports from {project.cwd} or from the project's folder."
        )
    return Method(
        spec,
        Path(found["file"]) if found["file"] else None,
        _signature(found["parameters"]),
        {name: (Path(file), there) for name, (file, there) in found["loaded"].items()},
        tuple(found["declared"]),
        found["held"],
        found["unknown"],
    )


def documented_arguments(signature: str) -> tuple[str, ...]:
    """Read the names of the arguments from a chapter's documented signature.

    Args:
        signature: such as ``"callable(scores (N, C), labels (N,)) -> scalar"``.

    Returns:
        The names in order; none where nothing is documented.

    >>> documented_arguments("callable(scores (N, C), labels (N,)) -> scalar")
    ('scores', 'labels')
    """
    _, opened, rest = signature.partition("(")
    if not opened:
        return ()
    depth, parts = 1, [""]
    for letter in rest:
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0:
            break
        if letter == "," and depth == 1:
            parts.append("")
        else:
            parts[-1] += letter
    names = (re.match(r"\s*\*?(\w+)", part) for part in parts)
    return tuple(match.group(1) for match in names if match)


def misfit(method: Method, chapter: Chapter, *, named: bool) -> str:
    """Say why a method does not enter a chapter.

    Args:
        method: of the reader.
        chapter: whose header documents what it calls.
        named: whether the reader chose the chapter by name; then it is enough that
            the method can be called with the chapter's arguments.  Otherwise its
            parameters must also bear the chapter's names, since a loss and a
            distance both take two tensors.

    Returns:
        The reason, in words; empty where it fits.
    """
    wanted = documented_arguments(chapter.method)
    if not wanted:
        return "the chapter takes no method of the reader's"
    if method.signature is None:  # made in C: only a call can tell
        return "" if named else "Python does not tell what it takes; name the chapter"
    given = f"{method.spec.partition(':')[2]}{method.signature}"
    calls = f"the chapter calls it with ({', '.join(wanted)})"
    try:
        bound = method.signature.bind(*wanted)
    except TypeError:
        return f"{calls}, which {given} cannot take"
    if named or tuple(bound.arguments) == wanted:
        return ""
    return f"{calls}, {given} names other arguments; name the chapter if it fits"


def _signature(
    parameters: list[tuple[str, int, bool]] | None,
) -> inspect.Signature | None:
    if parameters is None:
        return None
    made = []
    for name, kind, optional in parameters:
        default = "..." if optional else inspect.Parameter.empty
        made.append(
            inspect.Parameter(
                name,
                inspect._ParameterKind(kind),
                default=default,
            )
        )
    return inspect.Signature(made)
