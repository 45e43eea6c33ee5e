"""Every registered comparison compares a public kernel, and the results agree."""

import importlib

import pytest

from support.speed.harness import SIZES, Comparison, disagreement, discover

FOUND = discover()


def _name(item: Comparison) -> str:
    return f"{item.name} | {item.peer}".replace(" ", "_")


def test_families_are_found_by_themselves() -> None:
    kernels = {item.kernel for item in FOUND}
    assert "support.metrics.auc.auc_binary" in kernels
    assert len(FOUND) >= 7


@pytest.mark.parametrize("item", FOUND, ids=_name)
def test_the_kernel_is_public(item: Comparison) -> None:
    module, _, name = item.kernel.rpartition(".")
    assert name in importlib.import_module(module).__all__


@pytest.mark.filterwarnings("default")  # a peer's warnings are its own
@pytest.mark.parametrize("item", FOUND, ids=_name)
def test_the_results_agree_at_the_smallest_size(item: Comparison) -> None:
    if item.version is None:
        pytest.skip(f"{item.package} is not installed")
    assert disagreement(item, item.sizes[0]) == ""


@pytest.mark.parametrize("item", FOUND, ids=_name)
def test_the_same_seed_makes_the_same_inputs(item: Comparison) -> None:
    from support.speed.comparison import numbers

    first, second = (item.make(item.sizes[0], 3, "cpu") for _ in range(2))
    for one, other in zip(first, second, strict=True):
        if not isinstance(one, str) and not callable(one) and one is not None:
            assert (numbers(one) == numbers(other)).all()


def test_there_are_three_sizes() -> None:
    assert SIZES == ("small", "typical", "large")
