"""The one way to the chapter's images and tasks."""

import pytest
import torch

from chapters.similarity.data import load


@pytest.fixture(scope="module")
def data():
    return load("embedded", "quick", 100)


@pytest.mark.parametrize(("fine", "coarse"), [(10, 5), (10, 2), (5, 2)])
def test_a_coarse_class_follows_from_a_fine_one(data, fine, coarse):
    tables = (data.tasks[task].tolist() for task in (fine, coarse))
    assert len(set(zip(*tables, strict=True))) == fine
    assert len(data.tasks[coarse].unique()) == coarse


def test_no_held_out_image_was_fitted(data):
    fit, test = (
        {tuple(row) for row in part.flatten(1).tolist()}
        for part in (data.x_train, data.x_test)
    )
    assert len(fit) == 1078
    assert not fit & test


def test_a_seed_gives_one_split_and_another_seed_another(data):
    assert torch.equal(load("embedded", "quick", 100).x_test, data.x_test)
    assert not torch.equal(load("embedded", "quick", 101).x_test, data.x_test)


def test_what_is_unknown_is_refused_by_name():
    with pytest.raises(ValueError, match=r"'cifar'.*embedded"):
        load("cifar", "quick", 0)
    with pytest.raises(ValueError, match=r"'fast'.*quick or full"):
        load("embedded", "fast", 0)
