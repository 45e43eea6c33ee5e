"""Models side by side: the objective is the paper's, and each learns as if alone."""

from dataclasses import replace

import pytest
import torch

from chapters.translation import systems
from chapters.translation.systems import Bank, Setting, objective, settings_for, train
from support.losses.information import gaussian_kl
from tests.chapters.translation.small import glyphs, models, scans

SETTINGS = [Setting(3.0), Setting(2.0, ratio=10.0), Setting(1.0, labelled=True)]


def bank(settings=SETTINGS) -> tuple[Bank, torch.Tensor, torch.Tensor]:
    data = glyphs()
    x = ((data.x_train[:8].flatten(1) - data.mean) / data.deviation).repeat(
        len(settings), 1, 1
    )
    y = data.y_train[:8].repeat(len(settings), 1)
    return Bank(settings, data, seed=0), x, y


def test_the_objective_is_error_and_two_divergences_sample_by_sample():
    model, x, y = bank()
    torch.manual_seed(0)
    found = objective(model, x, y)
    torch.manual_seed(0)
    mean, log_var = model.encode(x, y)
    z = mean + (log_var / 2).exp() * torch.randn_like(mean)
    error = (model.decode(z, y) - x).square().sum(2)
    d, zero = model.width, torch.zeros(1)
    for place, (kappa_l, kappa_u) in enumerate(((3, 3), (20, 2), (1, 1))):
        means = torch.stack([model.prior.mean(int(c)) for c in y[place]])
        means = means * (place < 2)  # a conditional VAE's prior has no domain
        one, two = mean[place], log_var[place]
        kl_l = gaussian_kl(one[:, :d], two[:, :d], means, zero)
        kl_u = gaussian_kl(one[:, d:], two[:, d:], zero, zero)
        wanted = (error[place] + kappa_l * kl_l + kappa_u * kl_u).mean() / 256
        torch.testing.assert_close(found[place], wanted)


def test_only_a_conditional_model_sees_the_label():
    model, x, y = bank()
    other = (y + 1) % 5
    change = (model.encode(x, y)[0] - model.encode(x, other)[0]).abs().amax((1, 2))
    assert change[:2].eq(0).all()
    assert change[2] > 0


def test_an_adversary_moves_the_coder_and_no_other_model():
    settings = [Setting(3.0), Setting(3.0, adversary=1.0)]
    model, x, y = bank(settings)
    free, _, _ = bank([Setting(3.0), Setting(3.0)])
    losses, gradients = [], []
    for each in (model, free):
        torch.manual_seed(0)
        found = objective(each, x, y)
        found.sum().backward()
        losses.append(found.detach())
        gradients.append(each.coder.weights[0].grad)
    assert losses[0][0] == losses[1][0]
    assert losses[0][1] > losses[1][1]
    torch.testing.assert_close(gradients[0][0], gradients[1][0])
    assert (gradients[0][1] - gradients[1][1]).abs().max() > 1e-6
    assert model.hunter.weights[0].grad is not None


def test_a_model_learns_in_company_as_it_would_alone():
    data = glyphs()
    recipe = replace(systems.RECIPES["embedded", "quick"], updates=47)
    chosen = settings_for("embedded")
    alone = train(data, {systems.CVAE: chosen[systems.CVAE]}, recipe, seed=0)
    again = train(data, {systems.CVAE: chosen[systems.CVAE]}, recipe, seed=0)
    x, y = data.x_test[:5], data.y_test[:5]
    first, second = (each[systems.CVAE](x, y, y) for each in (alone, again))
    assert torch.equal(first, second)


def test_training_rebuilds_images_better_than_their_mean():
    data = glyphs()
    for name, model in models().items():
        own = model.data
        again = model(own.x_test, own.y_test, own.y_test)
        assert (again - own.x_test).square().mean() < 0.8 * data.deviation**2, name


def test_the_tied_model_learns_tied_images():
    assert models()[systems.TIED].data is glyphs().tied
    assert models()[systems.EQUAL].data is glyphs()


def test_scans_have_no_tied_style_and_no_adversary():
    assert set(settings_for("mnist")) == {
        systems.CVAE,
        systems.WEAK,
        systems.EQUAL,
        systems.RATIO,
    }
    recipe = replace(systems.RECIPES["mnist", "quick"], updates=1)
    found = train(scans(), settings_for("mnist"), recipe, seed=0)
    assert found[systems.EQUAL](scans().x_test, scans().y_test, scans().y_test).shape
    with pytest.raises(ValueError, match="tied style cannot be had"):
        train(scans(), {"tied": Setting(1.0, tied=True)}, recipe, seed=0)


def test_larger_images_get_the_paper_s_network():
    data = scans()
    padded = torch.nn.functional.pad(data.x_train, (2, 2, 2, 2))
    large = replace(data, x_train=padded, x_test=padded, y_test=data.y_train)
    recipe = replace(systems.RECIPES["mnist", "full"], epochs=1, batch_size=32)
    chosen = {systems.CVAE: settings_for("mnist")[systems.CVAE]}
    model = train(large, chosen, recipe, seed=0)[systems.CVAE]
    assert model.width == 512
    goal = (large.y_test + 1) % 10
    assert model(padded, large.y_test, goal).shape == padded.shape
