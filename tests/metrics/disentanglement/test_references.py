"""Each score beside a second, slow and literal implementation of its formula."""

import math

import numpy as np
import pytest
import torch
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_classif
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score, roc_auc_score
from sklearn.preprocessing import StandardScaler

from support.metrics.disentanglement import (
    dci_from_importances,
    dcimig,
    explicitness,
    factor_vae_score,
    irs,
    jemmig,
    mig,
    mig_sup,
    minimality_sufficiency,
    minimality_sufficiency_gaussian,
    modularity,
    neighbour_information,
    sap,
)
from support.metrics.disentanglement.explicitness import _logistic
from tests.metrics.disentanglement.worlds import as_sample, dependent_law, noisy

BINS = 9


@pytest.fixture(scope="module")
def sample():
    factors = as_sample(dependent_law(0.3), 600, seed=0)
    codes = noisy(factors, seed=1)
    codes[:, 0] += 0.5 * codes[:, 1]
    return factors, torch.cat([codes, codes[:, :1] * codes[:, 2:]], 1)


@pytest.fixture(scope="module")
def tables(sample):
    """Informations, entropies of factors, of codes, of pairs: by loops, in bits."""
    y, z = (part.numpy() for part in sample)
    cells = np.empty(z.shape, int)
    for j in range(z.shape[1]):
        edges = np.histogram_bin_edges(z[:, j], BINS)
        cells[:, j] = np.clip(np.digitize(z[:, j], edges), 1, BINS) - 1
    shape = (y.shape[1], z.shape[1])
    told = np.empty(shape)
    for i, j in np.ndindex(*shape):
        told[i, j] = mutual_info_score(y[:, i], cells[:, j]) / math.log(2)

    def own(column):
        return mutual_info_score(column, column) / math.log(2)

    h_y = np.array([own(column) for column in y.T])
    h_z = np.array([own(column) for column in cells.T])
    return told, h_y, h_z


def gaps(matrix):
    ordered = np.sort(matrix, axis=1)
    return ordered[:, -1] - ordered[:, -2]


def test_minimality_and_sufficiency(sample, tables):
    told, h_y, h_z = tables
    found = minimality_sufficiency(*sample, bins=BINS)
    assert found.minimality == pytest.approx((told / h_z).max(0).mean(), abs=1e-12)
    wanted = (told / h_y[:, None]).max(1).mean()
    assert found.sufficiency == pytest.approx(wanted, abs=1e-12)
    assert found.minimality_matrix.numpy() == pytest.approx(told / h_z)
    assert found.sufficiency_matrix.numpy() == pytest.approx(told / h_y[:, None])


def test_gaps(sample, tables):
    told, h_y, h_z = tables
    assert mig(*sample, bins=BINS) == pytest.approx((gaps(told) / h_y).mean())
    other = mig(*sample, bins=BINS, normaliser="code")
    assert other == pytest.approx(gaps(told / h_z).mean())
    assert other != pytest.approx(mig(*sample, bins=BINS), abs=1e-3)
    found = mig_sup(*sample, bins=BINS)
    assert found == pytest.approx(gaps((told / h_y[:, None]).T).mean())
    found = mig_sup(*sample, bins=BINS, normaliser="code")
    assert found == pytest.approx(gaps((told / h_z).T).mean())


def test_dcimig(sample, tables):
    told, h_y, _ = tables
    kept = np.zeros_like(told)
    for j in range(told.shape[1]):
        kept[told[:, j].argmax(), j] = gaps(told.T)[j]
    found = dcimig(*sample, bins=BINS)
    assert found == pytest.approx(kept.max(1).sum() / h_y.sum())


def test_jemmig(sample, tables):
    told, h_y, h_z = tables
    total = 0.0
    for i in range(len(h_y)):
        best = told[i].argmax()
        second = np.sort(told[i])[-2]
        joint = h_y[i] + h_z[best] - told[i, best]
        total += (joint - told[i, best] + second) / (h_y[i] + math.log2(BINS))
    assert jemmig(*sample, bins=BINS) == pytest.approx(1 - total / len(h_y))


def test_modularity_and_its_transpose(sample, tables):
    told, _, _ = tables
    for matrix, transposed in ((told, False), (told.T, True)):
        scores = []
        for column in matrix.T:
            top = column.max()
            rest = (column**2).sum() - top**2
            scores.append(1 - rest / ((len(column) - 1) * top**2))
        found = modularity(*sample, bins=BINS, transposed=transposed)
        assert found == pytest.approx(np.mean(scores))
    plain = modularity(*sample, bins=BINS)
    assert plain != pytest.approx(found, abs=1e-3)


def test_sap(sample):
    y, z = (part.numpy() for part in sample)
    square = np.corrcoef(y.T, z.T)[: y.shape[1], y.shape[1] :] ** 2
    assert sap(*sample) == pytest.approx(gaps(square).mean())


def test_irs(sample):
    y, z = (part.numpy() for part in sample)
    widest = np.abs(z - z.mean(0)).max(0)
    score = 0.0
    for j in range(z.shape[1]):
        robust = []
        for column in y.T:
            stray = []
            for value in np.unique(column):
                group = z[column == value, j]
                stray.append(np.abs(group - group.mean()).max())
            robust.append(1 - np.mean(stray) / widest[j])
        score += widest[j] * max(robust)
    assert irs(*sample) == pytest.approx(score / widest.sum())


