"""Distillation of independent answers: closed forms, gradients, masks, bad input."""

import pytest
import torch
from torch.distributions import Bernoulli, kl_divergence

from support.losses.distillation import bernoulli_kd


def draw(seed, *shape):
    source = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(*shape, generator=source, dtype=torch.float64)


S, T = draw(0, 4, 3, 5), draw(1, 4, 3, 5)
BOTH = pytest.mark.parametrize("direction", ["forward", "reverse"])


@BOTH
@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_it_is_torchs_divergence(direction, temperature):
    p, q = (Bernoulli(logits=z / temperature) for z in (S, T))
    wanted = kl_divergence(q, p) if direction == "forward" else kl_divergence(p, q)
    found = bernoulli_kd(S, T, temperature, direction)
    torch.testing.assert_close(found, wanted.sum(1).mean())
    two = bernoulli_kd(S[:, :, 0], T[:, :, 0], temperature, direction)
    torch.testing.assert_close(two, wanted[:, :, 0].sum(1).mean())


@BOTH
def test_equal_answers_cost_nothing_and_sure_ones_stay_finite(direction):
    assert bernoulli_kd(S, S, 1.0, direction).item() == pytest.approx(0, abs=1e-15)
    far = torch.full((1, 1), 1e4)
    for student, teacher in ((far, -far), (-far, far), (far, far)):
        student = student.clone().requires_grad_()
        value = bernoulli_kd(student, teacher, 1.0, direction)
        value.backward()
        assert value.isfinite()
        assert student.grad.isfinite().all()


def test_both_gradients_have_their_closed_form():
    z = S.clone().requires_grad_()
    p, q = S.sigmoid(), T.sigmoid()
    for direction, wanted in (
        ("forward", p - q),
        ("reverse", p * (1 - p) * (S - T)),
    ):
        (found,) = torch.autograd.grad(bernoulli_kd(z, T, 1.0, direction), z)
        torch.testing.assert_close(found, wanted / (4 * 5))


@BOTH
def test_gradcheck(direction):
    z = draw(2, 2, 3, 2).requires_grad_()
    teacher = draw(3, 2, 3, 2)
    assert torch.autograd.gradcheck(
        lambda z: bernoulli_kd(z, teacher, 2.0, direction), z
    )


def test_forward_is_soft_cross_entropy_minus_the_teachers_entropy():
    q = T.sigmoid()
    entropy = Bernoulli(probs=q).entropy().sum(1).mean()
    soft = torch.nn.functional.binary_cross_entropy_with_logits(S, q, reduction="none")
    torch.testing.assert_close(bernoulli_kd(S, T), soft.sum(1).mean() - entropy)


def test_no_gradient_reaches_the_teacher():
    teacher = T.clone().requires_grad_()
    bernoulli_kd(S.clone().requires_grad_(), teacher).backward()
    assert teacher.grad is None


def test_masked_cells_and_empty_frames_count_for_nothing():
    mask = torch.ones(4, 3, 5, dtype=torch.bool)
    mask[0] = False
    assert bernoulli_kd(S, T, mask=mask).item() == pytest.approx(
        bernoulli_kd(S[1:], T[1:]).item()
    )
    mask[1, 2, 3] = False
    z = S.clone().requires_grad_()
    bernoulli_kd(z, T, mask=mask).backward()
    assert z.grad[~mask].abs().max() == 0
    assert z.grad[mask].abs().min() > 0


@BOTH
def test_no_digit_is_lost_where_two_nearly_agree(direction):
    s = S.float()
    for apart in (1e-2, 1e-3, 1e-4):  # the second-order term is all that counts
        t = (s + apart).double()
        p = s.double().sigmoid()
        wanted = ((t - s.double()).square() * p * (1 - p) / 2).sum() / s[:, 0].numel()
        found = bernoulli_kd(s, t.float(), direction=direction)
        assert float(found) == pytest.approx(float(wanted), rel=2 * apart + 1e-3)
    exact = bernoulli_kd(S, T, 1e4, direction).item()
    assert bernoulli_kd(S.float(), T.float(), 1e4, direction).item() == pytest.approx(
        exact, rel=1e-5
    )
    for near in (0, 1e-5, 1e-9, 1e-12):
        assert bernoulli_kd(s.double(), s.double() * (1 + near)) >= 0
        assert bernoulli_kd(s, s * (1 + near), direction=direction) >= 0


def test_precisions_mix():
    assert bernoulli_kd(S.float(), T).dtype == torch.float64
    assert bernoulli_kd(S.half(), T.half()).dtype == torch.float32


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"student": "abc"}, "student: got str"),
        ({"teacher": None}, "teacher: got NoneType"),
        ({"teacher": T[:2]}, "give logits of one shape"),
        ({"student": S[:0], "teacher": T[:0]}, "not empty"),
        ({"student": S[0, 0], "teacher": T[0, 0]}, r"\(B, C\)"),
        ({"student": S * float("nan")}, "student: got nan"),
        ({"temperature": 0.0}, "temperature: got 0;"),
        ({"temperature": float("nan")}, "temperature: got nan"),
        ({"student": S.float(), "teacher": T.float(), "temperature": 1e-40}, "higher"),
        ({"temperature": 1e-310}, "give a higher one"),
        ({"direction": "sideways"}, "direction: got 'sideways'"),
        ({"mask": torch.zeros(4, 3, 5)}, "mask: nothing is left"),
        ({"mask": torch.ones(4, 3)}, "mask: got shape"),
        ({"mask": torch.full((4, 3, 5), 0.5)}, "mask: got 0.5"),
    ],
)
def test_bad_input_is_named(options, words):
    with pytest.raises(ValueError, match=words):
        bernoulli_kd(**{"student": S, "teacher": T} | options)
