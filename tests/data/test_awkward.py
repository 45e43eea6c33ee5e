"""Bytes, halves and what is not finite, in draws and labels."""

import math

import numpy as np
import pytest
import torch

from support.data.audio import resample
from support.data.corruption import redraw_labels
from support.data.dependence import dependence_weights, draw_rows, spread
from support.data.sampling import StratifiedSequenceSampler
from support.data.tasks import aggregate_probabilities

NAN = float("nan")


def test_a_difference_of_bytes_does_not_wrap_around():
    cells = torch.tensor([[0, 1], [1, 0], [1, 1]])
    wanted = dependence_weights(cells.double(), [(0, 1)], 1.0)
    for kind in (torch.uint8, torch.bool, torch.float16):
        found = dependence_weights(cells.to(kind), [(0, 1)], 1.0)
        assert torch.allclose(found, wanted)
    assert wanted[0] == wanted[1] < wanted[2]


def test_many_half_weights_have_a_finite_sum():
    weights = torch.full((70_000,), 1.0).half()
    rows = draw_rows(weights, 100, torch.Generator().manual_seed(0))
    assert rows.max() > 35_000
    for bad in (NAN, math.inf):
        with pytest.raises(ValueError, match="weights: got"):
            draw_rows(torch.tensor([1.0, bad]), 1, torch.Generator())


@pytest.mark.parametrize("label", [0.5, NAN, -1, 3])
def test_what_is_no_class_is_refused(label):
    labels = torch.tensor([0, label])
    with pytest.raises(ValueError, match="labels: got"):
        redraw_labels(labels, 0.5, 3, torch.Generator())
    with pytest.raises(ValueError, match="factors"):
        spread(labels[:, None], [3])


def test_counts_of_bytes_are_added_up_in_full():
    counts = torch.full((4, 2), 200, dtype=torch.uint8)
    sampler = StratifiedSequenceSampler(
        counts, 3, torch.Generator().manual_seed(0), minimum=500
    )
    assert [len(batch) for batch in sampler] == [3, 3]
    for bad in (-1, NAN):
        with pytest.raises(ValueError, match="class_counts: got"):
            StratifiedSequenceSampler(torch.tensor([[1.0, bad]]), 1, torch.Generator())


def test_probabilities_of_every_type_are_added_up():
    halves = torch.full((1, 4096), 1 / 4096).half()
    found = aggregate_probabilities(halves, [0] * 4096)
    assert found.dtype == torch.float16
    assert found.item() == 1
    for bad in (-0.5, NAN):
        with pytest.raises(ValueError, match="probabilities: got"):
            aggregate_probabilities(torch.tensor([bad, 1.0]), [0, 0])


def test_what_is_not_finite_is_not_spread_by_a_filter():
    with pytest.raises(ValueError, match="waveform"):
        resample(np.array([0.0, NAN, 0.0]), 16_000, 8_000)
    narrow = resample(np.ones(100, np.float16), 16_000, 8_000)
    assert narrow.dtype == np.float16
    assert float(narrow[25]) == pytest.approx(1, abs=0.01)
