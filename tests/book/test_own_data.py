"""The page on one's own data: its examples run, and no chapter is forgotten."""

import importlib
import re
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from support.course.project.chapters import discover
from support.course.project.own_data import check_own, contract
from support.course.project.papers import load_papers
from support.data.own.given import Given
from support.data.own.reading import read
from support.data.own.table import GivenDataError

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "book" / "own_data.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
RUN = re.compile(r"# course run (\w+) --dataset (path:\S+)")
EXAMPLES = {
    found[1]: (found[2], block) for block in BLOCKS if (found := RUN.search(block))
}
TAKING = {c.slug: c for c in discover(ROOT) if contract(c)}
Taken = tuple[Any, Given]


def take(slug: str, path: Path) -> Taken:
    """The chapter's adapter, and what it is given."""
    adapter = importlib.import_module(f"chapters.{slug}.own_data")
    check_own(f"path:{path}", TAKING[slug])
    options = {"rate": adapter.RATE} if hasattr(adapter, "RATE") else {}
    return adapter, read(path, adapter.KIND, adapter.COLUMNS, **options)


@pytest.fixture
def example(tmp_path: Path) -> Iterator[Callable[[str], Taken]]:
    def made(slug: str) -> Taken:
        where, block = EXAMPLES[slug]
        exec(block, {})
        return take(slug, tmp_path / where.removeprefix("path:"))

    with chdir(tmp_path):
        yield made


def test_every_chapter_is_told_of() -> None:
    assert TAKING.keys() >= EXAMPLES.keys()
    kinds = {s: found.kind for s, one in TAKING.items() if (found := contract(one))}
    assert {kinds[slug] for slug in EXAMPLES} == set(kinds.values())
    for paper in load_papers(ROOT):
        if paper["slug"] not in TAKING and paper["part"] != "IV":
            assert f"../chapters/{paper['slug']}/lesson.md" in TEXT
    assert "*Who is speaking*" in TEXT


def test_squares_for_disentanglement(example: Callable[[str], Taken]) -> None:
    adapter, given = example("disentanglement")
    data = adapter.load(given, "quick", 0)
    assert data.names == ("across", "down", "tone")
    assert data.sizes == (6, 6, 4)
    assert data.x_train.shape == (1152, 1, 16, 16)
    assert len(data.x_test) == len(data.c_test) == 288
    # every row keeps its factors: the brighter, the higher the tone
    bright = data.x_train.amax((1, 2, 3)) * 255
    assert torch.equal((bright.round().long() - 50) // 50, data.c_train[:, 2])
    other = adapter.load(given, "quick", 1)
    assert not torch.equal(data.c_test, other.c_test)


def test_recordings_for_prototypes(example: Callable[[str], Taken]) -> None:
    adapter, given = example("prototypes")
    task = adapter.load(given, "quick", 0).factors
    assert task.classes == tuple(f"call {number}" for number in range(4))
    assert (len(task.train.x), len(task.test.x)) == (80, 40)  # of 4 and 2 speakers
    assert task.train.levels.shape == (80, 3)
    given.table.loc[0, "gender"] = "female"
    with pytest.raises(GivenDataError, match="speaker 0 is both female and male"):
        adapter.load(given, "quick", 0)
    given.table["gender"] = "unknown"
    with pytest.raises(GivenDataError, match=r"'unknown'. Give female or male"):
        adapter.load(given, "quick", 0)


def test_embeddings_for_recruitment(example: Callable[[str], Taken]) -> None:
    adapter, given = example("recruitment")
    data = adapter.load(given, "quick", 0, version=1)
    train, test = data.known
    assert not set(train.tolist()) & set(test.tolist())
    assert torch.equal(train % 2, data.train.gender)  # odd numbers are women
    assert torch.allclose(data.train.face.norm(dim=1), torch.tensor(1.0))
    assert not (data.train.face == data.train.face_second).all(1).any()
    given.table.loc[0, "gender"] = "woman"
    with pytest.raises(GivenDataError, match="person 0 is both man and woman"):
        adapter.load(given, "quick", 0)


def test_a_table_for_rules(example: Callable[[str], Taken]) -> None:
    adapter, given = example("lfit")
    coded = adapter.load(given, "quick", 0).coded
    assert coded.names == ("alcohol", "ash", "hue", "proline")
    assert coded.domains == (4, 4, 4, 4)
    assert coded.words == ("0", "1", "2")
    assert (len(coded.states), len(coded.other_states)) == (119, 59)
    counts = np.bincount(coded.states[:, 0])
    assert counts.max() - counts.min() <= 3  # quartiles of what is learned from
    coded.table()  # codes lie within their domains
    given.table["name"] = [f"wine {row}" for row in range(len(given))]
    with pytest.raises(GivenDataError, match="'name' has 178 distinct values"):
        adapter.load(given, "quick", 0)


def test_scores_without_a_lesson(tmp_path: Path, capsys: Any) -> None:
    (block,) = (one for one in BLOCKS if "scores.csv" in one)
    with chdir(tmp_path):
        Path("scores.csv").write_text("score,target\n2,1\n1,1\n0,0\n-1,0\n", "utf-8")
        exec(block, {})
    assert "EER 0.0% at" in (printed := capsys.readouterr().out)
    assert "AUC 1.000" in printed
