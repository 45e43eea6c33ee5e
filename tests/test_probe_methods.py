"""What a reader's method is called with, in words, and for the chapters' own calls."""

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from support.course.project.chapters import discover
from support.course.project.methods import documented_arguments
from support.course.project.own_data import Contract
from tools.probe_methods import KEPT, ROOT, Alone, described, leading


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (torch.tensor([[0.0, 1.0]]), "float32 tensor (1, 2), 0 to 1"),
        (torch.tensor([True]), "bool tensor (1,)"),
        (
            torch.tensor(2.5, requires_grad=True),
            "float32 tensor (), 2.5; gradients pass through it",
        ),
        (np.array([3, 4]), "int64 NumPy array (2,), 3 to 4"),
        ((2, 5), "tuple of 2 int, 2 to 5"),
        (7, "int, 7"),
        (torch.device("cpu"), "device, cpu"),
        (torch.nn.Linear(1, 1), "torch module, Linear"),
        ({"a": 1}, "mapping of 1: a"),
        (len, "function"),
        (SimpleNamespace(encode=len), "object with encode"),
        (
            Contract("table", {}, ""),
            "`support.course.project.own_data.Contract` with kind, columns, more",
        ),
    ],
)
def test_a_value_is_described(value: Any, words: str) -> None:
    assert described(value) == words


def test_a_call_is_led_to_by_what_it_needs_and_by_no_rival() -> None:
    cells = ["one = 1", "lesson.say(one)", "two = 2"]
    cells += ["own = rivals | lesson.entry()", "with lesson.guard(own):\n    own(two)"]
    tagged: list[tuple[list[str], str]] = [([], cell) for cell in cells]
    assert leading([*tagged, ([], "three = two")]) == [*cells[2:]]
    assert {"rival": 1} | Alone(own=2) == {"own": 2}


def test_what_was_seen_is_of_the_calls_that_the_chapters_document() -> None:
    calls = {c.slug: documented_arguments(c.method) for c in discover(ROOT)}
    seen = json.loads(KEPT.read_text("utf-8"))
    taking = {slug for slug, call in calls.items() if call}
    assert seen.keys() == taking, "python tools/probe_methods.py writes what is missing"
    for slug, call in seen.items():
        assert len(call["arguments"]) == len(calls[slug]), (
            f"{slug}: its call has changed; python tools/probe_methods.py {slug}"
        )
