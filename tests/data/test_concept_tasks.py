"""Concept tasks from drawings and from corpora."""

import numpy as np
import pytest
import torch

from support.data import concept_tasks
from support.data.concept_tasks import CONCEPT_TASKS, load_concept_task
from support.data.lpc import LpcSprites


def grid_pictures(rows, *, resolution):
    """Stand in for the corpus: right shapes, pixels that name their row."""
    plan = CONCEPT_TASKS["lpc_sprites"]
    shape = tuple(plan.sizes.values())
    factors = np.stack(np.unravel_index(rows, shape), axis=1)
    images = np.zeros((len(rows), resolution, resolution, 3), np.uint8)
    images[:, 0, 0, 0], images[:, 0, 0, 1] = rows % 256, rows // 256
    names, values = tuple(plan.sizes), dict.fromkeys(plan.sizes, ())
    return LpcSprites(images, factors, names, shape, values, rows)


def rebuild_labels(task):
    """The label of each test row by hand: through concepts, nuisances, table."""
    concept = torch.zeros(len(task.y_test), dtype=torch.long)
    for group in task.groups:
        concept = concept * len(group) + task.c_test[:, group].argmax(1)
    nuisance = torch.zeros_like(concept)
    for name in task.needed:
        _, test, size = task.nuisances[name]
        nuisance = nuisance * size + test
    return task.table[concept, nuisance]


def test_embedded_labels_follow_the_table_and_the_picture():
    task = load_concept_task("embedded", 1, n_train=60, n_test=40)
    assert torch.equal(task.y_test, rebuild_labels(task))
    assert task.x_train.shape == (60, 3, 16, 16)
    assert task.names[0] == "size small"
    assert len(task.names) == task.c_train.shape[1] == 9
    again = load_concept_task("embedded", 1, n_train=60, n_test=40)
    assert torch.equal(task.x_test, again.x_test)
    other = load_concept_task("embedded", 2, n_train=60, n_test=40)
    assert not torch.equal(task.table, other.table)


def test_a_corpus_keeps_the_images_that_agree(monkeypatch):
    monkeypatch.setattr(concept_tasks, "load_lpc_sprites", grid_pictures)
    task = load_concept_task("lpc_sprites", 0, n_train=900, n_test=300)
    assert torch.equal(task.y_test, rebuild_labels(task))
    assert task.x_train.shape == (900, 3, 32, 32)
    row = (task.x_test[:, 0, 0, 0] + 256 * task.x_test[:, 1, 0, 0]) * 255
    shape = tuple(CONCEPT_TASKS["lpc_sprites"].sizes.values())
    direction = np.unravel_index(row.round().long().numpy(), shape)[5]
    assert torch.equal(task.y_test, torch.from_numpy(direction))
    pairs = torch.cat([task.x_train, task.x_test])[:, :2, 0, 0]
    assert len(pairs.unique(dim=0)) == 1200  # no image twice


def test_a_small_corpus_shrinks_both_splits(monkeypatch):
    monkeypatch.setattr(concept_tasks, "load_lpc_sprites", grid_pictures)
    task = load_concept_task("lpc_sprites", 0, n_train=6000, n_test=2000, side=16)
    kept = len(task.x_train) + len(task.x_test)
    assert kept == pytest.approx(19_200 / 4, abs=2)
    assert len(task.x_train) == pytest.approx(3 * len(task.x_test), abs=3)


def test_to_moves_every_tensor(device):
    task = load_concept_task("embedded", 0, n_train=10, n_test=5).to(device)
    tensors = [value for value in vars(task).values() if torch.is_tensor(value)]
    tensors += [part for triple in task.nuisances.values() for part in triple[:2]]
    assert {tensor.device.type for tensor in tensors} == {device}


def test_unknown_data_is_refused_in_words():
    with pytest.raises(ValueError, match="embedded, lpc_sprites, dsprites"):
        load_concept_task("other")
    with pytest.raises(ValueError, match="n_train"):
        load_concept_task("embedded", n_train=1)
    with pytest.raises(ValueError, match="side"):
        load_concept_task("lpc_sprites", side=20)


def test_words_name_the_values_of_the_corpus():
    for plan in CONCEPT_TASKS.values():
        for name, words in plan.words.items():
            assert len(words) == plan.sizes[name]


def test_dsprites_is_thinned_before_it_is_read(monkeypatch):
    def pictures(rows):
        images = np.zeros((len(rows), 64, 64), np.uint8)
        images[:, :, :32] = 1
        return type("Pictures", (), {"images": images})

    monkeypatch.setattr(concept_tasks, "load_dsprites", pictures)
    task = load_concept_task("dsprites", 0, n_train=300, n_test=100, side=16)
    assert torch.equal(task.y_test, rebuild_labels(task))
    assert task.x_train.shape == (300, 1, 16, 16)
    assert task.x_train.mean() == 0.5
    assert [size for *_, size in task.nuisances.values()] == [8, 5, 8]
