"""Measures of how far apart classes lie."""

import pytest
import torch
from sklearn.metrics import calinski_harabasz_score

from support.metrics.separation import (
    class_mean_cosines,
    cosine_distances,
    fisher_ratio,
)


def cloud(seed=0, count=60, width=5, classes=4):
    source = torch.Generator().manual_seed(seed)
    y = torch.arange(count) % classes
    centres = 2 * torch.randn(classes, width, generator=source)
    return centres[y] + torch.randn(count, width, generator=source), y


@pytest.mark.parametrize("seed", range(3))
def test_the_ratio_is_that_of_scikit_learn_up_to_counts(seed):
    z, y = cloud(seed)
    wanted = calinski_harabasz_score(z, y) * (4 - 1) / (60 - 4)
    assert fisher_ratio(z, y) == pytest.approx(wanted, rel=1e-6)


def test_the_ratio_does_not_see_rotation_shift_or_scale():
    z, y = cloud()
    turn = torch.linalg.qr(
        torch.randn(5, 5, generator=torch.Generator().manual_seed(1))
    )
    moved = 7 * z @ turn.Q + 3
    assert fisher_ratio(moved, y) == pytest.approx(fisher_ratio(z, y), rel=1e-4)


def test_points_have_no_spread_within():
    y = torch.tensor([0, 0, 2, 2])
    assert fisher_ratio(torch.eye(3)[y], y) == float("inf")
    with pytest.raises(ValueError, match="one point"):
        fisher_ratio(torch.ones(4, 3), y)


def test_cosine_distances_are_means_over_pairs():
    z, y = cloud(count=17)
    distance = 1 - torch.nn.functional.cosine_similarity(z[:, None], z[None], dim=2)
    other = ~torch.eye(17, dtype=torch.bool)
    same = y[:, None] == y
    found = cosine_distances(z, y)
    assert found.within == pytest.approx(float(distance[same & other].mean()), abs=1e-6)
    assert found.between == pytest.approx(float(distance[~same].mean()), abs=1e-6)


def test_one_sample_a_class_has_no_pair_within():
    found = cosine_distances(torch.eye(3), torch.arange(3))
    assert found.within != found.within
    assert found.between == pytest.approx(1)


def test_cosines_of_means():
    y = torch.arange(8) % 4
    means = class_mean_cosines(torch.eye(4)[y], y)
    torch.testing.assert_close(means, torch.eye(4).double())
    centred = class_mean_cosines(torch.eye(4)[y], y, centre=True)
    wanted = torch.full((4, 4), -1 / 3).double().fill_diagonal_(1.0)
    torch.testing.assert_close(centred, wanted)


@pytest.mark.parametrize(
    "measure", [fisher_ratio, cosine_distances, class_mean_cosines]
)
@pytest.mark.parametrize(
    ("z", "y", "words"),
    [
        (torch.ones(3, 2), torch.tensor([0, 1]), "z, y: got shapes"),
        (torch.ones(3), torch.tensor([0, 1, 1]), "z, y: got shapes"),
        (torch.ones(0, 2), torch.tensor([]).long(), "z, y: got shapes"),
        (torch.ones(2, 2), torch.tensor([1, 1]), "one class only"),
        (torch.ones(2, 2), torch.tensor([0, -1]), "y: got"),
        (torch.ones(2, 2), torch.tensor([0.0, 0.5]), "y: got"),
        (torch.full((2, 2), float("nan")), torch.tensor([0, 1]), "z: got nan"),
        ("near", torch.tensor([0, 1]), "z: got"),
    ],
)
def test_bad_input_in_words(measure, z, y, words):
    with pytest.raises(ValueError, match=words):
        measure(z, y)


def test_what_has_no_direction_is_refused():
    y = torch.tensor([0, 0, 1])
    with pytest.raises(ValueError, match="a row is 0"):
        cosine_distances(torch.tensor([[1.0], [0.0], [1.0]]), y)
    with pytest.raises(ValueError, match="mean of a class is 0"):
        class_mean_cosines(torch.tensor([[1.0], [-1.0], [1.0]]), y)
    with pytest.raises(ValueError, match="no sample of class 1"):
        class_mean_cosines(torch.eye(3), torch.tensor([0, 0, 2]))


def test_the_number_of_a_class_is_a_name_and_no_length():
    z, y = cloud()
    far = torch.tensor([0, 7, 2**40, 2**62])[y]
    assert fisher_ratio(z, far) == fisher_ratio(z, y)
    assert cosine_distances(z, far) == cosine_distances(z, y)
    with pytest.raises(ValueError, match="no sample of class 1; give one"):
        class_mean_cosines(z, far)


@pytest.mark.parametrize("size", [1e-200, 1e-20, 1e20, 1e200, 1e307])
def test_no_measure_sees_a_common_factor(size):
    z, y = cloud()
    z = z.double()
    assert fisher_ratio(size * z, y) == pytest.approx(fisher_ratio(z, y))
    found, wanted = cosine_distances(size * z, y), cosine_distances(z, y)
    assert found == pytest.approx(wanted)
    torch.testing.assert_close(
        class_mean_cosines(size * z, y), class_mean_cosines(z, y)
    )