def test_dci_by_loops():
    source = np.random.default_rng(0)
    weights = source.random((3, 5)) ** 3
    weights[:, 1] = 0

    def lack(row):
        share = row[row > 0] / row.sum()
        return 1 + (share * np.log(share)).sum() / np.log(len(row))

    own = [lack(column) if column.any() else 0.0 for column in weights.T]
    disentangled = sum(a * b for a, b in zip(own, weights.sum(0), strict=True))
    complete = np.mean([lack(row) for row in weights])
    found = dci_from_importances(torch.tensor(weights))
    assert found == pytest.approx((disentangled / weights.sum(), complete))
    # the slip: only what stands before the first unused latent
    slipped = own[0] * weights[:, 0].sum() / weights.sum()
    broken = dci_from_importances(torch.tensor(weights), stop_at_unused=True)
    assert broken == pytest.approx((slipped, complete))


def test_neighbour_information_equals_scikit_learn(sample, device):
    y, z = sample
    found = neighbour_information(y.to(device), z.to(device), neighbours=5).cpu()
    for i in range(y.shape[1]):
        theirs = mutual_info_classif(
            z.numpy(), y[:, i].numpy(), discrete_features=False, n_neighbors=5
        )
        assert found[i].numpy() == pytest.approx(theirs, abs=1e-6)


def test_neighbour_information_in_small_classes():
    source = torch.Generator().manual_seed(0)
    y = torch.tensor([0] * 30 + [1] * 4 + [2])[:, None]
    z = torch.randn(35, 2, generator=source).double() + y
    found = neighbour_information(y, z)[0]
    y, z = y[:34, 0].numpy(), z[:34].numpy()  # the lone sample is left out
    for j in range(2):
        away = np.abs(z[:, None, j] - z[:, j])
        total = digamma(34)
        for row in range(34):
            same = np.sort(away[row, y == y[row]])
            k = min(10, len(same) - 1)
            within = (away[row] < same[k]).sum()
            total += (digamma(k) - digamma(len(same)) - digamma(within)) / 34
        assert float(found[j]) == pytest.approx(max(total, 0), abs=1e-9)


def test_logistic_regression_equals_scikit_learn(sample):
    y, z = sample
    x = StandardScaler().fit_transform(z.numpy())
    wanted = torch.stack([y[:, 0] == value for value in range(6)])
    ours = _logistic(torch.from_numpy(x), wanted)
    for column, target in zip(ours.T, wanted, strict=True):
        theirs = LogisticRegression(class_weight="balanced", tol=1e-10, max_iter=1000)
        theirs.fit(x, target.numpy())
        assert column[:-1].numpy() == pytest.approx(theirs.coef_[0], abs=1e-4)
        assert float(column[-1]) == pytest.approx(theirs.intercept_[0], abs=1e-4)


def test_explicitness_is_near_scikit_learn_on_other_splits(sample):
    y, z = (part.numpy() for part in sample)
    x = StandardScaler().fit_transform(z)
    areas = []
    for column in y.T:
        for value in np.unique(column):
            model = LogisticRegression(class_weight="balanced").fit(x, column == value)
            areas.append(roc_auc_score(column == value, x @ model.coef_[0]))
    ours = np.mean([explicitness(*sample, seed=seed) for seed in range(5)])
    assert ours == pytest.approx(2 * np.mean(areas) - 1, abs=0.05)
    plain = explicitness(*sample, rescaled=False)
    assert 2 * plain - 1 == pytest.approx(explicitness(*sample))


def test_the_gaussian_estimator_by_loops(sample):
    y, z = (part[:60].numpy() for part in sample)
    found = minimality_sufficiency_gaussian(sample[0][:60], sample[1][:60], draws=400)
    x = StandardScaler().fit_transform(z)
    source = np.random.default_rng(0)

    def log_mixture(points, centres):
        away = (points[:, None] - centres) / 0.1
        return np.log(np.exp(-(away**2) / 2).mean(1))

    for i, j in np.ndindex(y.shape[1], z.shape[1]):
        noise = source.standard_normal((400, 60))
        about_x, about_y = 0.0, 0.0
        for row in range(60):
            points = x[row, j] + 0.1 * noise[:, row]
            everywhere = log_mixture(points, x[:, j]).mean()
            same = x[y[:, i] == y[row, i], j]
            about_x += (-(noise[:, row] ** 2) / 2).mean() - everywhere
            about_y += log_mixture(points, same).mean() - everywhere
        entropy = mutual_info_score(y[:, i], y[:, i])
        minimal = float(found.minimality_matrix[i, j])
        assert minimal == pytest.approx(about_y / about_x, abs=0.02)
        sufficient = float(found.sufficiency_matrix[i, j])
        assert sufficient == pytest.approx(about_y / 60 / entropy, abs=0.02)


def test_factor_vae_votes_by_loops(sample):
    y, z = (part.numpy() for part in sample)
    source = np.random.default_rng(0)
    table = np.zeros((z.shape[1], y.shape[1]))
    votes = []
    for vote in range(3000):
        factor = source.integers(y.shape[1])
        same = np.flatnonzero(y[:, factor] == y[source.integers(len(y)), factor])
        rows = source.choice(same, 200)
        still = (z[rows].var(0) / z.var(0)).argmin()
        if vote < 1500:
            table[still, factor] += 1
        else:
            votes.append(table[still].argmax() == factor)
    plain = factor_vae_score(*sample, train_votes=1500, test_votes=1500, rescaled=False)
    assert plain.score == pytest.approx(np.mean(votes), abs=0.05)
