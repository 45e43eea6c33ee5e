"""Perfect encoders under dependent factors: what each score must say.

Exact when fed the joint table, within 0.02 from ten thousand samples.
"""

import math

import pytest
import torch

from support.metrics.disentanglement import (
    dcimig,
    irs,
    jemmig,
    mig,
    mig_sup,
    minimality_sufficiency,
    modularity,
    sap,
)
from support.metrics.information import mutual_information_matrix
from tests.metrics.disentanglement.worlds import (
    VALUES,
    as_sample,
    as_table,
    dependent_law,
    perfect,
    permuted,
    rotated,
)

SIGMAS = (10.0, 0.4, 0.2, 0.1)


def expected(sigma: float) -> dict[str, float]:
    """The closed forms, from the joint law alone."""
    cells, weights = as_table(dependent_law(sigma))
    told = mutual_information_matrix(cells, cells, weights=weights)
    own = told.diagonal()
    others = told - torch.diag(own)
    n = len(own)
    centred = cells.double() - weights @ cells.double()
    covariance = centred.T @ (weights[:, None] * centred)
    square = covariance.square() / covariance.diag().outer(covariance.diag())
    others_square = (square - torch.eye(n)).amax(1)
    gap = own - others.amax(1)
    spare = (others**2).sum(1) / ((n - 1) * own**2)
    rest = math.log2(VALUES) + own
    return {
        "minimality": 1.0,
        "sufficiency": 1.0,
        "mig": float((gap / own).mean()),
        "mig_sup": float((1 - (others / own[:, None]).amax(0)).mean()),
        "dcimig": float(gap.sum() / own.sum()),
        "jemmig": float(1 - (others.amax(1) / rest).mean()),
        "modularity": float(1 - spare.mean()),
        "sap": float(1 - others_square.mean()),
        "irs": 1.0,
    }


def measured(factors, codes, bins, weights=None) -> dict[str, float]:
    given = {"bins": bins, "weights": weights}
    both = minimality_sufficiency(factors, codes, **given)
    return {
        "minimality": both.minimality,
        "sufficiency": both.sufficiency,
        "mig": mig(factors, codes, **given),
        "mig_sup": mig_sup(factors, codes, **given),
        "dcimig": dcimig(factors, codes, **given),
        "jemmig": jemmig(factors, codes, **given),
        "modularity": modularity(factors, codes, **given),
        "sap": sap(factors, codes, weights=weights),
        "irs": irs(factors, codes, weights=weights),
    }


@pytest.mark.parametrize("sigma", SIGMAS)
def test_exact_from_the_joint_table(sigma, device):
    cells, weights = (part.to(device) for part in as_table(dependent_law(sigma)))
    found = measured(cells, perfect(cells), None, weights)
    wanted = expected(sigma)
    for name, value in found.items():
        assert value == pytest.approx(wanted[name], abs=1e-9), name


@pytest.mark.parametrize("sigma", SIGMAS)
def test_close_from_a_sample(sigma, device):
    factors = as_sample(dependent_law(sigma), 10_000, seed=1).to(device)
    found = measured(factors, perfect(factors), VALUES)
    wanted = expected(sigma)
    for name, value in found.items():
        assert value == pytest.approx(wanted[name], abs=0.02), name


def test_the_perfect_encoder_stays_perfect_and_the_old_scores_fall():
    cells, weights = as_table(dependent_law(0.1))
    for encoder in (perfect, permuted):
        found = measured(cells, encoder(cells), 15, weights)
        assert found["minimality"] == pytest.approx(1, abs=1e-9)
        assert found["sufficiency"] == pytest.approx(1, abs=1e-9)
        assert found["mig"] == pytest.approx(0.548, abs=1e-3)
        assert found["modularity"] == pytest.approx(0.847, abs=1e-3)
    assert measured(cells, perfect(cells), 15, weights)["sap"] == pytest.approx(
        0.377, abs=1e-3
    )


def test_a_rotation_is_rewarded_by_the_old_scores_only():
    found = {}
    for sigma in (10.0, 0.1):
        factors = as_sample(dependent_law(sigma), 10_000, seed=2)
        found[sigma] = measured(factors, rotated(factors), 10)
        found[sigma]["minimality"] = minimality_sufficiency(
            factors, rotated(factors)
        ).minimality
    assert found[0.1]["mig"] - found[10.0]["mig"] > 0.4
    assert found[0.1]["sap"] - found[10.0]["sap"] > 0.4
    assert found[0.1]["minimality"] < 0.7


def test_two_binary_factors_worked_by_hand():
    """P(y1 = y2) = 0.9 and z = y: I = 1 - h(0.9) = 0.531, so MIG = h(0.9) = 0.469."""
    cells = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    weights = torch.tensor([0.45, 0.05, 0.05, 0.45], dtype=torch.double)
    half = -(0.9 * math.log2(0.9) + 0.1 * math.log2(0.1))
    shared = 1 - half
    found = measured(cells, cells.double(), 2, weights)
    wanted = {
        "minimality": 1.0,
        "sufficiency": 1.0,
        "mig": half,
        "mig_sup": half,
        "dcimig": half,
        # H(y, z) = 1, less I = 1, plus 0.531 of the other, over 1 + log2(2)
        "jemmig": 1 - shared / 2,
        "modularity": 1 - shared**2,
        # correlation 0.8
        "sap": 1 - 0.64,
        "irs": 1.0,
    }
    for name, value in found.items():
        assert value == pytest.approx(wanted[name], abs=1e-9), name


def test_a_sum_of_two_coins_worked_by_hand():
    """z1 = y1 + y2, z2 = y2, independent coins.

    H(z1) = 1.5 and I(y; z1) = 0.5 for both; z2 tells y2 alone, 1 bit.
    """
    cells = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    codes = torch.stack([cells.sum(1), cells[:, 1]], 1).double()
    weights = torch.full((4,), 0.25, dtype=torch.double)
    found = measured(cells, codes, None, weights)
    wanted = {
        "minimality": (0.5 / 1.5 + 1) / 2,
        "sufficiency": (0.5 + 1) / 2,
        "mig": (0.5 + 0.5) / 2,
        "mig_sup": (0 + 1) / 2,
        "dcimig": (0 + 1) / 2,
        # y1: H(y1, z1) = 2, less 0.5, plus 0, over 1 + log2(3)
        # y2: H(y2, z2) = 1, less 1, plus 0.5, over 1 + log2(2)
        "jemmig": 1 - (1.5 / (1 + math.log2(3)) + 0.5 / 2) / 2,
        "modularity": (0 + 1) / 2,
        # y1 and z1 correlate by 1/sqrt 2, y1 and z2 not at all
        "sap": (0.5 + 0.5) / 2,
        # z1 strays by 1/2 within a value of a factor, and by 1 at most
        "irs": (1 * 0.5 + 0.5 * 1) / 1.5,
    }
    for name, value in found.items():
        assert value == pytest.approx(wanted[name], abs=1e-9), name
