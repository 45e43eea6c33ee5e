"""Segments and frames, and detection by duration."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from support.metrics.segmentation import (
    detection_scores,
    frames_to_segments,
    segments_to_frames,
)

tracks = st.lists(st.integers(0, 3), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(tracks, st.sampled_from([0.02, 0.01, 0.5]))
def test_there_and_back(frames, hop):
    labels = torch.tensor(frames)
    segments = frames_to_segments(labels, hop)
    assert torch.equal(segments_to_frames(segments, hop, len(labels)), labels)
    assert segments[0, 0] == 0
    assert segments[-1, 1].item() == pytest.approx(len(labels) * hop)
    assert torch.equal(segments[1:, 0], segments[:-1, 1])
    assert (segments[1:, 2] != segments[:-1, 2]).all()


def test_frames_outside_every_segment_are_background():
    segments = torch.tensor([[0.0, 1.0, 2.0], [0.5, 1.0, 1.0]])
    labels = segments_to_frames(segments, 0.5, 4, background=3)
    assert labels.tolist() == [2, 1, 3, 3]
    assert segments_to_frames(segments[:0], 0.5, 2, background=3).tolist() == [3, 3]
    assert frames_to_segments(torch.tensor([], dtype=torch.long), 0.5).shape == (0, 3)


def test_detection_equals_sklearn(device):
    rng = torch.Generator().manual_seed(0)
    y, p = torch.randint(3, (2, 5, 40), generator=rng)
    found = detection_scores(y.to(device), p.to(device), 3)
    expected = precision_recall_fscore_support(y.flatten(), p.flatten())
    for ours, theirs in zip(found, expected, strict=False):
        assert ours.tolist() == pytest.approx(theirs.tolist())


def test_detection_by_hand():
    truth = torch.tensor([0] * 10 + [1] * 10)
    assert detection_scores(truth, truth, 2).f1.tolist() == [1, 1]
    shifted = torch.tensor([0] * 15 + [1] * 5)  # half of class 1 comes too late
    scores = detection_scores(truth, shifted, 2)
    assert scores.precision.tolist() == pytest.approx([10 / 15, 1])
    assert scores.recall.tolist() == pytest.approx([1, 0.5])
    nothing = detection_scores(truth, truth * 0, 2)
    assert [part[1].item() for part in nothing] == [0, 0, 0]


def test_mask_leaves_frames_out():
    truth, guess = torch.tensor([[0, 1, 1]]), torch.tensor([[0, 1, 0]])
    mask = torch.tensor([[True, True, False]])
    assert detection_scores(truth, guess, 2, mask=mask).f1.tolist() == [1, 1]


def test_bad_input_is_named():
    labels = torch.tensor([0, 1])
    with pytest.raises(ValueError, match="hop"):
        frames_to_segments(labels, 0)
    with pytest.raises(ValueError, match="labels"):
        frames_to_segments(labels[None], 1)
    with pytest.raises(ValueError, match="segments"):
        segments_to_frames(labels, 1, 2)
    with pytest.raises(ValueError, match="ends before"):
        segments_to_frames(torch.tensor([[1.0, 0.0, 1.0]]), 1, 2)
    with pytest.raises(ValueError, match="predictions"):
        detection_scores(labels, labels[:1], 2)
    with pytest.raises(ValueError, match="no frame"):
        detection_scores(labels, labels, 2, mask=labels * 0)
    with pytest.raises(ValueError, match="integers"):
        detection_scores(labels, labels, 1)


def test_centres_and_edges_are_those_of_double_precision():
    assert segments_to_frames([[0.35, 0.45, 1]], 0.1, 5).tolist() == [0, 0, 0, 1, 0]
    starts = [[(i + 0.5) * 0.01, (i + 1) * 0.01, 1] for i in range(1000)]
    assert segments_to_frames(starts, 0.01, 1000).sum() == 1000
    late = torch.zeros(2**24, dtype=torch.long)
    late[-8:] = 1
    segments = frames_to_segments(late, 1 / 16000)
    assert torch.equal(segments_to_frames(segments, 1 / 16000, 2**24), late)
