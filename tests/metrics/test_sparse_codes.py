"""Variance left, units active and dead: known answers, and what is refused."""

import pytest
import torch

from support.metrics.sparse_codes import activity, fvu


def draw(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0)).double()


def test_nothing_is_left_of_a_perfect_copy_and_all_of_the_mean(device):
    x = draw(20, 4).to(device) + 5
    assert float(fvu(x, x)) == 0
    assert float(fvu(x, x.mean(0).expand_as(x))) == pytest.approx(1, abs=1e-12)
    half = (x + x.mean(0)) / 2
    assert float(fvu(x, half)) == pytest.approx(0.25)
    assert fvu(x, x).device.type == device
    assert fvu(x, x).dtype == torch.float64


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_units_do_not_matter(size):
    x, recon = draw(20, 4), draw(20, 4).flip(0)
    wanted = float(fvu(x, recon))
    assert float(fvu(x * size, recon * size)) == pytest.approx(wanted)


def test_gradients_pass():
    recon = draw(3, 2).flip(0).requires_grad_()
    assert torch.autograd.gradcheck(lambda r: fvu(draw(3, 2), r), (recon,))


@pytest.mark.parametrize(
    ("x", "recon", "words"),
    [
        (torch.ones(3), torch.ones(3), "x: got shape"),
        (torch.ones(1, 3), torch.ones(1, 3), "x: got shape"),
        (torch.eye(2), torch.ones(2, 3), "recon: got shape"),
        (torch.ones(4, 3), torch.ones(4, 3), "x: all vectors are the same"),
        (torch.full((4, 3), 0.1), torch.ones(4, 3), "x: all vectors are the same"),
        (torch.eye(2), torch.full((2, 2), torch.nan), "recon: got nan"),
        ("word", torch.eye(2), "x: got str"),
    ],
)
def test_what_has_no_variance_to_explain_is_refused(x, recon, words):
    with pytest.raises(ValueError, match=words):
        fvu(x, recon)


def test_active_and_dead_units_are_counted(device):
    code = torch.tensor([[1.0, 0, 0, 2], [3, 0, 0, 0], [0, 0, 0, 0]], device=device)
    found = activity(code)
    assert found.active == 1
    assert found.dead == 0.5
    assert activity(torch.ones(2, 3)) == (3, 0)
    assert activity(torch.zeros(2, 3)) == (0, 1)


@pytest.mark.parametrize("code", [torch.ones(3), torch.ones(0, 3), torch.ones(2, 0)])
def test_a_code_without_rows_or_units_is_refused(code):
    with pytest.raises(ValueError, match="code: got shape"):
        activity(code)
