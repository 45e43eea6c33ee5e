"""Has a network forgotten?  Memorisers, constants, copies and libraries."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from support.metrics.unlearning import (
    distance_to_retraining,
    membership_auc,
    residual_r2,
)


def draw(seed, *shape):
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.float64)


def test_the_attack_finds_a_memoriser_and_not_a_stranger():
    seen, new = 0.01 * draw(0, 50).abs(), draw(1, 80).abs() + 0.1
    assert membership_auc(seen, new) > 0.9
    assert membership_auc(new[:40], new[40:]) == pytest.approx(0.5, abs=0.15)
    assert membership_auc(new + 10, new) < 0.1


def test_the_attack_agrees_with_a_library():
    seen, new = draw(0, 30), draw(1, 40) + 0.3
    members = np.r_[np.ones(30), np.zeros(40)]
    wanted = roc_auc_score(members, -torch.cat([seen, new]).numpy())
    assert membership_auc(seen, new) == pytest.approx(wanted)


def read(z_fit, z_test, x_fit, x_test, noise=0.05, **options):
    source = torch.Generator().manual_seed(0)
    return residual_r2(
        z_fit, x_fit, z_test, x_test, noise=noise, generator=source, **options
    )


def test_a_copy_tells_all_and_a_constant_nothing():
    x = draw(0, 120, 8) * torch.arange(8, 0, -1)
    parts = x[:80], x[80:]
    assert read(*parts, *parts) > 0.95
    still = torch.zeros(80, 8), torch.zeros(40, 8)
    assert read(*still, *parts) <= 0.02


def test_more_noise_tells_less_and_scaling_down_hides():
    x = draw(0, 120, 8)
    parts = x[:80], x[80:]
    told = [read(*parts, *parts, noise=noise) for noise in (0.01, 0.3, 3.0)]
    assert told == sorted(told, reverse=True)
    tiny = [1e-3 * part for part in parts]
    assert read(*tiny, *parts) < 0.1 < told[0]


def test_the_attack_keeps_the_finer_type():
    coarse = torch.tensor([1.0])
    fine = torch.tensor([1 + 1e-12, 1 + 2e-12], dtype=torch.float64)
    assert membership_auc(coarse, fine) == 1
    assert membership_auc(fine, coarse) == 0


def test_the_distance_is_a_sum_of_differences():
    retrained = {"A_f": 0.0, "test": 0.9, "MIA": 0.1}
    assert distance_to_retraining(retrained, retrained) == 0
    kept = {"A_f": 1.0, "test": 0.95, "MIA": 0.6, "A_r": 0.3}
    assert distance_to_retraining(kept, retrained) == pytest.approx(1.55)


ROWS = torch.eye(4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: membership_auc(torch.zeros(0), torch.zeros(1)), "losses_forget"),
        (lambda: membership_auc(torch.zeros(1), torch.zeros(1, 1)), "losses_test"),
        (lambda: read(ROWS[:3], ROWS, ROWS, ROWS), r"z_fit \(3, 4\), x_fit \(4, 4\)"),
        (lambda: read(ROWS, ROWS, ROWS, ROWS, noise=0), "noise: got 0"),
        (lambda: read(ROWS, ROWS, ROWS, ROWS), "components: got 5"),
        (lambda: read(ROWS, ROWS, ROWS[0], ROWS), r"x_fit \(4,\)"),
        (lambda: read(ROWS, ROWS[:0], ROWS, ROWS[:0]), r"z_test \(0, 4\)"),
        (lambda: read(ROWS, ROWS[:, 1:], ROWS, ROWS), r"z_test \(4, 3\)"),
        (lambda: read(ROWS, ROWS, ROWS, ROWS[:, 1:]), r"x_test \(4, 3\)"),
        (lambda: read(ROWS, ROWS, ROWS, ROWS, noise=float("inf")), "noise: got inf"),
        (lambda: read(ROWS, ROWS, ROWS, ROWS, components=2.5), "components: got 2.5"),
        (lambda: distance_to_retraining({}, {"A_f": 0}), "scores: .*missing"),
        (lambda: distance_to_retraining({"A_f": 1}, {"A_f": 0}, ()), "names: got"),
        (
            lambda: distance_to_retraining({"A_f": math.nan}, {"A_f": 0}, ("A_f",)),
            r"scores\['A_f'\]: got nan",
        ),
        (
            lambda: distance_to_retraining({"A_f": 0}, {"A_f": 97.0}, ("A_f",)),
            r"retrained\['A_f'\]: got 97",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
