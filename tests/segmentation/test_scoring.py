"""Scores of frames, of what is rebuilt, and where sources are: known answers."""

import pytest
import torch

from support.segmentation.scoring import (
    agreement,
    crowded_frames,
    explained_variance,
    ideal_masks,
    source_magnitudes,
    task_f1,
)
from tests.segmentation.small import prepared

X = torch.rand(2, 5, 6, generator=torch.Generator().manual_seed(0))


def test_f1_of_three_cases_by_hand():
    labels = torch.tensor([[[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]])
    logits = torch.tensor([[[9.0, -1, 1, -1], [1, -1, -1, -1], [1, 1, -1, -1]]])
    assert task_f1(logits, labels).tolist() == [0.5, 1.0, 0.0]


def test_agreement_counts_the_first_tasks_alone():
    first, second = torch.ones(1, 4, 10), torch.ones(1, 4, 10)
    second[:, 3] = -1
    assert agreement(first, second) == 1
    second[:, 0, :3] = -1
    assert agreement(first, second) == pytest.approx(0.9)
    assert agreement(first, second, 4) == pytest.approx(1 - 13 / 40)


def test_explained_variance_of_the_truth_the_mean_and_worse():
    assert explained_variance(X, X) == 1
    mean = X.mean((0, 2), keepdim=True).expand_as(X)
    assert explained_variance(X, mean) == pytest.approx(0, abs=1e-6)
    assert explained_variance(X, 10 + X) < 0


def test_explained_variance_does_not_know_an_offset():
    recon = X + 0.3 * X.flip(2)
    exact = explained_variance(X.double(), recon.double())
    assert explained_variance(X, recon) == pytest.approx(exact, rel=1e-12)
    moved = explained_variance(1e6 + X, 1e6 + recon)
    exact = explained_variance((1e6 + X).double(), (1e6 + recon).double())
    assert moved == pytest.approx(exact, rel=1e-9)
    for value in (0.1, 300.1):
        with pytest.raises(ValueError, match="spectrogram that varies"):
            explained_variance(torch.full((3, 2, 7), value), torch.zeros(3, 2, 7))


def test_no_cell_is_two_sources_and_silence_is_none():
    layers = prepared().test.layers
    magnitudes = source_magnitudes(layers)
    masks = ideal_masks(magnitudes)
    assert masks.shape == (3, 3, 129, 200)
    assert masks.sum(1).max() == 1
    off = ~layers.labels[:, :3]
    quiet = torch.nn.functional.max_pool1d((~off).float(), 5, 1, 2) == 0
    assert not masks.transpose(2, 3)[quiet].any()


def test_crowded_frames_have_two_kinds_of_source():
    labels = torch.tensor([[[1, 1, 0], [1, 0, 0], [0, 0, 1], [1, 1, 0]]])
    assert crowded_frames(labels)[0].int().tolist() == [[1, 0, 0], [1, 0, 0], [0] * 3]


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="give "):
        task_f1(X, X[..., :2] > 1)
    with pytest.raises(ValueError, match="labels: got"):
        task_f1(X, X)
    with pytest.raises(ValueError, match="logits: got nan"):
        task_f1(X * float("nan"), X > 1)
    with pytest.raises(ValueError, match="of one shape"):
        agreement(X, X[:1])
    with pytest.raises(ValueError, match="recon"):
        explained_variance(X, X[..., :2])
    with pytest.raises(ValueError, match="spectrogram that varies"):
        explained_variance(torch.ones(1, 2, 3), torch.ones(1, 2, 3))
    with pytest.raises(ValueError, match="on a scale near 1"):
        explained_variance(1e200 * X.double(), X.double())
    with pytest.raises(ValueError, match="not empty"):
        task_f1(X[:, :0], X[:, :0] > 1)
    for tasks in (0, -1, 1.5, True, 1 + X.shape[1]):
        with pytest.raises(ValueError, match="tasks: got"):
            agreement(X, X, tasks)
    for magnitudes in (-X[:, None], X, None, [1.0, 2.0]):
        with pytest.raises(ValueError, match="magnitudes: got"):
            ideal_masks(magnitudes)
    for labels in (X > 1e9, X[0] > 1, X):
        with pytest.raises(ValueError, match="labels: got"):
            crowded_frames(labels[..., :2, :] if labels.ndim == 3 else labels)
