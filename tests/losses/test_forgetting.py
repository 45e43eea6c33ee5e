"""What a map keeps and loses: known answers, the paper's identity, gradients."""

import pytest
import torch
from torch.autograd import gradcheck

from support.losses.forgetting import (
    forget_loss,
    forget_loss_pairwise,
    retain_loss,
    zero_shot_losses,
)


def draw(seed, *shape):
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.float64)


def same(z):
    return z


def test_known_answers(device):
    z = torch.tensor([[1.0, 0.0], [0.0, 3.0]], device=device)
    assert float(retain_loss(same, z)) == 0
    assert float(retain_loss(torch.zeros_like, z)) == pytest.approx(5)
    assert float(forget_loss(same, z, z.new_tensor([0.0, 1.0]))) == pytest.approx(3)
    assert float(forget_loss_pairwise(same, z, z)) == pytest.approx(5)


def test_the_pairwise_loss_is_a_pull_to_the_mean_and_a_constant():
    z, z_ref, weight = draw(0, 7, 3), draw(1, 11, 3), draw(2, 3, 3).requires_grad_()
    mean = z_ref.mean(0)
    values, slopes = [], []
    for term in (
        forget_loss_pairwise(lambda x: x @ weight, z, z_ref),
        forget_loss(lambda x: x @ weight, z, mean),
    ):
        values.append(float(term.detach()))
        slopes.append(torch.autograd.grad(term, weight)[0])
    torch.testing.assert_close(*slopes, rtol=0, atol=1e-10)
    constant = float((z_ref - mean).square().sum(1).mean())
    assert values[0] - values[1] == pytest.approx(constant)


def test_gradients():
    z, mean = draw(0, 4, 3), draw(1, 3)
    weight = draw(2, 3, 3).requires_grad_()
    rows, shares = draw(3, 3, 3), torch.tensor([0.2, 0.3, 0.5]).double()
    kept = torch.tensor([0, 2])
    for term in (
        lambda w: retain_loss(lambda x: x @ w, z),
        lambda w: forget_loss(lambda x: x @ w, z, mean),
        lambda w: forget_loss_pairwise(lambda x: x @ w, z, rows),
        lambda w: tuple(zero_shot_losses(lambda x: x @ w, rows, z, shares, kept)),
    ):
        assert gradcheck(term, (weight,))


def test_the_zero_shot_terms_by_hand():
    rows = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    shares, kept = torch.tensor([0.5, 0.25, 0.25]), torch.tensor([1, 2])
    given = (rows, rows[:1], shares, kept)
    retain, forget = zero_shot_losses(torch.zeros_like, *given, scale=2.0)
    assert float(retain) == pytest.approx(4)  # both anchors have length 2
    assert float(forget) == pytest.approx(4)
    retain, forget = zero_shot_losses(same, *given)
    assert float(retain) == 0
    assert float(forget) == pytest.approx(0.25 * 2 + 0.25 * 2)


def test_rows_and_features_may_differ_in_type():
    rows, kept = torch.eye(2), torch.tensor([1])
    found = zero_shot_losses(same, rows, rows.double(), torch.ones(2) / 2, kept)
    assert found.forget.dtype == found.retain.dtype == torch.float64
    assert float(found.forget) == 1


def test_the_noise_is_the_generators():
    rows, shares, kept = torch.eye(2), torch.ones(2) / 2, torch.tensor([1])

    def noisy(seed):
        source = torch.Generator().manual_seed(seed)
        return zero_shot_losses(
            same, rows, rows, shares, kept, noise=0.5, generator=source
        )

    assert noisy(0) == noisy(0)
    assert float(noisy(0).retain) > 0
    assert noisy(0) != noisy(1)


TWO, SHARES = torch.eye(2), torch.ones(2) / 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: retain_loss(same, torch.zeros(3)), "z: got shape"),
        (lambda: retain_loss(same, torch.zeros(0, 3)), "z: got shape"),
        (lambda: retain_loss(lambda z: z[:, :1], TWO), "f: made shape"),
        (lambda: forget_loss(same, TWO, torch.zeros(3)), "mean: got shape"),
        (lambda: forget_loss_pairwise(same, TWO, torch.zeros(1, 3)), "z_ref: got 3"),
        (
            lambda: zero_shot_losses(same, TWO, TWO, 2 * SHARES, torch.tensor([1])),
            "shares: from 1, sum 2",
        ),
        (
            lambda: zero_shot_losses(same, TWO, TWO, SHARES, torch.tensor([2])),
            "retained",
        ),
        (
            lambda: zero_shot_losses(same, TWO, TWO, SHARES, torch.tensor([1, 1])),
            "each class that stays, once",
        ),
        (
            lambda: zero_shot_losses(
                same, TWO, TWO, torch.tensor([1.0, 0]), torch.tensor([1])
            ),
            "no share",
        ),
        (
            lambda: zero_shot_losses(
                same, TWO, torch.eye(3), SHARES, torch.tensor([1])
            ),
            "rows .* z_f",
        ),
        (
            lambda: zero_shot_losses(
                same, TWO, TWO, SHARES, torch.tensor([1]), scale=0.0
            ),
            "scale: got 0",
        ),
        (
            lambda: zero_shot_losses(
                same, TWO, TWO, SHARES, torch.tensor([1]), noise=float("inf")
            ),
            "noise: got inf",
        ),
        (
            lambda: zero_shot_losses(
                same, TWO, TWO, torch.tensor([-0.5, 1.5]), torch.tensor([1])
            ),
            "shares: from -0.5",
        ),
        (
            lambda: zero_shot_losses(same, TWO, TWO, SHARES, torch.zeros(0).long()),
            r"retained: got \[\]",
        ),
        *(
            (
                lambda mask=mask: zero_shot_losses(same, TWO, TWO, SHARES, mask),
                "retained: got a mask; give the class numbers",
            )
            for mask in (torch.tensor([False, True]), [False, True])
        ),
        (lambda: retain_loss(lambda z: None, TWO), "f, its features: got NoneType"),
        (lambda: retain_loss(lambda z: z / 0, TWO), "f, its features: got (nan|inf)"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
