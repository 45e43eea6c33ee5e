"""A notebook's parameters: read by syntax, checked before any kernel starts.

papermill only warns about a name that the notebook does not declare, and then
runs to the end with the wrong value.  Here a typing mistake is an error that
costs no time.
"""

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from support.course.project.chapters import Chapter, tags
from support.course.project.corpora import unavailable
from support.course.project.errors import CourseError, nearest
from support.course.project.own_data import check_own, is_own
from support.records import PROFILES

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = [
    "Scalar",
    "check",
    "declared",
    "resolve",
]

Scalar = str | int | float | bool
_EXAMPLES: dict[type, str] = {
    bool: "true or false",
    int: "a whole number such as 0",
    float: "a number such as 0.5",
    str: "a text",
}
_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")


def declared(notebook: "NotebookNode", where: str) -> dict[str, Scalar]:
    """Read the cell tagged ``parameters`` without running it.

    Args:
        notebook: the notebook as read from its source.
        where: how to name it in messages, such as ``concepts/lesson.md``.

    Returns:
        Names and defaults in order; empty where there is no such cell.

    Raises:
        CourseError: two such cells, or a line that is no ``name = scalar``.
    """
    cells = [cell for cell in notebook.cells if "parameters" in tags(cell)]
    if not cells:
        return {}
    if len(cells) > 1:
        raise CourseError(
            f"{where} has {len(cells)} cells tagged 'parameters'; keep one of them."
        )
    try:
        body = ast.parse(cells[0].source).body
    except SyntaxError as error:
        raise CourseError(
            f"{where}: the parameters cell is not Python (line {error.lineno}): "
            f"{error.msg}."
        ) from error
    found: dict[str, Scalar] = {}
    for line in body:
        name, value = _assignment(line)
        if name is None or not isinstance(value, str | int | float | bool):
            raise CourseError(
                f"{where}: line {line.lineno} of the parameters cell is "
                f"{ast.unparse(line)!r}; only lines such as 'seed = 0' with a plain "
                "text, number, True or False are allowed there."
            )
        found[name] = value
    return found


def resolve(
    defaults: Mapping[str, Scalar], given: Mapping[str, Any], where: str
) -> dict[str, Scalar]:
    """Check the given values against the declared names and types.

    Args:
        defaults: what the notebook declares.
        given: overrides; texts (from the command line) are converted.
        where: how to name the notebook in messages.

    Returns:
        All parameters: the defaults with the overrides in place.

    Raises:
        CourseError: a name that is not declared or a value of another type.

    >>> resolve({"seed": 0}, {"seed": "3"}, "concepts")
    {'seed': 3}
    """
    result = dict(defaults)
    for name, value in given.items():
        if name not in defaults:
            names = ", ".join(
                f"{key} ({type(default).__name__})" for key, default in defaults.items()
            )
            raise CourseError(
                f"{where} has no parameter {name!r}.{nearest(name, defaults)} "
                f"Its parameters are: {names or 'none'}."
            )
        result[name] = _convert(name, value, type(defaults[name]))
    return result


def check(parameters: Mapping[str, Scalar], chapter: Chapter) -> None:
    """Check the values whose meaning is the same in every lesson.

    Args:
        parameters: of one run; ``method`` is looked at elsewhere, once for all runs.
        chapter: says which data sets are accepted.

    Raises:
        CourseError: a value that cannot work, with the ones that can.
    """
    if "profile" in parameters:
        _one_of("profile", parameters["profile"], PROFILES)
    if "seed" in parameters and int(parameters["seed"]) < 0:
        raise CourseError(f"seed: got {parameters['seed']}; give 0 or more.")
    if "dataset" in parameters:
        dataset = str(parameters["dataset"])
        if is_own(dataset):
            check_own(dataset, chapter)
        elif dataset not in chapter.datasets and Path(dataset).exists():
            raise CourseError(
                f"dataset: got {dataset!r}, which is a path; for data of your own give "
                f"'path:{dataset}'."
            )
        else:
            _one_of("dataset", dataset, chapter.datasets)
            _available(dataset, chapter)
    if "device" in parameters:
        _device(str(parameters["device"]))


def _assignment(line: ast.stmt) -> tuple[str | None, Any]:
    if isinstance(line, ast.Assign) and len(line.targets) == 1:
        target: ast.expr = line.targets[0]
        value = line.value
    elif isinstance(line, ast.AnnAssign) and line.value is not None:
        target, value = line.target, line.value
    else:
        return None, None
    if not isinstance(target, ast.Name):
        return None, None
    try:
        return target.id, ast.literal_eval(value)
    except ValueError:
        return None, None


def _convert(name: str, value: Any, kind: type) -> Scalar:
    result: Any = value
    if isinstance(value, str) and kind is not str:
        try:
            if kind is bool:
                result = {"true": True, "false": False}[value.strip().lower()]
            else:
                result = kind(value)
        except (KeyError, ValueError):
            result = None
    if kind is float and type(result) is int:
        result = float(result)
    if type(result) is not kind:
        raise CourseError(
            f"{name}: got {value!r}; expected {_EXAMPLES[kind]} ({kind.__name__})."
        )
    return cast(Scalar, result)


def _one_of(name: str, value: Scalar, accepted: tuple[str, ...]) -> None:
    if value not in accepted:
        raise CourseError(
            f"{name}: got {value!r}; expected one of "
            f"{', '.join(accepted)}.{nearest(str(value), accepted)}"
        )


def _available(dataset: str, chapter: Chapter) -> None:
    if dataset == "embedded":
        return
    problem = unavailable(dataset)
    if problem:
        raise CourseError(
            f"dataset: {dataset!r} cannot be used by {chapter.slug}: {problem}"
        )


def _device(device: str) -> None:
    if not _DEVICE.fullmatch(device):
        raise CourseError(
            f"device: got {device!r}; expected auto, cpu, cuda or cuda:1, ..."
        )
    if device in ("auto", "cpu"):
        return
    import importlib

    torch = importlib.import_module("torch")
    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if int(device.partition(":")[2] or 0) >= there:
        raise CourseError(
            f"device: {device!r} is not there: torch {torch.__version__} sees {there} "
            f"such device(s) on this machine. Use 'auto' or 'cpu', or see "
            "'course doctor'."
        )
