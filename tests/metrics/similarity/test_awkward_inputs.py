"""Ties, units, offsets and cancellation: what similarity measures once got wrong."""

import pytest
import torch

from support.metrics.similarity import (
    cca,
    hsic,
    linear_cka,
    minibatch_cka,
    mutual_neighbours,
    procrustes,
    pwcca,
    rbf_cka,
    rsa,
    svcca,
)


def draw(seed: int, n: int, d: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=source, dtype=torch.float64)


def turn(seed: int, d: int) -> torch.Tensor:
    return torch.linalg.qr(draw(seed, d, d)).Q


def by_chance(x: torch.Tensor, y: torch.Tensor, k: int) -> float:
    """Mean share in common over many random breakings of ties."""
    source, found = torch.Generator().manual_seed(0), []
    squares = [((a[:, None] - a[None]) ** 2).sum(-1).round(decimals=9) for a in (x, y)]
    for square in squares:
        square.fill_diagonal_(torch.inf)
    for _ in range(200):
        members = []
        for square in squares:
            keys = torch.rand(square.shape, generator=source, dtype=torch.float64)
            broken = square + 1e-6 * keys
            near = broken.topk(k, largest=False).indices
            members.append(torch.zeros_like(square).scatter_(1, near, 1))
        found.append(float((members[0] * members[1]).sum()) / (k * len(x)))
    return sum(found) / len(found)


def test_tied_neighbours_share_their_places():
    x, y = (torch.randint(3, (40, 2), generator=seeded(s)).double() for s in (0, 1))
    for k in (1, 5, 20, 39):
        expected = by_chance(x, y, k)
        assert mutual_neighbours(x, y, k=k) == pytest.approx(expected, abs=0.01)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_independent_labels_have_neighbours_in_common_by_chance_alone():
    one_hot, a = torch.eye(2), torch.arange(2000) % 2
    b = torch.randint(2, (2000,), generator=seeded(0))
    found = mutual_neighbours(one_hot[a], one_hot[b], k=10)
    assert found == pytest.approx(10 / 1999, rel=0.02)


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_the_order_of_tied_rows_does_not_matter(distance):
    x, y = (torch.relu(draw(seed, 300, 2) - 0.6) for seed in (0, 1))
    assert 0.4 < float((x == 0).all(1).double().mean()) < 0.9
    if distance == "cosine":
        x, y = x + 1, y + 1
    found = mutual_neighbours(x, y, distance=distance)
    for seed in range(3):
        order = torch.randperm(300, generator=seeded(seed))
        moved = mutual_neighbours(x[order], y[order], distance=distance)
        assert moved == pytest.approx(found, abs=1e-12)
    assert found < 0.1


