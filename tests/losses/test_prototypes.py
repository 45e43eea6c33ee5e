"""Distances to prototypes, and classes at right angles."""

import pytest
import torch
from torch.autograd import gradcheck

from support.losses.contrastive import centre_loss
from support.losses.prototypes import orthogonal_projection, prototype_distance


def drawn(seed, *shape):
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.float64)


@pytest.mark.parametrize("kind", ["euclidean", "cosine"])
def test_nothing_pulls_at_the_prototype(kind):
    z = drawn(0, 5, 4).requires_grad_()
    distance = prototype_distance(z, z.detach().clone(), kind)
    torch.testing.assert_close(distance, torch.zeros(5).double(), atol=1e-12, rtol=0)
    distance.sum().backward()
    torch.testing.assert_close(z.grad, torch.zeros_like(z), atol=1e-12, rtol=0)


def test_sum_mean_and_cosine_by_hand():
    z, p = torch.tensor([[3.0, 4.0]]), torch.tensor([[0.0, 2.0]])
    assert prototype_distance(z, p).item() == 13.0
    assert prototype_distance(z, p, over="mean").item() == 6.5
    assert prototype_distance(z, p, "cosine").item() == pytest.approx(0.2)
    assert prototype_distance(-p, p, "cosine").item() == pytest.approx(2.0)


def test_it_is_twice_the_centre_loss():
    z, centres, y = drawn(0, 9, 4), drawn(1, 3, 4), torch.arange(9) % 3
    found = prototype_distance(z, centres[y]).mean()
    torch.testing.assert_close(found, 2 * centre_loss(z, y, centres))


@pytest.mark.parametrize("kind", ["euclidean", "cosine"])
@pytest.mark.parametrize("over", ["sum", "mean"])
def test_the_gradient(kind, over):
    z, p = drawn(0, 4, 3).requires_grad_(), drawn(1, 4, 3).requires_grad_()
    assert gradcheck(lambda a, b: prototype_distance(a, b, kind, over), (z, p))


def test_a_scale_that_is_asked_to_train_does():
    scale = torch.tensor(1.0, requires_grad=True)
    z, p = torch.full((2, 3), 2.0), torch.ones(2, 3)
    optimizer = torch.optim.SGD([scale], 0.05)
    for _ in range(60):
        optimizer.zero_grad()
        prototype_distance(z, scale * p).mean().backward()
        optimizer.step()
    assert scale.item() == pytest.approx(2.0, abs=1e-3)


@pytest.mark.parametrize(
    ("z", "p", "options", "words"),
    [
        (torch.ones(2, 3), torch.ones(2, 4), {}, "z, p: got shapes"),
        (torch.ones(2), torch.ones(2), {}, "z, p: got shapes"),
        (torch.ones(0, 3), torch.ones(0, 3), {}, "z, p: got shapes"),
        ("far", torch.ones(2, 3), {}, "z: got"),
        (None, torch.ones(2, 3), {}, "z: got"),
        (torch.ones(2, 3), torch.full((2, 3), float("nan")), {}, "p: got nan"),
        (torch.ones(2, 3), torch.zeros(2, 3), {"kind": "cosine"}, "a prototype is 0"),
        (torch.ones(2, 3), torch.ones(2, 3), {"kind": "near"}, "kind: got 'near'"),
        (torch.ones(2, 3), torch.ones(2, 3), {"over": "max"}, "over: got 'max'"),
    ],
)
def test_bad_input_in_words(z, p, options, words):
    with pytest.raises(ValueError, match=words):
        prototype_distance(z, p, **options)


def test_types_that_differ_are_promoted():
    z, p = torch.ones(2, 3).double(), torch.zeros(2, 3)
    assert prototype_distance(z, p).dtype == torch.float64
    assert prototype_distance(z.half(), p.half()).dtype == torch.float32


