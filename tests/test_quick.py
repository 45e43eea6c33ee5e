"""``make quick`` runs the tests of what has changed, the nearest first."""

from pathlib import Path

import pytest

from tools.quick import ALWAYS, MOST, PAIRS, choose

FILES = {
    "support/metrics/auc.py": "",
    "support/losses/auc.py": "",
    "chapters/lfit/data.py": "",
    "tests/test_ledger.py": "from support.metrics.auc import auc",
    "tests/metrics/test_auc.py": "from support.metrics.auc import auc",
    "tests/metrics/test_ranks.py": "from support.metrics import (\n    auc,\n)",
    "tests/losses/test_auc.py": "from support.losses.auc import loss",
    "tests/chapters/lfit/test_data.py": "from chapters.lfit.data import load",
}
TESTS = sorted(name for name in FILES if name.startswith("tests/"))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_a_module_brings_its_examples_and_the_tests_that_name_it(
    checkout: Path,
) -> None:
    assert choose(["support/metrics/auc.py"], TESTS, checkout) == [
        "tests/metrics/test_auc.py",
        "tests/metrics/test_ranks.py",
        "tests/test_ledger.py",
        "support/metrics/auc.py",
    ]
    assert choose(["chapters/lfit/data.py"], TESTS, checkout) == [
        "tests/chapters/lfit/test_data.py",
        "chapters/lfit/data.py",
    ]


def test_a_changed_test_comes_first_and_once(checkout: Path) -> None:
    changed = ["support/metrics/auc.py", "tests/test_ledger.py"]
    found = choose(changed, TESTS, checkout)
    assert found[:2] == ["tests/test_ledger.py", "tests/metrics/test_auc.py"]
    assert len(found) == len(set(found))


def test_a_source_of_a_chapter_brings_the_pairs(checkout: Path) -> None:
    assert choose(["chapters/lfit/lesson.md"], TESTS, checkout) == [PAIRS]


def test_what_has_no_test_of_its_own_brings_the_fixed_one(checkout: Path) -> None:
    gone = "support/metrics/removed.py"
    assert choose([gone, "README.md"], TESTS, checkout) == [ALWAYS]


def test_there_are_never_too_many(checkout: Path) -> None:
    many = [f"tests/test_{number}.py" for number in range(2 * MOST)]
    for name in many:
        (checkout / name).write_text("from support.losses.auc import loss", "utf-8")
    found = choose(["support/losses/auc.py"], [*TESTS, *many], checkout)
    assert found[0] == "tests/losses/test_auc.py"
    assert len(found) == MOST + 1
