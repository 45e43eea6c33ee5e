"""What must go, what must stay, and that the old network is never touched."""

from dataclasses import replace

import pytest
import torch

from chapters.unlearning.problem import RECIPES, pose, retrain, train_network


def test_a_class_goes_whole(posed):
    assert set(posed.y_f.tolist()) == {0}
    assert 0 not in posed.y_r
    assert len(posed.x_r) + len(posed.x_f) == len(posed.data.x_train)
    assert torch.equal(posed.stays, posed.data.y_test != 0)


def test_a_tenth_goes_at_random(posed):
    one, same, other = (pose(posed.data, posed.net, None, s) for s in (0, 0, 1))
    assert len(one.x_f) == 120
    assert one.y_f.unique().numel() == 10
    assert torch.equal(one.x_f, same.x_f)
    assert not torch.equal(one.x_f, other.x_f)
    assert bool(one.stays.all())


def test_the_head_behind_the_body_is_the_network(posed):
    z_r, z_f, z_test = posed.z
    assert z_r.shape[1] == 64
    with torch.no_grad():
        logits = posed.net(posed.data.x_test)
    torch.testing.assert_close(posed.head(z_test), logits)
    torch.testing.assert_close(posed.mean, torch.cat([z_r, z_f]).mean(0))


def test_a_retrained_network_starts_alike_and_never_answers_with_the_class(posed):
    recipe = RECIPES["embedded", "quick"]
    still = replace(recipe, epochs=0)
    whole, less = (
        train_network(x, y, still, 3)
        for x, y in ((posed.data.x_train, posed.data.y_train), (posed.x_r, posed.y_r))
    )
    assert torch.equal(whole[1].weight, less[1].weight)
    short = retrain(posed, replace(recipe, epochs=5), 3)
    assert 0 not in short(posed.data.x_test).argmax(1)


@pytest.mark.parametrize(
    ("shape", "width"), [((64,), 64), ((3, 16, 16), 64), ((3, 32, 32), 512)]
)
def test_the_body_fits_the_pictures(shape, width):
    x, y = torch.randn(8, *shape), torch.arange(8)
    recipe = replace(RECIPES["eurosat32", "full"], epochs=1, batch_size=4)
    net = train_network(x, y, recipe, 0)
    assert net[1].in_features == width
    assert net(x).shape == (8, 10)


def test_an_unknown_class_is_refused(posed):
    with pytest.raises(ValueError, match="label: got 10; give a class of 0 to 9"):
        pose(posed.data, posed.net, 10, 0)
