"""One set of rules for awkward inputs, held against every row of the tables."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.properties import losses_table, metrics_table, models_table
from tests.properties.framework import Entry, outcome, public_functions

TABLES = {
    "support.metrics": metrics_table,
    "support.losses": losses_table,
    "support.models": models_table,
}
ROWS = [row for table in TABLES.values() for row in table.ROWS]
EVERY = pytest.mark.parametrize("entry", ROWS, ids=str)
FLOATS = {
    torch.float32: 1e-4,
    torch.float16: None,
    torch.bfloat16: None,
}
WHOLE = (torch.int64, torch.int32, torch.int8, torch.uint8, torch.bool)


def agree(found: Any, wanted: Any, tolerance: float) -> None:
    """Two outcomes are the same: the same numbers, or both refused."""
    if isinstance(wanted, ValueError) or isinstance(found, ValueError):
        assert isinstance(wanted, ValueError) == isinstance(found, ValueError), (
            found,
            wanted,
        )
        return
    assert len(found) == len(wanted)
    for ours, theirs in zip(found, wanted, strict=True):
        size = theirs[theirs.isfinite()].double().abs().max() if theirs.numel() else 0
        torch.testing.assert_close(
            ours.double(),
            theirs.double(),
            rtol=tolerance,
            atol=tolerance * float(size),
            equal_nan=True,
            check_dtype=False,
        )


def changed(entry: Entry, **changes: Any) -> dict[str, Tensor]:
    return {**entry.example(), **changes}


def integers(values: Tensor) -> Tensor:
    """Whole numbers from 0 to 100 that lie as the given ones."""
    low, high = values.aminmax()
    return ((values - low) / (high - low) * 100).round()


@EVERY
def test_the_example_has_a_result_that_repeats_itself(entry):
    first = outcome(entry, entry.example())
    assert not isinstance(first, ValueError), first
    assert all(part.double().isfinite().any() for part in first if part.numel())
    agree(outcome(entry, entry.example()), first, 0.0)


@EVERY
def test_results_have_the_kind_that_is_declared(entry):
    exact = {torch.float64, torch.int64, torch.bool}
    wanted = exact if entry.out == "exact" else {torch.float64, torch.float32}
    assert {part.dtype for part in outcome(entry, entry.example())} <= wanted
    if entry.out != "exact":
        for kind in FLOATS:
            numbers = {
                name: entry.example()[name].to(kind) for name in entry.inputs("numbers")
            }
            found = outcome(entry, changed(entry, **numbers))
            kept = torch.float32 if entry.out == "single" else kind
            assert {part.dtype for part in found if part.is_floating_point()} == {kept}


@EVERY
@pytest.mark.parametrize("kind", FLOATS, ids=str)
def test_numbers_of_every_precision_count_as_what_they_are(entry, kind):
    names = entry.inputs("numbers")
    given = {name: entry.example()[name].to(kind) for name in names}
    exact = {name: value.double() for name, value in given.items()}
    wanted = outcome(entry, changed(entry, **exact))
    agree(outcome(entry, changed(entry, **given)), wanted, FLOATS[kind] or entry.half)


@EVERY
@pytest.mark.parametrize("kind", WHOLE, ids=str)
def test_whole_numbers_count_as_what_they_are(entry, kind):
    for name in entry.inputs("numbers"):
        values = integers(entry.example()[name])
        if kind == torch.bool:
            values = (values > 50).double()
        wanted = outcome(entry, changed(entry, **{name: values}))
        found = outcome(entry, changed(entry, **{name: values.to(kind)}))
        agree(found, wanted, max(entry.tolerance, 1e-5))


@EVERY
@pytest.mark.parametrize("kind", WHOLE, ids=str)
def test_classes_of_every_kind_are_the_same_classes(entry, kind):
    wanted = outcome(entry, entry.example())
    for name in [*entry.inputs("classes"), *entry.inputs("flags")]:
        values = entry.example()[name]
        if kind == torch.bool and int(values.max()) > 1:
            continue
        found = outcome(entry, changed(entry, **{name: values.to(kind)}))
        agree(found, wanted, entry.tolerance)


@EVERY
def test_arrays_are_taken_wherever_tensors_are(entry):
    wanted = outcome(entry, entry.example())
    arrays = {name: np.asarray(value) for name, value in entry.example().items()}
    for array in arrays.values():
        array.flags.writeable = False
    agree(outcome(entry, arrays), wanted, entry.tolerance)


@EVERY
def test_how_numbers_lie_in_memory_does_not_matter(entry):
    wanted = outcome(entry, entry.example())
    strided = {
        name: torch.stack([value, value], -1)[..., 0]
        for name, value in entry.example().items()
    }
    agree(outcome(entry, strided), wanted, entry.tolerance)


@EVERY
def test_inputs_are_left_as_they_were(entry):
    given, kept = entry.example(), entry.example()
    outcome(entry, given)
    for name, value in given.items():
        assert torch.equal(value, kept[name]), name


@EVERY
def test_rows_may_change_places(entry):
    if entry.order not in ("same", "moves"):
        assert len(entry.order) > 20, "order: say why it depends on it"
        return
    inputs = entry.example()
    wanted = outcome(entry, inputs)
    rows = entry.samples()
    count = len(inputs[rows[0]])
    places = torch.randperm(count, generator=torch.Generator().manual_seed(1))
    moved = {name: inputs[name][places] for name in rows}
    if entry.order == "moves":
        wanted = [part[places] for part in wanted]
    agree(outcome(entry, changed(entry, **moved)), wanted, entry.tolerance)


@EVERY
@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_scales_that_do_not_matter_do_not(entry, factor):
    wanted = outcome(entry, entry.example())
    inputs = entry.example()
    for name, power in entry.scale.items():
        found = outcome(entry, changed(entry, **{name: inputs[name] * factor}))
        grown = [part * factor**power for part in wanted] if power else wanted
        agree(found, grown, entry.tolerance)
    if entry.together:
        all_of = {name: inputs[name] * factor for name in entry.together}
        agree(outcome(entry, changed(entry, **all_of)), wanted, entry.tolerance)


@EVERY
def test_shifts_that_do_not_matter_do_not(entry):
    wanted = outcome(entry, entry.example())
    for name in entry.shift:
        for offset in (entry.offset, -entry.offset):
            moved = {name: entry.example()[name] + offset}
            # what the sum rounds away is lost before anybody could look
            slack = entry.tolerance + 1e-13 * entry.offset
            agree(outcome(entry, changed(entry, **moved)), wanted, slack)


def refused(entry: Entry, name: str, value: Tensor) -> None:
    found = outcome(entry, changed(entry, **{name: value}))
    shown = value.flatten()[:3].tolist()
    assert isinstance(found, ValueError), f"{name} = {shown}...: got {found}"
    words = entry.names.get(name, name)
    assert re.search(rf"\b{words}\b", str(found)), f"{name}: {found}"


@EVERY
@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_is_refused_by_name(entry, wrong):
    meant = entry.missing if wrong != wrong else entry.infinite
    for name in entry.inputs("numbers"):
        for place in (0, -1):
            value = entry.example()[name]
            value.reshape(-1)[place] = wrong
            if name not in meant:
                refused(entry, name, value)


@EVERY
def test_what_is_no_class_is_refused_by_name(entry):
    for name in entry.inputs("classes"):
        value = entry.example()[name]
        low, fraction = value.clone(), value.double()
        low.reshape(-1)[-1] = -1
        fraction.reshape(-1)[-1] -= 0.5
        for wrong in (low, fraction, value.double() * torch.nan):
            refused(entry, name, wrong)
    for name in entry.inputs("flags"):
        value = entry.example()[name].double()
        for wrong in (value * 0.5 + 0.1, value * torch.nan):
            refused(entry, name, wrong)


@EVERY
def test_nothing_is_refused_or_defined(entry):
    empty = {name: entry.example()[name][:0] for name in entry.samples()}
    found = outcome(entry, changed(entry, **empty))
    assert isinstance(found, ValueError) == (entry.empty == "refused"), found


@pytest.mark.parametrize("package", TABLES)
def test_every_public_function_has_a_row_or_a_reason(package):
    table = TABLES[package]
    found = public_functions(package)
    listed: Mapping[str, Any] = {
        f"{row.of.__module__}.{row.of.__qualname__}": row for row in table.ROWS
    }
    assert all(len(reason) > 10 for reason in table.HELPERS.values())
    assert not listed.keys() & table.HELPERS.keys()
    missing = found.keys() - listed.keys() - table.HELPERS.keys()
    assert not missing or not table.COMPLETE, (
        f"no row in {table.__name__} for {sorted(missing)}"
    )
    gone = (listed.keys() | table.HELPERS.keys()) - found.keys()
    assert not gone, f"{table.__name__} has rows for what is not public: {sorted(gone)}"
