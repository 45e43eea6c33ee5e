"""Probes and the uncertainty they remove."""

import math

import pytest
import torch
from sklearn.linear_model import LogisticRegression

from support.metrics.probes import conditional_entropy, fit_probe, urr


def draw(seed: int, n: int = 2000, d: int = 3, k: int = 4):
    source = torch.Generator().manual_seed(seed)
    return (
        torch.randn(n, d, generator=source),
        torch.randint(k, (n,), generator=source),
    )


def one_hot(labels: torch.Tensor, k: int = 4) -> torch.Tensor:
    return torch.nn.functional.one_hot(labels, k).float()


@pytest.mark.parametrize("probe", ["logistic", "mlp"])
def test_independent_noise_and_a_copy(probe, device):
    z, n = (part.to(device) for part in draw(0, n=4000))
    half = 2000
    free = urr(z[:half], n[:half], z[half:], n[half:], 4, probe=probe)
    assert abs(free) < 0.03
    z = one_hot(n)
    told = urr(z[:half], n[:half], z[half:], n[half:], 4, probe=probe)
    assert told > 0.98


def test_given_concepts_take_their_share():
    """H(N|C) / H(N) when z tells everything, 0 when z only repeats C."""
    source = torch.Generator().manual_seed(0)
    c = torch.randint(2, (4000, 1), generator=source)
    n = 2 * c[:, 0] + torch.randint(2, (4000,), generator=source)  # c tells 1 of 2 bits
    z = torch.cat([c, one_hot(n)], dim=1).float()
    split = slice(0, 2000), slice(2000, None)

    def measure(z):
        parts = [part[s] for s in split for part in (z, n)]
        given = {"given_train": c[split[0]], "given_test": c[split[1]]}
        return urr(*parts, 4, **given)

    assert measure(z) == pytest.approx(0.5, abs=0.03)
    assert measure(c.float()) == pytest.approx(0.0, abs=0.01)


def test_logistic_is_invariant_to_affine_maps():
    z, n = draw(0)
    z[:, 0] += n
    mapped = z @ torch.tensor([[2.0, 1, 0], [0, 3, 1], [0, 0, 0.5]]) + 10
    before = urr(z[:1000], n[:1000], z[1000:], n[1000:], 4)
    after = urr(mapped[:1000], n[:1000], mapped[1000:], n[1000:], 4)
    assert before > 0.1
    assert after == pytest.approx(before, abs=0.005)


def test_logistic_equals_scikit_learn():
    z, n = draw(1, n=400)
    z[:, 0] += n
    ours = fit_probe(z.double(), n, 4).logits(z.double()).softmax(1)
    scaled = (z - z.mean(0)) / z.std(0, correction=0)
    theirs = LogisticRegression(max_iter=1000, tol=1e-8).fit(scaled.double(), n)
    theirs = torch.from_numpy(theirs.predict_proba(scaled.double()))
    assert (ours - theirs).abs().max() < 1e-3


def test_the_perceptron_reads_what_a_line_cannot():
    z, _ = draw(2)
    n = ((z[:, 0] * z[:, 1]) > 0).long()
    parts = (z[:1000], n[:1000], z[1000:], n[1000:], 2)
    assert urr(*parts, probe="logistic") < 0.05
    assert urr(*parts, probe="mlp") > 0.3
    assert urr(*parts, probe="mlp") == urr(*parts, probe="mlp")
    assert urr(*parts, probe="mlp") != urr(*parts, probe="mlp", seed=1)


def test_over_confidence_pays_under_the_predicted_estimator():
    n = torch.arange(100) % 2
    wrong = 20 * (0.5 - torch.stack([1 - n, n], 1).float())
    total = math.log(2)
    honest = (total - conditional_entropy(wrong, n)) / total
    fooled = (total - conditional_entropy(wrong, n, "predicted")) / total
    assert fooled > 0.9
    assert honest < -1


def test_a_constant_feature_does_no_harm():
    z, n = draw(3)
    z[:, 0] = 5.0
    assert math.isfinite(urr(z[:1000], n[:1000], z[1000:], n[1000:], 4))


def test_bad_input_is_refused_in_words():
    z, n = draw(0, n=20)
    with pytest.raises(
        ValueError, match=r"n_train: got values from 0 to 3; give integers in \[0, 2\)"
    ):
        urr(z, n, z, n, 2)
    with pytest.raises(ValueError, match="one class"):
        urr(z, 0 * n, z, n, 4)
    with pytest.raises(ValueError, match="one class"):
        urr(z, n, z, 0 * n, 4)
    with pytest.raises(ValueError, match="train"):
        urr(z[:10], n, z, n, 4)
    with pytest.raises(ValueError, match="columns"):
        urr(z[:, :1], n, z, n, 4)
    with pytest.raises(ValueError, match="both or neither"):
        urr(z, n, z, n, 4, given_train=z)
    with pytest.raises(ValueError, match="probe"):
        urr(z, n, z, n, 4, probe="forest")
    with pytest.raises(ValueError, match="estimator"):
        urr(z, n, z, n, 4, estimator="guess")
    with pytest.raises(ValueError, match="n_values"):
        fit_probe(z, 0 * n, 1)


def test_factors_side_by_side_equal_factors_one_by_one(device):
    z, first = draw(4)
    _, second = draw(5)
    z[:, 0] += first
    z, labels = z.to(device), torch.stack([first, second]).to(device)
    both = fit_probe(z, labels, 4, probe="mlp").logits(z)
    for row, alone in zip(both, labels, strict=True):
        expected = fit_probe(z, alone, 4, probe="mlp").logits(z)
        assert (row - expected).abs().max() < 1e-3
    with pytest.raises(ValueError, match="probe='mlp'"):
        fit_probe(z, labels, 4)
    with pytest.raises(ValueError, match="one class"):
        fit_probe(z, labels * torch.tensor([[1], [0]], device=device), 4, probe="mlp")
