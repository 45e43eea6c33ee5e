"""Attributes of scikit-learn's digits."""

import pytest
import torch

from support.data.digits import ATTRIBUTES, digit_attributes, digit_task


def test_shapes_and_balance():
    data = digit_attributes()
    assert data.x.shape == (1797, 64)
    assert data.y.shape == (1797,)
    assert data.concepts.shape == (1797, 20)
    assert data.names == ATTRIBUTES
    assert len(set(ATTRIBUTES)) == 20
    assert not data.x.isnan().any()
    assert 0 <= data.x.min() <= data.x.max() <= 1
    assert set(data.concepts.unique().tolist()) == {0.0, 1.0}
    share = data.concepts.mean(0)
    assert share.min() >= 0.48
    assert share.max() <= 0.52


def test_no_attribute_repeats_another():
    data = digit_attributes()
    correlation = torch.corrcoef(data.concepts.T) - torch.eye(20)
    assert correlation.abs().max() < 0.95


def test_attributes_mean_what_their_names_say():
    data = digit_attributes()
    images = data.x.view(-1, 8, 8)

    def difference(name, value):
        has = data.concepts[:, ATTRIBUTES.index(name)] == 1
        return float(value[has].mean() - value[~has].mean())

    ink = images.sum((1, 2))
    assert difference("ink", ink) > 0
    assert difference("ink_top_rows", images[:, :2].sum((1, 2)) / ink) > 0
    assert difference("ink_bottom_right", images[:, 4:, 4:].sum((1, 2)) / ink) > 0
    mirrored = (images - images.flip(2)).abs().sum((1, 2)) / ink
    assert difference("left_right_symmetry", mirrored) < 0


def test_the_task_keeps_pictures_concepts_and_digits_together():
    data, task = digit_attributes(), digit_task(3, noise=0.0)
    assert task.x_train.shape == (1200, 64)
    assert len(task.names) == 14
    columns = [ATTRIBUTES.index(name) for name in task.names]
    for row in range(0, 597, 100):
        at = (data.x == task.x_test[row]).all(1).nonzero()[0, 0]
        assert torch.equal(data.concepts[at, columns], task.c_test[row])
        assert data.y[at] == task.y_test[row]
    noisy = digit_task(3)
    assert (noisy.x_train - task.x_train).std() == pytest.approx(0.4, abs=0.01)
    assert torch.equal(noisy.x_train, digit_task(3).x_train)
    with pytest.raises(ValueError, match="n_concepts 21"):
        digit_task(0, n_concepts=21)
