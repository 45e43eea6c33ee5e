"""The identities: each against another way to the same number."""

import math

import pytest
import torch
from torch.nn.functional import normalize

from chapters.alignment.exact import (
    bound_gap,
    hide,
    mismatched,
    one_bit,
    random_tables,
    sides,
    temperature_gap,
)
from chapters.alignment.systems import objective


def unit(count, width, seed):
    draw = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(count, width, generator=draw).double(), dim=1)


@pytest.mark.parametrize(("temperature", "weight"), [(0.01, 3.0), (0.07, 0.8), (1, 1)])
def test_the_penalty_is_a_temperature(temperature, weight):
    a, b = unit(40, 8, 0), unit(40, 8, 1)
    assert temperature_gap(a, b, temperature, weight) < 1e-12
    numerator = 1 / (1 / temperature + 2 * weight)
    more = objective(a, b, temperature, weight) - mismatched(
        a, b, temperature, numerator
    )
    assert float(more) == pytest.approx(2 * weight)


def test_a_wrong_temperature_would_be_noticed():
    a, b = unit(40, 8, 0), unit(40, 8, 1)
    wrong = mismatched(a, b, 0.07, 1 / (1 / 0.07 + 0.8))
    assert abs(float(objective(a, b, 0.07, 0.8) - wrong) - 1.6) > 1e-3


def test_hiding_moves_the_penalty_by_the_square_and_nothing_else():
    a, b = unit(5, 8, 0), unit(5, 8, 1)
    found = hide(a, b, 0.1, [0.0, 2.0], torch.Generator().manual_seed(0))
    assert found["InfoNCE"][1] == pytest.approx(found["InfoNCE"][0], abs=1e-12)
    assert found["penalty"][1] > found["penalty"][0]
    with pytest.raises(ValueError, match="fewer rows than columns"):
        hide(unit(9, 8, 0), unit(9, 8, 1), 0.1, [1.0], torch.Generator())


def test_the_bound_is_an_equality_with_two_parts():
    draw = torch.Generator().manual_seed(0)
    assert bound_gap(draw, tables=20) < 1e-12
    joint, encoder, _ = random_tables(draw)
    best = (joint.T @ encoder) / joint.sum(0)[:, None]
    tight = sides(joint, encoder, best)
    assert tight.rest == pytest.approx(0, abs=1e-12)
    assert tight.divergence == pytest.approx(tight.specific, abs=1e-12)
    assert 0 < tight.specific < tight.whole


def test_one_copied_bit_refutes_the_form_without_condition():
    found = one_bit()
    assert found.whole == pytest.approx(math.log(2))
    assert found.divergence == found.specific == found.rest == 0
