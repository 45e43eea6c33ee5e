"""Wrong labels: rates, whole segments, what must not change."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.data.corruption import redraw_labels, redraw_segments, segment_numbers


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_share_of_wrong_labels_is_what_is_said():
    labels = torch.arange(60_000) % 3
    changed = (redraw_labels(labels, 0.3, 3, rng()) != labels).float().mean()
    assert changed.item() == pytest.approx(0.2, abs=0.01)
    fresh = redraw_labels(labels * 0, 1.0, 3, rng()).bincount() / 60_000
    assert fresh.tolist() == pytest.approx([1 / 3] * 3, abs=0.01)


def test_rate_0_changes_nothing_and_the_original_stays(device):
    labels = torch.randint(4, (5, 30), generator=rng()).to(device)
    kept = labels.clone()
    for redraw in (redraw_labels, redraw_segments):
        assert torch.equal(redraw(labels, 0.0, 4, rng()), labels)
        corrupt = redraw(labels, 1.0, 4, rng())
        assert corrupt.device.type == device
        assert corrupt.dtype == labels.dtype
        assert torch.equal(labels, kept)
        assert torch.equal(corrupt, redraw(labels, 1.0, 4, rng()))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 2), min_size=1, max_size=40),
    st.floats(0, 1),
    st.integers(0),
)
def test_a_segment_changes_as_a_whole(frames, rate, seed):
    labels = torch.tensor([frames, frames[::-1]])
    corrupt = redraw_segments(labels, rate, 3, rng(seed % 1000))
    number = segment_numbers(labels)
    for row in range(2):
        for segment in number[row].unique():
            assert len(corrupt[row][number[row] == segment].unique()) == 1


def test_segments_are_hit_at_the_rate():
    labels = torch.arange(2000).repeat_interleave(10)[None] % 2
    corrupt = redraw_segments(labels, 0.3, 2, rng())
    changed = (corrupt != labels)[0, ::10].float().mean()
    assert changed.item() == pytest.approx(0.15, abs=0.03)


def test_segment_numbers():
    assert segment_numbers(
        torch.tensor([[1, 1, 0, 0, 1], [2, 2, 2, 2, 2]])
    ).tolist() == [
        [0, 0, 1, 1, 2],
        [0, 0, 0, 0, 0],
    ]


def test_bad_input_is_named():
    labels = torch.tensor([[0, 1]])
    for redraw in (redraw_labels, redraw_segments):
        with pytest.raises(ValueError, match="rate"):
            redraw(labels, 1.1, 2, rng())
        with pytest.raises(ValueError, match="labels"):
            redraw(labels, 0.5, 1, rng())
    with pytest.raises(ValueError, match="labels"):
        redraw_segments(labels[0], 0.5, 2, rng())
    with pytest.raises(ValueError, match="labels"):
        segment_numbers(labels[:, :0])
