"""Dtypes, NaN, wrong labels, ties and units: what scores once swallowed."""

import math

import pytest
import torch

from support.metrics.auc import auc_binary, auc_multiclass, auc_pairs
from support.metrics.calibration import brier, ece
from support.metrics.classification import (
    accuracy,
    balanced_accuracy,
    confusion_matrix,
    f1_score,
)
from support.metrics.explanations import (
    intervention_curve,
    oracle_impurity,
    uncertainty_order,
)
from support.metrics.likelihood_ratios import calibrate, cllr
from support.metrics.probes import conditional_entropy, fit_probe, urr
from support.metrics.score_normalisation import z_norm
from support.metrics.segmentation import detection_scores
from support.metrics.usable_information import (
    gaussian_usable_information,
    usable_information,
)
from support.metrics.verification import convex_hull, error_rates, roc_area

NAN, INF = math.nan, math.inf
T = torch.tensor


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# --- probabilities, decisions, areas -----------------------------------------------


@pytest.mark.parametrize("measure", [brier, ece])
def test_a_probability_that_is_none_is_not_perfect(measure):
    for wrong in (NAN, INF, -INF):
        with pytest.raises(ValueError, match=f"probs: got {wrong}"):
            measure(T([[wrong, wrong], [0.2, 0.8]]), T([0, 1]))
    for label in (0.9, NAN):
        with pytest.raises(ValueError, match=r"y: got (nan|0\.[89])"):
            measure(T([[0.5, 0.5], [0.2, 0.8]]), T([0, label]).double())


def test_classes_that_tie_are_predicted_with_equal_shares():
    probs = torch.full((6, 3), 1 / 3)
    assert ece(probs, T([0, 0, 0, 0, 1, 2])) == pytest.approx(0, abs=1e-7)
    half = T([[0.5, 0.5, 0.0]] * 4)
    for y in ([0, 0, 1, 1], [1, 1, 1, 1]):
        assert ece(half, T(y)) == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize("kind", [torch.half, torch.bfloat16])
def test_probabilities_in_half_precision_need_not_sum_to_one_exactly(kind):
    probs = torch.rand(50, 5, generator=seeded(0)).softmax(1)
    y = torch.arange(50) % 5
    assert brier(probs.to(kind), y) == pytest.approx(brier(probs, y), abs=0.02)
    with pytest.raises(ValueError, match="sum to 1"):
        brier(probs.to(kind) * 0.9, y)


@pytest.mark.parametrize(
    "measure",
    [
        lambda y, p: balanced_accuracy(y, p, 2),
        lambda y, p: confusion_matrix(y, p, 2),
        lambda y, p: f1_score(y, p, 2),
        lambda y, p: detection_scores(y, p, 2),
        accuracy,
    ],
)
def test_probabilities_are_no_predictions(measure):
    with pytest.raises(ValueError, match=r"predictions: got 0\.1.* at 0; give whole"):
        measure(T([0, 1, 1]), T([0.1, 0.9, 0.8]))
    with pytest.raises(ValueError, match="labels: got nan"):
        measure(T([0.0, 1.0, NAN]), T([0, 1, 1]))


def test_a_mask_has_the_frames_shape_and_hides_labels_that_are_none():
    labels, predictions = T([0, 1, -100]), T([0, 1, 1])
    scores = detection_scores(labels, predictions, 2, mask=T([1, 1, 0]))
    assert scores.f1.tolist() == [1, 1]
    with pytest.raises(ValueError, match=r"mask: got shape \(2,\)"):
        detection_scores(labels, predictions, 2, mask=T([True, True]))


def test_labels_of_an_area_are_two_classes():
    scores = T([0.1, 0.9, 0.5])
    for labels, wrong in (([0.0, NAN, 1.0], NAN), ([0, 2, 1], 2), ([-1, 1, 1], -1)):
        with pytest.raises(ValueError, match=f"labels: got {wrong}"):
            auc_binary(scores, T(labels))
    with pytest.raises(ValueError, match=r"labels: got 0\.5"):
        auc_multiclass(torch.eye(2), T([0.5, 1]))