@pytest.mark.parametrize("spread", [1e-3, 1e-6, 1e-8])
@pytest.mark.parametrize("n", [60, 600])  # without and with pieces
def test_tight_clusters_far_apart_keep_their_neighbours(n, spread):
    x = spread * draw(0, n, 4)
    x[: n // 2] += 1
    assert mutual_neighbours(x, x @ turn(1, 4), k=5) > 0.999


def test_one_row_far_away_takes_no_digits_from_the_others():
    x = draw(0, 300, 4)
    x[7] = 1e9
    assert mutual_neighbours(x, x @ turn(1, 4), k=5) == 1
    alike = rsa(x, x @ turn(1, 4), distance="euclidean")
    assert alike == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("n", [4, 5, 7, 8, 16, 33])
@pytest.mark.parametrize("measure", [linear_cka, rbf_cka])
def test_a_simplex_relates_no_two_samples(n, measure):
    codes = torch.eye(n).double() - 0.1
    turned = [codes @ torch.linalg.qr(draw(seed, 64, n)).Q.T for seed in (0, 1)]
    for x, y in ((torch.eye(n), torch.eye(n)), turned, (turned[0], draw(2, n, 3))):
        with pytest.raises(ValueError, match="no two samples are more alike"):
            measure(x, y)
    with pytest.raises(ValueError, match="no two samples are more alike"):
        minibatch_cka([(torch.eye(n), torch.eye(n))] * 3)


def test_a_very_wide_gaussian_kernel_is_the_linear_one():
    x, y = draw(0, 40, 3), draw(1, 40, 3)
    y[:, 0] = x[:, 0]
    for unbiased in (True, False):
        wide = rbf_cka(x, y, sigma_fraction=1e5, unbiased=unbiased)
        squares = [torch.cdist(side, side) ** 2 for side in (x, y)]
        crossed, own, other = (
            hsic(squares[a], squares[b], unbiased=unbiased)
            for a, b in ((0, 1), (0, 0), (1, 1))
        )
        assert wide == pytest.approx(crossed / (own * other) ** 0.5, abs=1e-6)


@pytest.mark.parametrize("level", [0, 1e3, 1e6, 1e9])
@pytest.mark.parametrize("unbiased", [True, False])
def test_hsic_is_blind_to_a_level_and_to_what_a_row_adds(level, unbiased):
    K, L = (side @ side.T for side in (draw(0, 20, 3), draw(1, 20, 3)))
    expected = hsic(K, L, unbiased=unbiased)
    row = level * draw(2, 20, 1)
    K = K + level + row + row.T
    found = hsic(K, L, unbiased=unbiased)
    assert found == pytest.approx(expected, abs=1e-14 * level + 1e-12)


def test_no_unit_of_one_feature_hides_a_direction():
    source = torch.Generator().manual_seed(0)
    x = torch.randn(200, 2, generator=source, dtype=torch.float64)
    y = x @ torch.tensor([[1.0, 0.2], [0, 1]]).double() + 2 * draw(3, 200, 2)
    plain, weighted = cca(x, y), pwcca(y, x)
    assert len(plain.rho) == 2
    for unit in (1e-9, 1e7, 1e9):
        units = x * torch.tensor([1, unit])
        assert cca(units, y).rho == pytest.approx(plain.rho, abs=1e-9)
        assert pwcca(y, units).mean == pytest.approx(weighted.mean, abs=1e-9)


def test_tied_correlations_have_the_mean_weight_of_all_their_variates():
    shared, rest = draw(0, 60, 3), draw(1, 60, 2)
    x, y = torch.cat([shared, rest], 1), torch.cat([shared, draw(2, 60, 4)], 1)
    found = pwcca(x, y)
    order = torch.randperm(60, generator=seeded(0))
    assert pwcca(x[order], y[order]).mean == pytest.approx(found.mean, abs=1e-12)
    assert pwcca(x, y @ draw(3, 7, 7)).mean == pytest.approx(found.mean, abs=1e-9)
    # of the variates of the three shared directions, random ones weigh as much
    data = x - x.mean(0)
    basis = torch.linalg.qr(data[:, :3]).Q
    weights = [((basis @ turn(seed, 3)).T @ data).abs().sum() for seed in range(2000)]
    left = torch.linalg.svd(
        torch.linalg.qr(data).Q.T @ torch.linalg.qr(y - y.mean(0)).Q
    )
    variates = (torch.linalg.qr(data).Q @ left.U)[:, 3:]
    others = (variates.T @ data).abs().sum(1)
    shares = torch.stack([torch.stack(weights).mean() / 3] * 3 + [*others])
    expected = float((shares * found.rho).sum() / shares.sum())
    assert found.mean == pytest.approx(expected, abs=1e-3)


def test_directions_of_one_variance_are_kept_or_left_out_together():
    x = torch.linalg.qr(draw(0, 60, 20) - draw(0, 60, 20).mean(0)).Q  # isotropic
    y = x[:, :10] + 0.05 * draw(1, 60, 10)
    order = torch.randperm(60, generator=seeded(0))
    found = svcca(x, y, keep=0.9).mean
    assert svcca(x[order], y[order], keep=0.9).mean == pytest.approx(found, abs=1e-9)


def test_a_constant_feature_is_no_direction():
    x, y = draw(0, 50, 2), draw(1, 50, 3)
    dead = torch.full((50, 1), 1e9 / 3, dtype=torch.float64)
    noisy = dead * (1 + 2e-16 * (torch.arange(50)[:, None] % 2))
    for column in (dead, noisy):
        both = torch.cat([1e-3 * x, column], 1)
        assert cca(both, y).rho == pytest.approx(cca(x, y).rho, abs=1e-9)
        for measure in (linear_cka, rbf_cka):
            # the noise is a ten-thousandth of the features
            assert measure(both, y) == pytest.approx(measure(x, y), abs=1e-3)
        assert measure(torch.cat([x, dead], 1), y) == pytest.approx(measure(x, y))


@pytest.mark.parametrize("unit", [1e-30, 1e-13, 1e-9, 1e9, 1e30])
@pytest.mark.parametrize(
    "measure",
    [
        lambda x, y: cca(x, y).mean,
        linear_cka,
        lambda x, y: linear_cka(x[:12], y[:12], unbiased=False),
        mutual_neighbours,
        lambda x, y: mutual_neighbours(x, y, distance="cosine"),
        lambda x, y: procrustes(x, y).angle,
        lambda x, y: pwcca(x, y).mean,
        rbf_cka,
        rsa,
        lambda x, y: rsa(x, y, distance="euclidean"),
    ],
)
def test_a_common_unit_does_not_matter(measure, unit):
    x, y = draw(0, 60, 16), draw(0, 60, 16) + draw(1, 60, 16)
    expected = measure(x, y)
    assert measure(unit * x, y) == pytest.approx(expected, abs=1e-9)
    assert measure(x, unit * y) == pytest.approx(expected, abs=1e-9)


def test_units_beyond_float64_are_refused():
    x = draw(0, 20, 3)
    for unit in (1e-100, 1e100):
        with pytest.raises(ValueError, match=r"y: values spread over .* other units"):
            linear_cka(x, x * unit)


def test_a_rotated_copy_is_no_distance_away():
    x = draw(0, 50, 6)
    found = procrustes(x, 3 * x @ turn(1, 6) + 5)
    assert found.distance < 1e-13
    assert found.angle < 1e-13
    near = x + 1e-6 * draw(2, 50, 6)
    size = torch.linalg.norm(near - near.mean(0) - (x - x.mean(0)))
    bound = float(size / torch.linalg.norm(x - x.mean(0)))
    assert 0 < procrustes(x, near).distance < bound


@pytest.mark.parametrize("kind", [torch.int64, torch.uint8, torch.half, torch.bool])
@pytest.mark.parametrize("distance", ["euclidean", "correlation"])
def test_integers_have_dissimilarities(distance, kind):
    x = torch.randint(2, (12, 9), generator=seeded(0))
    y = torch.randint(2, (12, 9), generator=seeded(1))
    found = rsa(x.to(kind), y.to(kind), distance=distance)
    assert found == pytest.approx(rsa(x.double(), y.double(), distance=distance))
