"""What a benchmark is to run: read from options or one YAML file, checked at once."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from support.course.project.errors import CourseError, nearest

__all__ = ["PAPER", "Settings", "load_settings", "parse_seeds", "settings_from"]

#: More runs of one chapter than anybody waits for; a plan keeps each in memory.
_MOST_SEEDS = 100_000
#: How the paper's own comparison, without a method of the reader's, is called.
PAPER = "paper"
_SEED = r"(0|[1-9]\d{0,17})"
_SLURM: dict[str, type] = {
    "workers": int,
    "cores": int,
    "memory": str,
    "walltime": str,
    "queue": str,
    "account": str,
    "gpus": int,
    "setup": list,
}


@dataclass(frozen=True)
class Settings:
    """One benchmark, as it was asked for.

    Attributes:
        chapters: slugs; none for all.
        methods: the reader's, as ``package.module:callable``; ``paper`` stands for
            the chapter's own comparison alone.
        datasets: as the chapters list them.
        seeds: one run for each.
        profile: ``quick`` or ``full``.
        device: ``auto``, ``cpu``, ``cuda``, ...
        out: the folder of the records.
        jobs: kernels at once on this machine; None for as many as it bears.
        timeout: seconds for each run; None for half an hour in the quick profile
            and no limit in the full one.
        wait: seconds that a cluster may be without a worker that can do a run; None
            for ten minutes, and for a week with Slurm.
        scheduler: address of a Dask scheduler; empty for this machine.
        slurm: options of Slurm jobs; None for none.
        own: further parameters of the one lesson that is run; not a key of the file.
    """

    out: str
    chapters: tuple[str, ...] = ()
    methods: tuple[str, ...] = (PAPER,)
    datasets: tuple[str, ...] = ("embedded",)
    seeds: tuple[int, ...] = (0,)
    profile: str = "quick"
    device: str = "auto"
    jobs: int | None = None
    timeout: float | None = None
    wait: float | None = None
    scheduler: str = ""
    slurm: Mapping[str, Any] | None = None
    own: Mapping[str, Any] = field(default_factory=dict)


class _Loader(yaml.SafeLoader):
    """Reads numbers as people do: ``010`` and ``1:9`` are texts; no key twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise yaml.YAMLError(f"line {line} gives {key.value!r} a second time")
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_number(self, node: Any) -> Any:
        if re.fullmatch(r"[-+]?(0|[1-9]\d*)", node.value):
            return int(node.value)
        if re.fullmatch(r"[-+]?\d+\.\d*(e[-+]?\d+)?", node.value, re.IGNORECASE):
            return float(node.value)
        return node.value


for _kind_of_number in ("int", "float"):
    _Loader.add_constructor(
        f"tag:yaml.org,2002:{_kind_of_number}", _Loader.construct_number
    )


