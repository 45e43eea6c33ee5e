"""The rivals: they push the right way, and leave the old network alone."""

import pytest
import torch

from chapters.unlearning.peers import bad_teaching, divergence, fine_tune, scrub
from chapters.unlearning.scores import measures


def test_the_divergence_is_of_the_teacher_from_the_student():
    teacher = torch.tensor([[2.0, 0.0]])
    student = torch.tensor([[0.0, 1.0]])
    p, q = (logits.softmax(1) for logits in (teacher, student))
    wanted = float((p * (p / q).log()).sum())
    assert float(divergence(teacher, student)) == pytest.approx(wanted)
    assert float(divergence(student, teacher)) != pytest.approx(wanted)


@pytest.mark.parametrize(
    ("forget", "setting"),
    [(fine_tune, 1e-2), (scrub, (0.1, 5e-3)), (bad_teaching, (5e-3, 10))],
)
def test_each_forgets_keeps_and_repeats(posed, forget, setting):
    before = {name: part.clone() for name, part in posed.net.state_dict().items()}
    first, again = (forget(posed, setting, 0) for _ in range(2))
    assert torch.equal(first[1].weight, again[1].weight)
    row = measures(first, posed)
    assert row["A_f"] < 0.5
    assert row["A_r"] > 0.95
    after = posed.net.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_rate_of_nearly_nothing_leaves_the_network(posed):
    still = scrub(posed, (1.0, 1e-9), 0)
    assert measures(still, posed)["A_f"] == 1
