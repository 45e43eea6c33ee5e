"""Pictures say in words what they show."""

import pytest
import torch

from chapters.prototypes import figures
from chapters.prototypes.data import digits, load


@pytest.fixture(scope="module")
def sounds():
    return load("embedded", "quick", 0).factors


def test_matrices_are_named_by_factor_and_block():
    drawn = figures.matrices(
        {"A": torch.eye(3), "B": torch.ones(3, 3)}, ("x", "y", "z")
    )
    assert len(drawn) == 2
    assert "block 2" in drawn[0].alt


def test_the_plane_holds_every_class():
    task = digits(0)
    table = torch.eye(10, 64)
    drawn = figures.plane(
        task.test.x, task.test.y, table, task.classes, title="scale 1"
    )
    assert "all others" in drawn.alt


def test_distances_of_pairs():
    task = digits(0)
    source = torch.Generator().manual_seed(0)
    drawn = figures.cosines({"pixels": task.test.x}, task.test.y, source)
    assert "one class" in drawn[0].alt


def test_the_papers_map_is_a_law_and_so_is_ours(sounds):
    paper = torch.tensor(figures.PAPER_TERCILES).reshape(4, 3, 3)
    torch.testing.assert_close(
        paper.sum((0, 2)), torch.full((3,), 1.0), atol=0.03, rtol=0
    )
    here = figures.shares(sounds).reshape(4, 3, 3)
    torch.testing.assert_close(here.sum((0, 2)), torch.ones(3))
    assert len(figures.terciles(sounds)) == 2


def test_what_the_map_tells_in_nats(sounds):
    told = figures.information(sounds)
    paper = told["the paper's map"]
    assert paper["loudness"] == pytest.approx(0.17, abs=0.02)
    assert paper["deviation"] == pytest.approx(0.04, abs=0.01)
    assert paper["pitch"] == pytest.approx(0.013, abs=0.01)
    assert told["here"]["vibrato"] < 0.01
    assert min(told["here"]["pitch"], told["here"]["loudness"]) > 0.1