def load_settings(path: Path) -> dict[str, Any]:
    """Read a benchmark's YAML file.

    Args:
        path: of the file.

    Returns:
        Its keys and values, not yet checked.

    Raises:
        CourseError: it cannot be read, or holds no keys.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), _Loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        words = " ".join(str(error).split())
        raise CourseError(f"--config: {path} cannot be read: {words}") from None
    if not isinstance(content, dict):
        raise CourseError(
            f"--config: {path} holds {_kind(content)}; expected lines such as "
            "'seeds: 0-9'."
        )
    return content


def settings_from(content: Mapping[str, Any], where: str) -> Settings:
    """Check keys, types and values.

    Args:
        content: what was given, by name.
        where: it was given, for messages, such as ``first.yml``.

    Returns:
        The settings; what was not given has its default.

    Raises:
        CourseError: an unknown key or a wrong value; the message names the key,
            what was given and what is allowed.
    """
    known = [entry.name for entry in fields(Settings) if entry.name != "own"]
    for key in content:
        if key not in known:
            raise CourseError(
                f"{where}: unknown key {key!r}.{nearest(str(key), known)} "
                f"The keys are: {', '.join(known)}."
            )
    if not content.get("out"):
        raise CourseError(
            f"{where}: out is missing; name the folder of the records, for example "
            "--out _build/bench/first, or 'out: _build/bench/first'."
        )
    made = {key: _checked(key, value, where) for key, value in content.items()}
    settings = Settings(**made)
    if settings.scheduler and settings.slurm is not None:
        raise CourseError(
            f"{where}: scheduler and slurm exclude each other; give one of them."
        )
    return settings


def parse_seeds(text: str, where: str = "--seeds") -> tuple[int, ...]:
    """Read ranges of seeds.

    Args:
        text: such as ``0-9`` or ``0,3,5-7``.
        where: it was given, for messages.

    Raises:
        CourseError: it is no such text.

    >>> parse_seeds("0,3,5-7")
    (0, 3, 5, 6, 7)
    """
    found: dict[int, None] = {}
    for part in text.split(","):
        match = re.fullmatch(rf"{_SEED}(?:-{_SEED})?", part.strip(), re.ASCII)
        if match is None:
            raise CourseError(
                f"{where}: got {_cut(text)!r}; expected ranges such as 0-9, or 0,3,5-7."
            )
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise CourseError(f"{where}: the range {part!r} runs backwards.")
        if len(found) + last - first >= _MOST_SEEDS:
            raise CourseError(
                f"{where}: got {_cut(text)!r}, which is more than {_MOST_SEEDS:,} "
                "seeds; give fewer."
            )
        found.update(dict.fromkeys(range(first, last + 1)))
    return tuple(found)


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}..."


def _checked(key: str, value: Any, where: str) -> Any:
    if key in ("chapters", "methods", "datasets"):
        return _texts(key, value, where)
    if key == "seeds":
        return _seeds(value, where)
    if key in ("out", "profile", "device", "scheduler"):
        if not isinstance(value, str):
            raise _refusal(where, key, value, "a text")
        if key == "profile" and value not in ("quick", "full"):
            raise CourseError(
                f"{where}: profile: got {value!r}; expected quick or full."
                f"{nearest(value, ('quick', 'full'))}"
            )
        return value
    if key == "slurm":
        return _slurm(value, where)
    if value is None:
        return None
    whole = key == "jobs"
    kinds = (int,) if whole else (int, float)
    good = isinstance(value, kinds) and not isinstance(value, bool)
    if not good or not 1 <= value < math.inf:
        allowed = "a whole number of at least 1" if whole else "seconds, 1 or more"
        raise _refusal(where, key, value, allowed)
    return value


def _texts(key: str, value: Any, where: str) -> tuple[str, ...]:
    good = isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)
    if not good or (key != "chapters" and not value):
        raise _refusal(where, key, value, f"a list of texts such as {_EXAMPLES[key]}")
    return tuple(dict.fromkeys(value))


_EXAMPLES = {
    "chapters": "[concepts]",
    "methods": "[paper, my_methods:my_loss]",
    "datasets": "[embedded]",
}


def _seeds(value: Any, where: str) -> tuple[int, ...]:
    if isinstance(value, str):
        return parse_seeds(value, f"{where}: seeds")
    values = [value] if isinstance(value, int) else value
    good = isinstance(values, list | tuple) and values
    if not good or not all(type(v) is int and v >= 0 for v in values):
        allowed = "a range such as 0-9, or a list of whole numbers of at least 0"
        raise _refusal(where, "seeds", value, allowed)
    return tuple(dict.fromkeys(values))


def _slurm(value: Any, where: str) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _refusal(where, "slurm", value, "keys such as 'workers: 4'")
    made: dict[str, Any] = {"workers": 1}
    for key, given in value.items():
        if key not in _SLURM:
            raise CourseError(
                f"{where}: slurm: unknown key {key!r}.{nearest(str(key), _SLURM)} "
                f"The keys are: {', '.join(_SLURM)}."
            )
        made[key] = _slurm_value(key, given, where)
    walltime = str(made.get("walltime", "01:00:00"))
    if not re.fullmatch(r"(\d+-)?\d+(:\d\d){0,2}", walltime):
        raise _refusal(where, "slurm: walltime", walltime, "a time such as 02:00:00")
    return made


def _slurm_value(key: str, given: Any, where: str) -> Any:
    kind = _SLURM[key]
    if kind is int and isinstance(given, str) and given.isdecimal():
        given = int(given)  # from the command line
    if kind is list and isinstance(given, str):
        given = [given]
    too_small = isinstance(given, int) and given < 1
    if type(given) is not kind or too_small:
        raise _refusal(where, f"slurm: {key}", given, _ALLOWED[kind])
    return given


_ALLOWED: dict[type, str] = {
    int: "a whole number of at least 1",
    str: "a text, in quotes where it holds colons",
    list: "a list of shell lines",
}


def _refusal(where: str, key: str, value: Any, allowed: str) -> CourseError:
    shown = f"{value!r} ({_kind(value)})"
    return CourseError(f"{where}: {key}: got {shown}; expected {allowed}.")


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    words: Sequence[tuple[type, str]] = (
        (bool, "true or false"),
        (int, "a whole number"),
        (float, "a number"),
        (str, "a text"),
        (list, "a list"),
        (dict, "keys"),
    )
    return next((word for kind, word in words if isinstance(value, kind)), "a value")
