"""What each score declares: bounds, invariances, devices, what collapses."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.metrics.disentanglement import (
    active_latents,
    beta_vae_score,
    dci,
    dci_from_importances,
    dcimig,
    explicitness,
    factor_vae_score,
    infomec,
    irs,
    jemmig,
    mig,
    mig_sup,
    minimality_sufficiency,
    minimality_sufficiency_gaussian,
    modularity,
    sap,
)
from tests.metrics.disentanglement.worlds import (
    as_sample,
    dependent_law,
    noisy,
    perfect,
    permuted,
    rotated,
)


def minimality(factors, codes, **options):
    return minimality_sufficiency(factors, codes, **options).minimality


def sufficiency(factors, codes, **options):
    return minimality_sufficiency(factors, codes, **options).sufficiency


def gaussian(factors, codes):
    return sum(minimality_sufficiency_gaussian(factors, codes, draws=2)[:2]) / 2


def by_forest(factors, codes):
    return dci(factors, codes, predictor="forest", trees=5, depth=5).disentanglement


def by_lasso(factors, codes):
    return dci(factors, codes).disentanglement


def by_votes(factors, codes):
    return factor_vae_score(factors, codes, train_votes=100, test_votes=100).score


def by_differences(factors, codes):
    sizes = {"pairs": 20, "train_points": 200, "test_points": 100}
    return beta_vae_score(factors, codes, **sizes)


def by_neighbours(factors, codes):
    return sum(infomec(factors, codes)[:2]) / 2


def by_classifier(factors, codes):
    return sap(factors, codes, method="classifier")


HISTOGRAM = (minimality, sufficiency, mig, mig_sup, dcimig, jemmig, modularity)
EXACT = (*HISTOGRAM, sap, irs)
TRAINED = (
    gaussian,
    explicitness,
    by_lasso,
    by_forest,
    by_votes,
    by_differences,
    by_neighbours,
    by_classifier,
)


def sample(rows=400, seed=0, sigma=0.3):
    factors = as_sample(dependent_law(sigma), rows, seed)
    return factors, noisy(factors, seed + 1)


seeds = st.integers(0, 10_000)
some = settings(max_examples=15, deadline=None)


@pytest.mark.parametrize("score", EXACT)
@some
@given(seed=seeds, rows=st.integers(40, 200))
def test_bounds(score, seed, rows):
    factors, codes = sample(rows, seed)
    assert -1e-12 <= score(factors, codes) <= 1 + 1e-12


@pytest.mark.parametrize("score", TRAINED)
def test_bounds_of_what_is_trained(score):
    assert -0.3 < score(*sample()) <= 1 + 1e-12


@pytest.mark.parametrize("score", EXACT)
@some
@given(seed=seeds)
def test_places_names_and_affine_maps_do_not_matter(score, seed):
    factors, codes = sample(seed=seed)
    value = score(factors, codes)
    source = torch.Generator().manual_seed(seed)
    order = torch.randperm(3, generator=source)
    assert score(factors, codes[:, order]) == pytest.approx(value, abs=1e-9)
    assert score(factors[:, order], codes) == pytest.approx(value, abs=1e-9)
    slope = torch.tensor([2.0, -0.5, 3.0], dtype=torch.double)
    if score is irs:  # weighs the latents by their width
        slope = torch.tensor([-2.0, 2.0, 2.0], dtype=torch.double)
    assert score(factors, codes * slope + 1.0) == pytest.approx(value, abs=1e-9)
    if score is not sap:
        renamed = torch.randperm(6, generator=source)[factors]
        assert score(renamed, codes) == pytest.approx(value, abs=1e-9)


def test_the_order_of_the_values_matters_to_lines():
    factors, codes = sample()
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    for score in (sap, by_lasso):
        assert abs(score(order[factors], codes) - score(factors, codes)) > 0.05


@pytest.mark.parametrize("score", [*HISTOGRAM, by_forest, by_votes, explicitness])
def test_a_perfect_code_beats_a_rotated_one(score):
    factors = as_sample(dependent_law(10.0), 2000, seed=3)
    assert score(factors, perfect(factors)) > score(factors, rotated(factors)) - 1e-9


@pytest.mark.parametrize("score", [*EXACT, *TRAINED])
def test_a_code_of_pure_noise_scores_low(score):
    rows = 1000 if score is gaussian else 4000
    factors = as_sample(dependent_law(10.0), rows, seed=3)
    source = torch.Generator().manual_seed(0)
    codes = torch.randn(rows, 3, generator=source)
    value = score(factors, codes)
    # ratios of tiny numbers are not small; those scores ask how sure, not how much
    if score not in (modularity, by_neighbours, by_lasso, by_forest, by_classifier):
        assert value < 0.35
    if score in HISTOGRAM and score is not modularity:
        assert value < (0.2 if score is jemmig else 0.02)


def test_trained_scores_of_a_perfect_code():
    factors = as_sample(dependent_law(10.0), 3000, seed=3)
    codes = perfect(factors)
    lasso = dci(factors, codes)
    assert min(lasso[:3]) > 0.98
    forest = dci(factors, codes, predictor="forest")
    assert min(forest[:2]) > 0.8  # its trees may not always choose their latent
    assert forest.informativeness > 0.98
    assert by_votes(factors, codes) == 1
    assert by_differences(factors, codes) > 0.98
    found = infomec(factors, codes)
    assert min(found[:2]) > 0.98
    assert found.explicitness > 0.85  # a line between middle values is blurred
    assert dci(factors, permuted(factors)).informativeness < 0.5
    coins = (factors > 2).long()  # a line tells two values apart
    assert explicitness(coins, coins.float()) == pytest.approx(1)
    assert by_classifier(coins, coins.float()) > 0.4


@pytest.mark.parametrize("score", [*EXACT, *TRAINED])
def test_collapsed_latents_give_no_nan(score):
    factors, codes = sample(300)
    codes = torch.cat([codes, torch.full((300, 2), 0.1 + 0.2)], 1)
    assert math.isfinite(score(factors, codes))
    nothing = score(factors, torch.full((300, 2), 0.3))
    assert math.isfinite(nothing)
    # chance alone, and for JEMMIG what a code without entropy saves
    floor = {by_differences: 0.25, jemmig: 0.6}
    assert nothing <= floor.get(score, 0) + 1e-12


def test_collapsed_latents_are_dropped_and_counted():
    factors, codes = sample()
    dull = torch.cat([codes, 1e-3 * codes[:, :1], torch.ones(len(codes), 1)], 1)
    plain = minimality_sufficiency(factors, codes)
    found = minimality_sufficiency(factors, dull, active_std=0.01)
    assert found.collapsed == 2
    assert found.active.tolist() == [True] * 3 + [False] * 2
    assert found.minimality == pytest.approx(plain.minimality)
    assert found.sufficiency == pytest.approx(plain.sufficiency)
    assert found.minimality_matrix[:, 3:].abs().max() == 0
    strict = minimality_sufficiency(factors, dull, active_std=0.01, collapsed="zero")
    assert strict.minimality == pytest.approx(plain.minimality * 3 / 5)
    assert strict.sufficiency == pytest.approx(plain.sufficiency)
    gauss = minimality_sufficiency_gaussian(factors, dull, active_std=0.01, draws=1)
    assert gauss.collapsed == 2
    constant = torch.cat([codes, torch.ones(len(codes), 1)], 1)
    for score in (mig_sup, modularity):
        value = score(factors, codes)
        kept = score(factors, constant, collapsed="drop")
        assert kept == pytest.approx(value)
        counted = score(factors, constant, collapsed="zero")
        assert counted == pytest.approx(value * 3 / 4)
    assert infomec(factors, constant).active.tolist() == [True] * 3 + [False]
    assert factor_vae_score(factors, constant).active.tolist() == [True] * 3 + [False]
    assert dci(factors, constant).used.tolist() == [True] * 3 + [False]
    assert active_latents(constant, 0.01).tolist() == [True] * 3 + [False]


def test_a_copied_latent_is_seen_only_by_one_to_one_matching():
    factors = as_sample(dependent_law(0.2), 2000, seed=0)
    codes = perfect(factors)
    twice = torch.cat([codes, codes[:, :1]], 1)
    plain = minimality_sufficiency(factors, twice)
    assert plain[:2] == pytest.approx((1, 1))
    matched = minimality_sufficiency(factors, twice, matching="one-to-one")
    assert matched[:2] == pytest.approx((3 / 4, 1))
    alone = minimality_sufficiency(factors, codes, matching="one-to-one")
    assert alone[:2] == pytest.approx((1, 1))
    few = minimality_sufficiency(factors, codes[:, :2], matching="one-to-one")
    assert few[:2] == pytest.approx((1, 2 / 3))


def test_a_factor_spread_over_a_block_is_whole_there():
    factors = as_sample(dependent_law(0.2), 2000, seed=0)
    first = factors[:, 0]
    codes = torch.stack([first // 3, first % 3, factors[:, 1], factors[:, 2]], 1)
    single = minimality_sufficiency(factors, codes.double())
    assert single.sufficiency < 0.95
    blocks = [[0, 1], [2], [3]]
    together = minimality_sufficiency(factors, codes.double(), blocks=blocks)
    assert together[:2] == pytest.approx((1, 1))
    assert together.minimality_matrix.shape == (3, 3)
    for wrong in ([[0, 0]], [[0], []], [], [[4]], [[-1]]):
        with pytest.raises(ValueError, match="blocks"):
            minimality_sufficiency(factors, codes.double(), blocks=wrong)


@pytest.mark.parametrize("rows", [1000, 10_000])
def test_the_bias_of_sufficiency_is_what_theory_says(rows):
    """Independent y and z, 6 values and 15 bins: about 70 / (2 N ln 2 log2 6)."""
    bound = 70 / (2 * rows * math.log(2)) / math.log2(6)
    found, corrected = [], []
    for seed in range(10):
        source = torch.Generator().manual_seed(seed)
        y = torch.randint(6, (rows, 1), generator=source)
        z = torch.rand(rows, 1, generator=source)
        found.append(sufficiency(y, z))
        corrected.append(sufficiency(y, z, correction="miller-madow"))
    deviation = bound * math.sqrt(2 / 70)
    assert max(found) < bound + 3.5 * deviation
    assert min(found) > bound - 3.5 * deviation
    assert max(corrected) < 0.6 * bound


def test_more_bins_make_a_jittered_code_look_less_minimal():
    factors = as_sample(dependent_law(10.0), 10_000, seed=0)
    codes = noisy(factors, seed=0, amount=0.01)
    found = [minimality_sufficiency(factors, codes, bins=b) for b in (6, 15, 30, 100)]
    minimal = [scores.minimality for scores in found]
    assert minimal == sorted(minimal, reverse=True)
    assert minimal[0] > 0.99
    assert minimal[-1] < 0.65
    assert min(scores.sufficiency for scores in found) > 0.99


@pytest.mark.parametrize("score", [*EXACT, gaussian, explicitness, by_votes])
def test_float32_and_devices_agree(score, device):
    factors, codes = sample()
    value = score(factors, codes.float())
    assert score(factors.to(device), codes.float().to(device)) == pytest.approx(
        value, abs=1e-6
    )
    found = minimality_sufficiency(factors.to(device), codes.to(device))
    assert found.minimality_matrix.device.type == device


@pytest.mark.parametrize("score", TRAINED)
def test_the_same_seed_gives_the_same_score(score):
    factors, codes = sample(200)
    state = torch.random.get_rng_state()
    assert score(factors, codes) == score(factors, codes)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_one_factor_or_one_latent_is_enough_where_it_makes_sense():
    factors, codes = sample()
    for score in (minimality, sufficiency, mig, mig_sup, dcimig, jemmig, sap, irs):
        assert 0 <= score(factors[:, :1], codes[:, :1]) <= 1
    found = infomec(factors[:, :1], codes[:, :1])
    assert found[:2] == (1, 1)
    assert dci(factors[:, :1], codes[:, :1])[:2] == (1, 1)
    assert dci_from_importances(torch.zeros(2, 2)) == (0, 0)
