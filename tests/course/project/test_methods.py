"""Which methods fit which chapters."""

import inspect
from pathlib import Path

import pytest

from support.course.project.chapters import Chapter
from support.course.project.methods import (
    Method,
    documented_arguments,
    misfit,
)


def chapter(method: str, slug: str = "alpha", folder: Path = Path()) -> Chapter:
    return Chapter(slug, folder, "Title", 5, ("embedded",), method)


def method(function: object) -> Method:
    signature = inspect.signature(function) if callable(function) else None
    return Method("mine:f", None, signature)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("callable(x_train, c, seed, device) -> z", ("x_train", "c", "seed", "device")),
        ("callable(scores (N, C), labels (N,)) -> one", ("scores", "labels")),
        ("callable(x: dict[str, int], *, y=(1, 2))", ("x", "y")),
        ("callable() -> x", ()),
        ("", ()),
    ],
)
def test_arguments_are_read_from_the_header(text: str, names: tuple[str, ...]) -> None:
    assert documented_arguments(text) == names


def test_a_named_chapter_asks_for_the_number_an_unnamed_one_for_the_names() -> None:
    wanted = chapter("callable(scores, labels) -> loss")
    cases = {
        "both": (lambda scores, labels, extra=1: 0, True, True),
        "number": (lambda a, b: 0, True, False),
        "any": (lambda *args: 0, True, False),
        "neither": (lambda a: 0, False, False),
        "keywords": (lambda *, scores, labels: 0, False, False),
    }
    for function, when_named, when_not in cases.values():
        assert (misfit(method(function), wanted, named=True) == "") is when_named
        assert (misfit(method(function), wanted, named=False) == "") is when_not
    unknown = Method("mine:f", None, None)
    assert misfit(unknown, wanted, named=True) == ""
    assert "name the chapter" in misfit(unknown, wanted, named=False)
    assert "takes no method" in misfit(unknown, chapter(""), named=True)
