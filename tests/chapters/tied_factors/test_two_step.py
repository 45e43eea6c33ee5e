"""Two-step training: sums over frames, one prior, and what it finds."""

import pytest
import torch

from chapters.tied_factors.two_step import TwoStep, fit_two_step, objective
from support.models.frame_statistics import Statistics
from support.models.tied_factors import TiedFactorNetwork
from support.training import generator, seeded_init
from tests.chapters.tied_factors.small import RECIPE, small_world


def network(*sizes):
    with seeded_init(0, "network"):
        return TiedFactorNetwork(*sizes)


def test_a_tied_gradient_is_the_sum_over_frames_and_one_prior():
    model = network(2, 3, 2, 1, 4).double()
    frames = torch.randn(6, 3, generator=torch.Generator().manual_seed(0)).double()
    state = torch.tensor([0, 1, 0, 1, 1, 0])
    y = torch.randn(1, 2).double().requires_grad_()
    x = torch.zeros(1, 1).double()

    def told(rows):
        """Minus the log-likelihood of some frames, each as a recording of one."""
        parts = (torch.ones(len(rows), 1).double(), frames[rows, None])
        one = Statistics(*parts, parts[1].square())
        every = torch.zeros(len(rows), dtype=torch.long)
        some = model, one, state[rows, None], every, y, x.expand(len(rows), -1)
        return len(rows) * objective(*some) - y.square().sum() / 2

    (whole,) = torch.autograd.grad(told(torch.arange(6)), y)
    parts = [torch.autograd.grad(told(torch.tensor([t])), y)[0] for t in range(6)]
    assert torch.allclose(whole, torch.stack(parts).sum(0))
    single = Statistics(*(torch.zeros(1, *s).double() for s in ((1,), (1, 3), (1, 3))))
    single.N[0, 0] = 1e-300  # nothing is heard, so the prior alone pulls
    cost = 1e-300 * objective(
        model, single, state[:1, None], torch.zeros(1, dtype=torch.long), y, x
    )
    assert torch.allclose(torch.autograd.grad(cost, y)[0], y)


@pytest.fixture(scope="module")
def found():
    data = small_world()
    model = network(*data.mean.shape, 3, 3, 16)
    source = generator(0, "batches")
    plan = TwoStep(means=2, speakers=4)
    return model, fit_two_step(model, *data.known, RECIPE, generator=source, plan=plan)


def test_factors_enter_in_turn_and_the_objective_falls(found):
    _, (y, x, history) = found
    assert y.shape == (75, 3)
    assert x.shape == (450, 3)
    assert len(history) == RECIPE.epochs
    assert history[-1] < history[2] < history[0]
    assert 0.1 < float(y.std()) < 2
    assert 0.1 < float(x.std()) < 2
    assert not y.requires_grad


def test_without_step_two_nobody_has_a_factor():
    data = small_world()
    model = network(*data.mean.shape, 3, 3, 8)
    plan = TwoStep(means=RECIPE.epochs)
    y, x, _ = fit_two_step(
        model, *data.known, RECIPE, generator=generator(0, "batches"), plan=plan
    )
    assert not y.any()
    assert not x.any()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"statistics": None}, "statistics: got NoneType"),
        ({"state": torch.full((450, 8), 99)}, "state: got values"),
        ({"speaker": torch.zeros(3, dtype=torch.long)}, "speaker: got shape"),
        ({"speaker": torch.arange(450) + 1}, "speaker: \\[0\\] have no recording"),
        ({"generator": None}, "generator: got None"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(change, words):
    data = small_world()
    names = ("statistics", "state", "speaker")
    given = dict(zip(names, data.known, strict=True)) | {
        "generator": generator(0, "batches")
    }
    with pytest.raises(ValueError, match=words):
        fit_two_step(
            network(*data.mean.shape, 1, 1, 4), **given | change, recipe=RECIPE
        )
