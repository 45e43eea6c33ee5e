"""RSA against rsatoolbox and scipy; neighbours against scikit-learn."""

import pytest
import torch

from support.metrics.similarity import mutual_neighbours, rsa


def draw(seed: int, n: int, d: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=source, dtype=torch.float64)


def related() -> tuple[torch.Tensor, torch.Tensor]:
    x = draw(0, 40, 6)
    return x, x[:, :3] @ draw(1, 3, 5) + draw(2, 40, 5)


@pytest.mark.parametrize(
    ("comparison", "method"), [("spearman", "spearman"), ("pearson", "corr")]
)
def test_correlation_distance_is_rsatoolboxs(comparison, method):
    from rsatoolbox.data import Dataset
    from rsatoolbox.rdm import calc_rdm, compare

    x, y = related()
    maps = [calc_rdm(Dataset(side.numpy()), method="correlation") for side in (x, y)]
    expected = float(compare(*maps, method=method).item())
    assert rsa(x, y, comparison=comparison) == pytest.approx(expected, abs=1e-9)


def test_euclidean_distance_is_scipys():
    from scipy.spatial.distance import pdist
    from scipy.stats import pearsonr, spearmanr

    a, b = (pdist(side.numpy()) for side in related())
    x, y = related()
    ranks = rsa(x, y, distance="euclidean")
    assert ranks == pytest.approx(spearmanr(a, b).statistic, abs=1e-9)
    plain = rsa(x, y, distance="euclidean", comparison="pearson")
    assert plain == pytest.approx(pearsonr(a, b).statistic, abs=1e-9)


def test_ties_share_their_rank():
    from scipy.spatial.distance import pdist
    from scipy.stats import spearmanr

    x = torch.tensor([[0.0], [1], [2], [3], [4], [6]])
    y = torch.tensor([[0.0], [0], [1], [1], [3], [3]])
    expected = spearmanr(pdist(x.numpy()), pdist(y.numpy())).statistic
    assert rsa(x, y, distance="euclidean") == pytest.approx(expected, abs=1e-12)
    # A rotation in the plane only rounds: ties stay ties.
    plane = torch.cat([y, torch.zeros(6, 1)], 1).double()
    turn = torch.linalg.qr(draw(0, 2, 2)).Q
    turned = rsa(x.double(), plane @ turn, distance="euclidean")
    assert turned == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("mean", [0, 100, 1e4, 1e9])
@pytest.mark.parametrize("distance", ["euclidean", "correlation"])
def test_codes_of_one_partition_are_alike_wherever_they_lie(distance, mean):
    classes = torch.arange(40) % 3
    x = mean + draw(0, 3, 5)[classes]
    y = (x - mean) @ torch.linalg.qr(draw(2, 5, 5)).Q if distance == "euclidean" else x
    assert rsa(x, y, distance=distance) == pytest.approx(1, abs=1e-12)


def test_what_rows_have_in_common_eats_no_digits():
    x = draw(0, 30, 6)
    x[:, 3:] = 0
    for common in (0, 1e3, 1e6):
        shared = torch.zeros(1, 6, dtype=torch.float64)
        shared[0, 3:] = common * torch.tensor([1.0, -1.0, 0.5])
        found = rsa(x + shared, x, distance="euclidean", comparison="pearson")
        assert found == pytest.approx(1, abs=1e-8)
        # the angle between rows is as small as what differs over what is shared
        close = rsa(x + shared, 2 * (x + shared), comparison="pearson")
        assert close == pytest.approx(1, abs=1e-8)


def test_an_inverted_geometry_is_negative():
    x = torch.tensor([[0.0], [1], [2], [3]])
    y = torch.tensor([[0.0, 0, 0], [0, 3, 0], [0, 0, 3], [0.5, 0.5, 0.5]])
    assert rsa(x, y, distance="euclidean") < 0


def test_a_dead_row_is_an_error_that_names_it():
    x, y = related()
    x[[4, 9]] = 0
    with pytest.raises(ValueError, match=r"x: 2 rows are constant .* row 4"):
        rsa(x, y)
    assert -1 <= rsa(x, y, distance="euclidean") <= 1
    with pytest.raises(ValueError, match="y: 40 rows are constant"):
        rsa(y, y[:, :1])


def test_unknown_words_and_equal_distances_are_refused():
    x, y = related()
    with pytest.raises(ValueError, match="distance: got 'cosine'"):
        rsa(x, y, distance="cosine")
    with pytest.raises(ValueError, match="comparison: got 'kendall'"):
        rsa(x, y, comparison="kendall")
    with pytest.raises(ValueError, match="y: all pairs of rows are equally unlike"):
        rsa(x, torch.eye(40), distance="euclidean")


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_neighbours_are_scikit_learns(distance, device):
    from sklearn.neighbors import NearestNeighbors

    x, y = draw(0, 1500, 6), draw(0, 1500, 6) + draw(1, 1500, 6)
    sets = []
    for side in (x, y):
        model = NearestNeighbors(n_neighbors=8, metric=distance, algorithm="brute")
        sets.append(model.fit(side.numpy()).kneighbors(return_distance=False))
    shared = [len({*a} & {*b}) for a, b in zip(*sets, strict=True)]
    found = mutual_neighbours(x.to(device), y.to(device), k=8, distance=distance)
    assert found == pytest.approx(sum(shared) / (8 * 1500), abs=1e-12)


def test_chance_is_k_of_the_others():
    assert mutual_neighbours(draw(0, 2000, 5), draw(1, 2000, 5), k=20) == pytest.approx(
        20 / 1999, abs=0.002
    )


def test_all_others_are_shared_by_everybody():
    assert mutual_neighbours(draw(0, 9, 2), draw(1, 9, 4), k=8) == 1


def test_bad_neighbourhoods_are_refused_in_words():
    x, y = related()
    for k in (0, 40, 2.5, True):
        with pytest.raises(ValueError, match="integer from 1 to n - 1 = 39"):
            mutual_neighbours(x, y, k=k)
    with pytest.raises(ValueError, match="distance: got 'city'"):
        mutual_neighbours(x, y, distance="city")
    x[3] = 0
    with pytest.raises(ValueError, match="x: row 3 is all 0"):
        mutual_neighbours(x, y, distance="cosine")
