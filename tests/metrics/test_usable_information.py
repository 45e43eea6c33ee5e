"""Usable information: closed forms, the conditional form, refusals."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.metrics.similarity import cca, fit_r2
from support.metrics.usable_information import (
    gaussian_usable_information,
    usable_information,
)


def draw(seed: int, n: int, d: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=source, dtype=torch.float64)


def test_a_label_that_is_there_is_extracted_whole(device):
    y = (torch.arange(600) % 3).to(device)
    x = 20 * torch.nn.functional.one_hot(y).float()
    found = usable_information(x, y, 3)
    assert found.value == pytest.approx(math.log(3), abs=0.02)
    assert found.before == pytest.approx(math.log(3), abs=0.01)
    assert found.value == pytest.approx(found.before - found.after)
    assert found.folds.shape == (5,)
    assert found.error == pytest.approx(float(found.folds.std()) / 5**0.5)


def test_noise_holds_nothing():
    x, y = draw(0, 2000, 3), torch.arange(2000) % 2
    found = usable_information(x, y, 2)
    assert abs(found.value) < 4 * found.error + 0.003


def test_a_noisy_channel_gives_its_shannon_information():
    """Y flipped with probability 0.1: log 2 - H(0.1), for logistic observers too."""
    source = torch.Generator().manual_seed(0)
    y = torch.randint(2, (6000,), generator=source)
    flips = torch.rand(6000, generator=source) < 0.1
    x = torch.where(flips, 1 - y, y)[:, None].float()
    shannon = math.log(2) + 0.1 * math.log(0.1) + 0.9 * math.log(0.9)
    found = usable_information(x, y, 2)
    assert found.value == pytest.approx(shannon, abs=3 * found.error)


def test_processing_can_create_it_and_a_wider_family_sees_more():
    """Exclusive or: nothing for a line, everything after one product."""
    x = draw(0, 1500, 2).float()
    y = (x[:, 0] * x[:, 1] > 0).long()
    straight = usable_information(x, y, 2).value
    processed = usable_information(x.prod(1, keepdim=True), y, 2).value
    # The perceptron's layers are as wide as its input.
    spread = x @ draw(1, 2, 24).float()
    wide = usable_information(spread, y, 2, observer="mlp", folds=2).value
    assert straight < 0.02
    assert processed > 0.4
    assert wide > 0.3


def test_the_conditional_form_counts_only_what_is_new():
    y = torch.arange(800) % 4
    bits = torch.stack([y % 2, y // 2], 1).double() * 8
    low, high = bits[:, :1], bits[:, 1:]
    known = usable_information(low, y, 4, given=low)
    new = usable_information(high, y, 4, given=low)
    assert abs(known.value) < 0.02
    assert new.value == pytest.approx(math.log(2), abs=0.05)
    assert new.before == pytest.approx(math.log(2), abs=0.05)


def test_an_observer_of_ones_own():
    def fit(features, labels):
        return lambda rows: 9.0 * torch.nn.functional.one_hot(rows[:, 0].long(), 2)

    y = torch.arange(40) % 2
    found = usable_information(y[:, None].double(), y, 2, observer=fit)
    assert found.after == pytest.approx(math.log1p(math.exp(-9)), abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_gaussian_observers_with_full_noise_find_shannons_value(seed):
    x = draw(seed, 60, 4)
    y = x @ draw(seed + 1, 4, 3) + draw(seed + 2, 60, 3) @ draw(seed + 3, 3, 3)
    shannon = -0.5 * torch.log1p(-cca(x, y).rho.square()).sum()
    full = gaussian_usable_information(x, y, x, y)
    assert full == pytest.approx(float(shannon), rel=1e-8)
    isotropic = gaussian_usable_information(x, y, x, y, noise="isotropic")
    expected = fit_r2(x, y, "affine", x, y, ridge=0).information
    assert isotropic == pytest.approx(expected, rel=1e-8)
    turn = draw(seed + 4, 3, 3) + 4 * torch.eye(3, dtype=torch.float64)
    again = gaussian_usable_information(x, y @ turn, x, y @ turn)
    assert again == pytest.approx(full, rel=1e-6)


def test_isotropic_noise_may_lie_on_either_side():
    x = draw(0, 4000, 2)
    noise = draw(1, 4000, 2)
    for scales, above in (([1.0, 0.05], True), ([0.5, 0.5], False)):
        y = torch.tensor([1.0, 0.2]) * x + torch.tensor(scales) * noise
        full = gaussian_usable_information(x, y, x, y)
        isotropic = gaussian_usable_information(x, y, x, y, noise="isotropic")
        assert (full > isotropic) == above


def test_held_out_gaussian_value_is_the_populations():
    x = draw(0, 20_000, 2)
    y = 2 * x + draw(1, 20_000, 2)
    found = gaussian_usable_information(x[:9000], y[:9000], x[9000:], y[9000:])
    assert found == pytest.approx(math.log(5), abs=0.03)


def test_bad_input_is_refused_in_words():
    x, y = draw(0, 20, 2), torch.arange(20) % 2
    with pytest.raises(ValueError, match="folds: got 1"):
        usable_information(x, y, 2, folds=1)
    with pytest.raises(ValueError, match=r"y: got 0\.5 at 0; give whole"):
        usable_information(x, y + 0.5, 2)
    with pytest.raises(ValueError, match="y: got values from 0 to 1"):
        usable_information(x, y, 1)
    with pytest.raises(ValueError, match="one class only"):
        usable_information(x, 0 * y, 2)
    with pytest.raises(ValueError, match="x: got shape"):
        usable_information(x[:5], y, 2)
    with pytest.raises(ValueError, match=r"given: got -?inf"):
        usable_information(x, y, 2, given=x / 0)
    with pytest.raises(ValueError, match="probe: got 'forest'"):
        usable_information(x, y, 2, observer="forest")
    with pytest.raises(ValueError, match="noise: got 'diagonal'"):
        gaussian_usable_information(x, x, x, x, noise="diagonal")
    with pytest.raises(ValueError, match="infinite"):
        gaussian_usable_information(x, 3 * x, x, x)
    with pytest.raises(ValueError, match="x_test has 2 rows"):
        gaussian_usable_information(x, x, x[:2], x)
    with pytest.raises(ValueError, match="must be as wide"):
        gaussian_usable_information(x, x, x[:, :1], x)
