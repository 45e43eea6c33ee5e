"""Distillation of classes: identities, gradients, limits, and what is refused."""

import pytest
import torch
from torch.nn.functional import cross_entropy, kl_div
from torch.testing import assert_close

from support.losses.soft_targets import softmax_kd


def logits(seed=0, count=5, classes=7):
    source = torch.Generator().manual_seed(seed)
    drawn = torch.randn(2, count, classes, generator=source, dtype=torch.float64)
    student, teacher = 3 * drawn
    return student, teacher


def test_it_is_the_divergence_of_torch_with_the_teacher_first():
    student, teacher = logits()
    for tau in (0.5, 1.0, 4.0):
        wanted = kl_div(
            (student / tau).log_softmax(1),
            (teacher / tau).log_softmax(1),
            log_target=True,
            reduction="batchmean",
        )
        assert_close(softmax_kd(student, teacher, tau), tau**2 * wanted)


def test_it_is_a_cross_entropy_less_the_teachers_entropy():
    student, teacher = logits()
    soft = teacher.softmax(1)
    wanted = cross_entropy(student, soft) - torch.special.entr(soft).sum(1).mean()
    assert_close(softmax_kd(student, teacher), wanted)


@pytest.mark.parametrize("tau", [0.5, 2.0, 10.0])
def test_its_gradient_is_a_difference_of_probabilities(tau):
    student, teacher = logits(count=1)
    student.requires_grad_()
    softmax_kd(student, teacher, tau).backward()
    wanted = tau * ((student / tau).softmax(1) - (teacher / tau).softmax(1))
    assert_close(student.grad, wanted.detach())
    assert torch.autograd.gradcheck(lambda z: softmax_kd(z, teacher, tau), student)


def test_equal_answers_cost_nothing_and_pull_nowhere():
    student, _ = logits()
    student.requires_grad_()
    loss = softmax_kd(student, student.detach() + 4.0, 2.0)  # a shift is no answer
    loss.backward()
    assert float(loss.detach()) == pytest.approx(0, abs=1e-12)
    assert_close(student.grad, torch.zeros_like(student), atol=1e-12, rtol=0)


def test_at_a_high_temperature_it_is_a_squared_distance():
    student, teacher = logits()
    gap = (student - student.mean(1, keepdim=True)) - (
        teacher - teacher.mean(1, keepdim=True)
    )
    wanted = gap.square().sum(1).mean() / (2 * 7)
    for tau in (1e4, 1e5, 1e6):
        assert_close(softmax_kd(student, teacher, tau), wanted, rtol=1e-3, atol=0)


@pytest.mark.parametrize("size", [1e-20, 1e3, 1e20])
def test_logits_of_any_size_are_finite(size):
    student, teacher = logits()
    assert torch.isfinite(softmax_kd(size * student, size * teacher))


@pytest.mark.parametrize(
    ("student", "teacher", "temperature", "words"),
    [
        (torch.zeros(2, 3), torch.zeros(2, 4), 1, "give logits of one shape"),
        (torch.zeros(3), torch.zeros(3), 1, "give logits of one shape"),
        (torch.zeros(0, 3), torch.zeros(0, 3), 1, "not empty"),
        ("no", torch.zeros(2, 3), 1, "student: got str"),
        (torch.zeros(2, 3), None, 1, "teacher: got NoneType"),
        (torch.full((2, 3), torch.nan), torch.zeros(2, 3), 1, "student: got nan"),
        (torch.zeros(2, 3), torch.zeros(2, 3), 0, "temperature: got 0"),
        (torch.zeros(2, 3), torch.zeros(2, 3), 1e7, "temperature: got 1e\\+07"),
        (torch.zeros(2, 3), torch.zeros(2, 3), "hot", "temperature: got 'hot'"),
    ],
)
def test_bad_input_is_told_in_words(student, teacher, temperature, words):
    with pytest.raises(ValueError, match=words):
        softmax_kd(student, teacher, temperature)


def test_precisions_are_promoted_and_the_teacher_learns_nothing():
    student, teacher = logits()
    taught = teacher.clone().requires_grad_()
    loss = softmax_kd(student.float().requires_grad_(), taught)
    assert loss.dtype == torch.float64
    loss.backward()
    assert taught.grad is None
