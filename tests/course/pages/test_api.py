"""The reference of functions: all of them, once, with words that MyST can read."""

import re
from pathlib import Path

import pytest

from support.course.pages.api import _ROOMS, _docstring, api, entries
from support.course.project.errors import CourseError

ROOT = Path(__file__).resolve().parents[3]
#: Doors of the package's own functions, and rooms that are commands.
APART = {"__init__", "__main__", "__pycache__", "arrays", "course", "speed"}
APART |= {"directions", "generators", "scalars"}


def test_every_room_of_the_package_has_its_page() -> None:
    rooms = {path.stem for path in (ROOT / "support").iterdir()}
    rooms -= {name for name in rooms if name.startswith(".") or name == "py"}
    assert rooms - APART == {room for rooms in _ROOMS.values() for room in rooms}
    pages = {path.stem for path in (ROOT / "book/api").glob("*.md")}
    assert pages == set(_ROOMS)


def test_every_public_function_is_linked_to_its_one_place() -> None:
    places = [t for room in _ROOMS for t in re.findall(r"^\((.+)\)=$", api(room), re.M)]
    assert len(set(places)) == len(places) > 400
    links = re.findall(r"\]\(#(.+?)\)", api("api"))
    assert links == places
    found = {(one.module, one.name) for one in entries("metrics")}
    assert ("support.metrics.auc", "auc_binary") in found
    assert ("support.metrics.disentanglement.gaps", "mig") in found


def test_every_public_function_has_words() -> None:
    assert [one for room in _ROOMS for one in entries(room) if not one.words] == []


def test_an_unknown_room_is_told() -> None:
    with pytest.raises(CourseError, match="got 'metric'; the rooms are metrics"):
        api("metric")


def test_a_docstring_becomes_paragraphs_lists_equations_and_examples() -> None:
    text = """Say what it is.

It is at least
$$a
  = b$$
and <address> in [0, 1], see :func:`other.place`.

Args:
    x: (N,) of $a
        - b$, for example.

Returns:
    A number.

>>> 1 + 1
2"""
    assert [part.strip() for part in _docstring(text).split("\n\n")] == [
        "Say what it is.",
        "It is at least",
        "$$\na\n  = b\n$$",
        "and \\<address> in \\[0, 1\\], see `other.place`.",
        "**Args**",
        "- `x`: (N,) of $a - b$, for example.",
        "**Returns**",
        "A number.",
        "```pycon\n>>> 1 + 1\n2\n```",
    ]