def test_large_integers_are_ranked_as_they_are():
    scores = 2**60 + torch.arange(6)
    assert float(auc_binary(scores, torch.arange(6) > 2)) == 1
    assert (
        float(auc_pairs(scores[:, None] * T([1, 1]), torch.arange(6) % 2)[1, 0]) > 0.5
    )


# --- explanations ------------------------------------------------------------------


def test_an_impurity_of_nan_is_refused():
    c = torch.arange(8)[:, None] // T([4, 2, 1]) % 2
    soft = c.double()
    soft[:, 1] = NAN
    with pytest.raises(ValueError, match=r"c_soft: got nan at \(0, 1\)"):
        oracle_impurity(soft, c)
    assert oracle_impurity(c.bool(), c.to(torch.uint8)) == 0


def test_logits_that_are_none_are_no_perfect_answers():
    z, c, y = torch.ones(4, 1), torch.ones(4, 2), torch.zeros(4, dtype=torch.long)
    with pytest.raises(ValueError, match="intervene: got nan"):
        intervention_curve(lambda z, c, m: torch.full((4, 2), NAN), z, c, y, [0, 1])
    with pytest.raises(ValueError, match="y: goes up to 2"):
        intervention_curve(lambda z, c, m: torch.ones(4, 2), z, c, y + 2, [0, 1])
    tied = intervention_curve(lambda z, c, m: torch.ones(4, 4), z, c, y, [0, 1])
    assert tied.tolist() == [0.75] * 3


def test_the_order_of_no_probabilities_is_refused():
    with pytest.raises(ValueError, match="c_probs: got shape"):
        uncertainty_order(torch.ones(0, 2))
    with pytest.raises(ValueError, match="c_probs: got nan"):
        uncertainty_order(T([[NAN, 0.5]]))


# --- probes ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("values", [2, 5])
def test_the_nuisance_itself_leaks_to_a_perceptron(seed, values):
    n = torch.arange(600) % values
    z = n[:, None].float()
    assert urr(z, n, z, n, values, probe="mlp", seed=seed) > 0.95


def test_a_perceptron_sees_what_an_observer_may():
    y = torch.arange(400) % 2
    found = usable_information(y[:, None].float(), y, 2, observer="mlp")
    assert found.value > 0.95 * math.log(2)


def test_no_unit_and_no_offset_hides_a_feature():
    n = torch.arange(600) % 2
    z = n[:, None].float()
    expected = urr(z, n, z, n, 2)
    for unit in (1e-30, 1e-13, 1e-9, 1e9, 1e30):
        assert urr(z * unit, n, z * unit, n, 2) == pytest.approx(expected, abs=1e-6)
    for offset in (1e3, 1e6, 1e9):
        moved = z.double() + offset
        assert urr(moved, n, moved, n, 2) == pytest.approx(expected, abs=1e-5)
    noise = torch.randn(600, 1, generator=seeded(0))
    near = 1e6 + 5e-3 * (z + 0.1 * noise).double()
    assert urr(near, n, near, n, 2) > 0.98


def test_integers_are_features_with_all_their_digits():
    n = torch.arange(600) % 2
    seconds = 1_700_000_000 + 5 * n + torch.randint(0, 3, (600,), generator=seeded(0))
    found = urr(seconds[:, None], n, seconds[:, None], n, 2)
    assert found == pytest.approx(urr(*[seconds[:, None].double(), n] * 2, 2))
    assert found > 0.95


@pytest.mark.parametrize("probe", ["logistic", "mlp"])
def test_a_feature_constant_in_training_says_nothing_elsewhere(probe):
    n = torch.arange(200) % 2
    z = torch.stack([n.double(), torch.full((200,), 1e9 / 3).double()], 1)
    fitted = fit_probe(z, n, 2, probe=probe)
    assert torch.equal(fitted.logits(z), fitted.logits(z + T([0, 1e6])))


