"""Each refusal names the argument and the value."""

import math

import numpy as np
import pytest
import torch

import support.metrics.disentanglement as family
from support.metrics.disentanglement import (
    active_latents,
    beta_vae_score,
    dci,
    dci_from_importances,
    explicitness,
    factor_vae_score,
    infomec,
    jemmig,
    mig,
    minimality_sufficiency,
    minimality_sufficiency_gaussian,
    modularity,
    neighbour_information,
    sap,
)

SCORES = (
    "beta_vae_score",
    "dci",
    "dcimig",
    "explicitness",
    "factor_vae_score",
    "infomec",
    "irs",
    "jemmig",
    "mig",
    "mig_sup",
    "minimality_sufficiency",
    "minimality_sufficiency_gaussian",
    "modularity",
    "neighbour_information",
    "sap",
)
ROWS = 40
FACTORS = torch.stack([torch.arange(ROWS) % 2, torch.arange(ROWS) // 2 % 2], 1)
CODES = torch.randn(ROWS, 3, generator=torch.Generator().manual_seed(0))


def spoilt(value):
    codes = CODES.clone()
    codes[7, 2] = value
    return codes


CASES = {
    "nan": (FACTORS, spoilt(math.nan), "codes: row 7, column 2 is nan"),
    "infinite": (FACTORS, spoilt(-math.inf), "codes: row 7, column 2 is -inf"),
    "float labels": (FACTORS.float(), CODES, r"factors: got torch\.float32"),
    "negative": (FACTORS - 3, CODES, "factors: got values from -3"),
    "constant": (FACTORS * torch.tensor([1, 0]), CODES, "column 1 is 0 in every row"),
    "no factor": (FACTORS[:, :0], CODES, r"factors: got shape \(40, 0\)"),
    "no latent": (FACTORS, CODES[:, :0], r"codes: got shape \(40, 0\)"),
    "no row": (FACTORS[:0], CODES[:0], r"factors: got shape \(0, 2\)"),
    "lengths": (FACTORS[:30], CODES, "factors has 30 rows and codes has 40"),
    "vector": (FACTORS[:, 0], CODES, r"factors: got shape \(40,\)"),
    "complex": (FACTORS, CODES * 1j, r"codes: got torch\.complex"),
    "words": (np.full((ROWS, 2), "a"), CODES, "factors: got ndarray of <U1"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", SCORES)
def test_every_score_refuses(name, case):
    factors, codes, message = CASES[case]
    with pytest.raises(ValueError, match=message):
        getattr(family, name)(factors, codes)


@pytest.mark.parametrize(
    "name", ["dcimig", "jemmig", "mig", "mig_sup", "minimality_sufficiency"]
)
def test_histograms_refuse(name):
    score = getattr(family, name)
    with pytest.raises(ValueError, match="bins: got 41 for 40 rows"):
        score(FACTORS, CODES, bins=41)
    with pytest.raises(ValueError, match="bins: got 1"):
        score(FACTORS, CODES, bins=1)
    with pytest.raises(ValueError, match="binning: got 'round'"):
        score(FACTORS, CODES, binning="round")
    with pytest.raises(ValueError, match="correction: got 'jackknife'"):
        score(FACTORS, CODES, correction="jackknife")
    weights = torch.ones(ROWS)
    with pytest.raises(ValueError, match="have no bias"):
        score(FACTORS, CODES, weights=weights, correction="miller-madow")
    with pytest.raises(ValueError, match="takes no weights"):
        score(FACTORS, CODES, weights=weights, binning="quantile")
    with pytest.raises(ValueError, match=r"weights: got \(3,\)"):
        score(FACTORS, CODES, weights=torch.ones(3))
    with pytest.raises(ValueError, match="weights: the smallest is -1"):
        score(FACTORS, CODES, weights=-weights)
    certain = torch.zeros(ROWS)
    certain[:1] = 1.0
    with pytest.raises(ValueError, match="column 0 is 0 in every row"):
        score(FACTORS, CODES, weights=certain)


@pytest.mark.parametrize(
    ("score", "options", "message"),
    [
        (minimality_sufficiency, {"collapsed": "keep"}, "collapsed: got 'keep'"),
        (minimality_sufficiency, {"matching": "best"}, "matching: got 'best'"),
        (minimality_sufficiency, {"active_std": -1.0}, "active_std: got -1"),
        (minimality_sufficiency_gaussian, {"noise": 0.0}, "noise 0.0"),
        (minimality_sufficiency_gaussian, {"draws": 0}, "draws 0"),
        (mig, {"normaliser": "both"}, "normaliser: got 'both'"),
        (modularity, {"collapsed": "keep"}, "collapsed: got 'keep'"),
        (sap, {"method": "guess"}, "method: got 'guess'"),
        (sap, {"method": "classifier", "weights": torch.ones(ROWS)}, "weights: a"),
        (sap, {"method": "classifier", "test_share": 1.0}, "test_share: got 1.0"),
        (explicitness, {"test_share": 0.0}, "test_share: got 0.0"),
        (dci, {"predictor": "boosting"}, "predictor: got 'boosting'"),
        (dci, {"test_share": 0.9}, "test_share: got 0.9"),
        (dci, {"trees": 0}, "trees: got 0"),
        (beta_vae_score, {"pairs": 0}, "pairs: got 0"),
        (factor_vae_score, {"batch": 1}, "batch: got 1"),
        (factor_vae_score, {"test_votes": 0}, "test_votes: got 0"),
        (infomec, {"active_range": 1.0}, "active_range: got 1.0"),
        (infomec, {"test_share": 1.0}, "test_share: got 1.0"),
        (neighbour_information, {"neighbours": 0}, "neighbours: got 0"),
    ],
)
def test_options_are_refused(score, options, message):
    with pytest.raises(ValueError, match=message):
        score(FACTORS, CODES, **options)


def test_scores_that_tell_factors_apart_ask_for_two():
    for score in (modularity, beta_vae_score, factor_vae_score):
        with pytest.raises(ValueError, match="give at least 2"):
            score(FACTORS[:, :1], CODES)
    with pytest.raises(ValueError, match="compares at least 2"):
        modularity(FACTORS, CODES[:, :1], transposed=True)


def test_a_value_seen_once_is_named():
    factors = FACTORS.clone()
    factors[5, 1] = 9
    with pytest.raises(ValueError, match="in column 1 the value 9 occurs once"):
        explicitness(factors, CODES)


def test_a_table_may_have_fewer_cells_than_bins():
    cells = torch.tensor([[0], [1]])
    weights = torch.tensor([0.5, 0.5])
    assert jemmig(cells, cells.float(), weights=weights) > 0
    assert minimality_sufficiency(cells, cells.float(), weights=weights)[:2] == (1, 1)


def test_importances_and_thresholds_are_checked():
    for wrong in (torch.ones(3), torch.ones(0, 2), -torch.ones(2, 2)):
        with pytest.raises(ValueError, match="importances: got"):
            dci_from_importances(wrong)
    with pytest.raises(ValueError, match=r"active_std: got -0\.1"):
        active_latents(CODES, -0.1)


def test_devices_must_agree(device):
    if device == "cpu":
        other = FACTORS.to("meta")
        with pytest.raises(ValueError, match="factors is on meta and codes on cpu"):
            mig(other, CODES)