def test_ideal_classes_cost_nothing_and_one_point_costs_gamma():
    y = torch.tensor([0, 0, 1, 1, 2])
    assert orthogonal_projection(3 * torch.eye(4)[y], y).item() == pytest.approx(0)
    alike = torch.ones(5, 4)
    assert orthogonal_projection(alike, y, 2.0).item() == pytest.approx(2.0)
    opposite = torch.tensor([[1.0], [-1.0]])
    assert orthogonal_projection(opposite, torch.tensor([0, 0])).item() == 2.0
    assert orthogonal_projection(opposite, torch.tensor([0, 1])).item() == 2.0


def test_it_is_the_mean_over_pairs():
    z, y = drawn(0, 7, 3), torch.tensor([0, 0, 0, 1, 1, 2, 2])
    cosines = torch.nn.functional.cosine_similarity(z[:, None], z[None], dim=2)
    same, other = [], []
    for i in range(7):
        for j in range(7):
            if i != j:
                (same if y[i] == y[j] else other).append(cosines[i, j])
    wanted = 1 - torch.stack(same).mean() + 0.5 * torch.stack(other).abs().mean()
    torch.testing.assert_close(orthogonal_projection(z, y, 0.5), wanted)


def test_a_batch_without_pairs_of_a_sort():
    z = torch.eye(3)[:2]
    assert orthogonal_projection(z, torch.tensor([0, 1])).item() == 0
    assert orthogonal_projection(z, torch.tensor([0, 0])).item() == 1


def test_the_gradient_of_right_angles():
    z = drawn(0, 6, 4).requires_grad_()
    y = torch.arange(6) % 2
    assert gradcheck(lambda a: orthogonal_projection(a, y), (z,))


@pytest.mark.parametrize(
    ("z", "y", "gamma", "words"),
    [
        (torch.ones(3, 2), torch.arange(2), 2.0, "z, y: got shapes"),
        (torch.ones(1, 2), torch.arange(1), 2.0, "B at least 2"),
        (torch.ones(2, 2), torch.tensor([0, -1]), 2.0, "y: got"),
        (torch.ones(2, 2), torch.tensor([0.5, 1]), 2.0, "y: got"),
        (torch.full((2, 2), float("inf")), torch.arange(2), 2.0, "z: got inf"),
        (torch.ones(2, 2), torch.arange(2), -1, "gamma: got -1"),
        (torch.ones(2, 2), torch.arange(2), True, "gamma: got True"),
        (torch.ones(2, 2), torch.arange(2), 1e300, "gamma: got 1e[+]300"),
    ],
)
def test_bad_classes_in_words(z, y, gamma, words):
    with pytest.raises(ValueError, match=words):
        orthogonal_projection(z, y, gamma)


@pytest.mark.parametrize("size", [1e-20, 1e-13, 1.0, 1e15])
def test_directions_do_not_see_lengths(size):
    z, y = torch.eye(3)[[0, 0, 1, 1]], torch.tensor([0, 0, 1, 1])
    assert orthogonal_projection(size * z, y).item() == pytest.approx(0)
    found = prototype_distance(size * z, 3 * z, "cosine")
    torch.testing.assert_close(found, torch.zeros(4))
    torch.testing.assert_close(prototype_distance(z, size * z, "cosine"), found)


def test_an_embedding_of_zero_has_no_direction():
    z = torch.zeros(2, 3, requires_grad=True)
    found = prototype_distance(z, torch.ones(2, 3), "cosine")
    assert found.tolist() == [1, 1]
    found.sum().backward()
    assert bool(z.grad.isfinite().all())


def test_squares_that_do_not_fit_are_refused():
    big = torch.full((2, 3), 1e20)
    with pytest.raises(ValueError, match="z, p: differences up to 1e"):
        prototype_distance(big, torch.zeros(2, 3))
    assert bool(prototype_distance(big.double(), torch.zeros(2, 3)).isfinite().all())