def test_labels_that_are_none_are_not_left_out():
    for wrong in (-100, 5):
        with pytest.raises(ValueError, match=r"labels: g"):
            conditional_entropy(torch.zeros(2, 3), T([0, wrong]))
        with pytest.raises(ValueError, match=r"labels: g"):
            fit_probe(torch.eye(3), T([0, 1, wrong]), 3)


@pytest.mark.parametrize("noise", ["full", "isotropic"])
@pytest.mark.parametrize("unit", [1e-30, 1e-13, 1e9, 1e30])
def test_gaussian_information_has_no_unit(noise, unit):
    x = torch.randn(200, 3, generator=seeded(0), dtype=torch.float64)
    y = x[:, :2] + torch.randn(200, 2, generator=seeded(1), dtype=torch.float64)
    expected = gaussian_usable_information(x, y, x, y, noise=noise)
    for a, b in ((x * unit, y), (x, y * unit), (x * T([1, unit, 1]), y)):
        found = gaussian_usable_information(a, b, a, b, noise=noise)
        assert found == pytest.approx(expected, abs=1e-9)
    if noise == "full":
        b = y * T([unit, 1])
        assert gaussian_usable_information(x, b, x, b) == pytest.approx(expected)


# --- verification ------------------------------------------------------------------


@pytest.mark.parametrize("weights", [[INF, 1.0], [NAN, 1.0], [-1.0, 1.0], [0.0, 0.0]])
def test_weights_of_trials_are_finite_and_positive(weights):
    with pytest.raises(ValueError, match="target_weights: g"):
        error_rates(T([1.0, 2.0]), T([0.0]), target_weights=T(weights))


def test_one_weight_for_all_is_refused():
    with pytest.raises(ValueError, match=r"nontarget_weights: got shape \(\)"):
        error_rates(T([1.0, 2.0]), T([0.0]), nontarget_weights=T(1.0))


def test_the_hull_passes_over_trials_without_weight():
    target, others = T([3.0, 2.0, 1.5, 0.5]), T([1.0, 0.0, 2.5])
    rates = error_rates(
        target,
        others,
        target_weights=T([1.0, 1, 0, 1]),
        nontarget_weights=T([1.0, 1, 1]),
    )
    plain = error_rates(target[[0, 1, 3]], others)
    assert torch.equal(convex_hull(rates).miss, convex_hull(plain).miss)
    assert torch.equal(convex_hull(rates).false_alarm, convex_hull(plain).false_alarm)


def test_rates_of_bytes_and_halves_are_those_of_their_numbers():
    a, b = torch.randint(0, 9, (2, 50), generator=seeded(0))
    expected = roc_area(error_rates(a.double() + 2, b.double()))
    for kind in (torch.uint8, torch.half, torch.int16):
        assert roc_area(error_rates((a + 2).to(kind), b.to(kind))) == expected


@pytest.mark.parametrize("unit", [1e-200, 1e-9, 1e9, 1e200])
def test_calibration_follows_units_and_offsets(unit):
    target = torch.randn(200, generator=seeded(0)).double() + 2
    others = torch.randn(300, generator=seeded(1)).double()
    plain, scaled = calibrate(target, others), calibrate(target * unit, others * unit)
    expected = plain(target)
    assert torch.allclose(scaled(target * unit), expected, atol=1e-9)
    moved = calibrate(target + 1e6, others + 1e6)
    assert torch.allclose(moved(target + 1e6), expected, atol=1e-6)
    with pytest.raises(ValueError, match="the scale leaves float64"):
        calibrate(target * 1e-310, others * 1e-310)


def test_ratios_of_integers_cost_what_they_are():
    found = cllr(T([1, 2]), T([-1, 0], dtype=torch.int8))
    assert found == cllr(T([1.0, 2.0]), T([-1.0, 0.0]))


def test_a_cohort_in_half_precision_is_summed_in_double():
    cohort = torch.full((1, 3000), 200.0).half()
    cohort[0, ::2] = 202
    assert float(z_norm(T([[203.0]]), cohort)) == pytest.approx(2)
    with pytest.raises(ValueError, match="the same with all strangers"):
        z_norm(T([[1.0]]), torch.full((1, 7), 0.1).double())
