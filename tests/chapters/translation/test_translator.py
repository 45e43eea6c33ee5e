"""One model: ways between domains, and a path."""

import pytest
import torch

from chapters.translation import systems
from chapters.translation.translator import WAYS, Code, move, on_the_way
from support.models.rotations import RotatedPrior
from tests.chapters.translation.small import glyphs, models, source


def prior() -> RotatedPrior:
    return RotatedPrior(5, 16, source())


@pytest.mark.parametrize("way", WAYS)
def test_every_way_carries_mean_onto_mean(way):
    turn, c = prior(), torch.arange(5)
    t = (c + 2) % 5
    torch.testing.assert_close(move(turn.mean(c), turn, c, t, way), turn.mean(t))


def test_what_the_ways_do_to_style():
    turn, style = prior(), torch.zeros(1, 16)
    style[0, 3] = 2.0
    c, t = torch.tensor([0]), torch.tensor([1])
    z = turn.mean(c) + style
    moved = {way: move(z, turn, c, t, way) - turn.mean(t) for way in WAYS}
    torch.testing.assert_close(moved["shift"], style)
    assert moved["swap"].eq(0).all()
    torch.testing.assert_close(moved["rotation"].norm(), style.norm())
    assert (moved["rotation"] - style).norm() > 0.5
    with pytest.raises(ValueError, match="way: got 'walk'"):
        move(z, turn, c, t, "walk")


def test_a_path_begins_at_the_latent_and_ends_at_its_translation():
    turn = prior()
    c, t = torch.zeros(3, dtype=torch.long), torch.ones(3, dtype=torch.long)
    z = torch.randn(3, 16, generator=source(1))
    torch.testing.assert_close(on_the_way(z, turn, c, t, 0.0), z)
    end = turn.transport(z, c, t)
    torch.testing.assert_close(on_the_way(z, turn, c, t, 1.0), end, atol=1e-4, rtol=0)
    half = on_the_way(z, turn, c, t, 0.5)
    torch.testing.assert_close(half.norm(dim=1), z.norm(dim=1))
    assert 0.1 < (half - z).norm() < (end - z).norm()
    with pytest.raises(ValueError, match="several domains"):
        on_the_way(z, turn, torch.arange(3), t, 0.5)


def test_a_code_s_samples_have_its_moments():
    code = Code(torch.full((4000, 2), 3.0), torch.zeros(4000, 2) + 0.5)
    drawn = code.sample(source())
    assert float(drawn.mean()) == pytest.approx(3.0, abs=0.05)
    assert float(drawn.var()) == pytest.approx(2.718**0.5, rel=0.05)


def test_models_translate_images_to_images_and_other_blocks_stay():
    data = glyphs()
    x, y = data.x_test[:6], data.y_test[:6]
    goal = (y + 1) % 5
    for name, model in models().items():
        found = model(x, y, goal)
        assert found.shape == x.shape
        z = model.encode(x, y).mean
        moved = model.move(z, y, goal)
        assert torch.equal(moved[:, 16:], z[:, 16:])
        assert torch.equal(moved, z) == (name == systems.CVAE)
        assert not torch.equal(found, model(x, y, y))
        drawn = [model(x, y, goal, noise=source(seed)) for seed in (0, 0, 1)]
        assert torch.equal(drawn[0], drawn[1])
        assert not torch.equal(drawn[0], drawn[2])
