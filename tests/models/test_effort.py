"""Detecting a condition, and moving what was detected."""

import math

import pytest
import torch
from sklearn.linear_model import LogisticRegression

from support.models.effort import CompensatedBackend, EffortDetector


def conditions(count=200, size=3, seed=0):
    draw = torch.Generator().manual_seed(seed)
    shouted = torch.arange(count) % 4 == 0
    z = torch.randn(count, size, generator=draw, dtype=torch.float64)
    return z + 1.5 * shouted[:, None], shouted


def test_the_detector_is_a_balanced_logistic_regression():
    z, shouted = conditions()
    centre, spread = z.mean(0), z.std(0, correction=0)
    unit = ((z - centre) / spread).numpy()
    oracle = LogisticRegression(C=0.1, class_weight="balanced").fit(
        unit, shouted.numpy()
    )
    wanted = torch.from_numpy(oracle.predict_proba(unit)[:, 1])
    found = EffortDetector(0.1).fit(z, shouted).probability(z)
    assert torch.allclose(found, wanted, atol=1e-9)


@pytest.mark.parametrize("scale", [1e-200, 1e-20, 1e20, 1e160])
def test_unit_and_order_do_not_matter(scale):
    z, shouted = conditions()
    wanted = EffortDetector(0.1).fit(z, shouted).probability(z)
    again = EffortDetector(0.1).fit((scale * z).flip(0), shouted.flip(0))
    assert torch.allclose(again.probability(scale * z), wanted, atol=1e-4)


def test_a_component_that_never_changes_says_nothing():
    z, shouted = conditions()
    flat = torch.cat([z, torch.full((len(z), 1), 7.0).double()], 1)
    fitted = EffortDetector(0.1).fit(flat, shouted)
    assert float(fitted.weight[-1].abs()) < 1e-12


def test_hard_soft_and_told():
    z, shouted = conditions()
    detector = EffortDetector(0.1).fit(z, shouted)
    share = detector.probability(z)

    def away(x):
        return x - 5

    hard = CompensatedBackend(detector, away)
    moved = hard.transform(z)
    assert torch.equal(moved, torch.where((share > 0.5)[:, None], z - 5, z))
    soft = CompensatedBackend(detector, away, soft=True).transform(z)
    assert torch.allclose(soft, z - 5 * share[:, None])
    assert torch.equal(
        hard.transform(z, shouted), torch.where(shouted[:, None], z - 5, z)
    )
    assert hard.transform(z.float()).dtype == torch.float32
    assert hard.transform(z[:0]).shape == (0, 3)


def test_bad_input_is_refused_in_words():
    z, shouted = conditions()
    for strength in (0, -1, "C", None, math.nan, True):
        with pytest.raises(ValueError, match="strength: got"):
            EffortDetector(strength)
    detector = EffortDetector(0.1)
    with pytest.raises(ValueError, match="not fitted; call fit"):
        detector.probability(z)
    for bad, words in (
        (shouted[:-1], "z, shouted: got shapes"),
        (torch.ones(len(z)), "give both conditions"),
        (torch.full((len(z),), 0.5), "shouted: got 0.5"),
    ):
        with pytest.raises(ValueError, match=words):
            detector.fit(z, bad)
    with pytest.raises(ValueError, match="z: got nan"):
        detector.fit(z * math.nan, shouted)
    detector.fit(z, shouted)
    with pytest.raises(ValueError, match=r"z: got shape \(200, 2\)"):
        detector.probability(z[:, :2])
    backend = CompensatedBackend(detector, lambda x: x[:, :2])
    with pytest.raises(ValueError, match="compensate: gave shape"):
        backend.transform(z)
    with pytest.raises(ValueError, match="compensate: got nan"):
        CompensatedBackend(detector, lambda x: x * math.nan).transform(z)
    with pytest.raises(ValueError, match="compensate: got NoneType"):
        CompensatedBackend(detector, lambda x: None).transform(z)
    for given, words in (
        ((None, lambda x: x), "detector: got NoneType"),
        ((detector, None), "compensate: got NoneType"),
    ):
        with pytest.raises(ValueError, match=words):
            CompensatedBackend(*given)
    with pytest.raises(ValueError, match="soft: got 'no'; give True or False"):
        CompensatedBackend(detector, lambda x: x, soft="no")
    with pytest.raises(ValueError, match="shouted: got shape"):
        CompensatedBackend(detector, lambda x: x).transform(z, shouted[:3])
    with pytest.raises(ValueError, match=r"z: got shape \(3,\)"):
        CompensatedBackend(detector, lambda x: x).transform(z[0])
