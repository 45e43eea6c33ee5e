"""Calibration: recovers what was taken away, keeps ranks, bad input."""

import pytest
import torch
from sklearn.linear_model import LogisticRegression

from support.metrics.auc import auc_binary
from support.models.calibration import calibrate_bias


def drawn(seed=0, count=20_000, scale=2.0):
    """Logits and labels drawn from their softmax."""
    rng = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(count, 3, generator=rng, dtype=torch.float64)
    labels = logits.softmax(1).multinomial(1, generator=rng)[:, 0]
    return logits, labels


@pytest.mark.parametrize("stretch", [0.01, 1.0, 100.0])
def test_recovers_constants_and_temperature(stretch):
    logits, labels = drawn()
    taken = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    found = calibrate_bias((logits - taken) * stretch, labels)
    assert found.temperature.item() == pytest.approx(stretch, rel=0.05)
    centred = taken - taken.mean()
    assert found.bias.tolist() == pytest.approx(centred.tolist(), abs=0.08)


def test_two_classes_equal_logistic_regression():
    logits, labels = drawn(1, 500)
    kept = labels < 2
    score = logits[kept, 0] - logits[kept, 1]
    table = torch.stack([score, score * 0], 1)
    found = calibrate_bias(table, labels[kept], penalty=1e-9)
    model = LogisticRegression(C=1e8, tol=1e-10).fit(
        score.numpy()[:, None], (labels[kept] == 0).numpy()
    )
    assert 1 / found.temperature.item() == pytest.approx(model.coef_[0, 0], rel=1e-3)
    assert (found.bias[0] - found.bias[1]).item() == pytest.approx(
        model.intercept_[0], abs=1e-3
    )


def test_a_column_keeps_its_ranks_and_accuracy_does_not_fall(device):
    logits, labels = drawn(2, 2000)
    shifted = (logits + torch.tensor([5.0, 0, 0])).float().to(device)
    found = calibrate_bias(shifted, labels.to(device))
    after = found.apply(shifted)
    assert after.device.type == device
    assert after.dtype == torch.float32
    for column in range(3):
        one = labels.to(device) == column
        assert auc_binary(after[:, column], one).item() == pytest.approx(
            auc_binary(shifted[:, column], one).item(), abs=1e-4
        )
    right = (after.argmax(1).cpu() == labels).float().mean()
    assert right > (shifted.argmax(1).cpu() == labels).float().mean() + 0.1


def test_balanced_weights_move_the_constant_to_equal_priors():
    scores = torch.zeros(10, 2)
    labels = torch.tensor([0] * 8 + [1] * 2)
    plain = calibrate_bias(scores, labels, temperature=False).bias
    weights = torch.tensor([0.625, 2.5])
    even = calibrate_bias(scores, labels, class_weights=weights, temperature=False).bias
    assert plain[0] - plain[1] > 1
    assert even.abs().max() < 1e-3


def test_separable_classes_stay_finite():
    found = calibrate_bias(torch.eye(2).repeat(5, 1), torch.arange(10) % 2)
    assert found.bias.isfinite().all()
    assert 0 < found.temperature < 1


def test_temperature_can_be_left_out():
    logits, labels = drawn(3, 500)
    found = calibrate_bias(logits, labels, temperature=False)
    assert found.temperature.item() == pytest.approx(1)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="scores, labels"):
        calibrate_bias(torch.zeros(2), torch.zeros(2).long())
    with pytest.raises(ValueError, match="N ≥ 1"):
        calibrate_bias(torch.zeros(0, 2), torch.zeros(0).long())
    with pytest.raises(ValueError, match="finite"):
        calibrate_bias(torch.full((2, 2), torch.inf), torch.tensor([0, 1]))


def test_a_constant_in_the_scores_leaves_the_calibrated_logits():
    logits, labels = drawn(4, 60, scale=20.0)  # nearly separable
    push = torch.tensor([0.0, -3.0, 8.0])
    one = calibrate_bias(logits, labels).apply(logits).softmax(1)
    other = calibrate_bias(logits + push, labels).apply(logits + push).softmax(1)
    assert torch.allclose(one, other, atol=1e-6)
