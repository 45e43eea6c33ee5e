"""Worlds of hidden factors: what they hold, and what they refuse."""

import pytest
import torch

from support.data.tied_world import WORLDS, tied_world

SMALL = {"speakers": 6, "sessions": 4, "states": 5, "features": 4, "factors": 2}


@pytest.mark.parametrize("kind", WORLDS)
def test_statistics_are_those_of_frames_about_the_true_means(kind):
    world = tied_world(kind, 1, **SMALL | {"speakers": 200})
    assert world.F.shape == (800, 5, 4)
    assert (world.N >= 1).all()
    count = world.N[..., None]
    away = (world.F - count * world.mean) / count.sqrt()
    assert abs(float(away.mean())) < 0.05
    assert abs(float(away.var()) - 1) < 0.05
    left = world.S - world.F.square() / count  # chi-square with N - 1
    assert abs(float(left.sum() / (count - 1).sum() / 4) - 1) < 0.05
    assert (left > -1e-9).all()


@pytest.mark.parametrize("kind", WORLDS)
def test_recordings_of_a_speaker_share_her_factors_alone(kind):
    one, same, other = (tied_world(kind, seed, **SMALL) for seed in (1, 1, 2))
    assert torch.equal(one.F, same.F)
    assert not torch.equal(one.F, other.F)
    assert one.speaker.tolist() == [s for s in range(6) for _ in range(4)]
    assert one.session.tolist() == 6 * [0, 1, 2, 3]
    assert one.y.shape == (6, 2)
    assert one.x.shape == (24, 2)


def test_an_early_speaker_is_the_path_read_later():
    world = tied_world("warp", 0, speakers=400, sessions=4, states=9)
    moved = world.y[world.speaker, 0] + world.x[:, 0]
    slope = torch.gradient(world.mean.mean(0), dim=0)[0]  # of the usual path
    alike = ((world.mean - world.mean.mean(0)) * slope).sum((1, 2))
    assert torch.corrcoef(torch.stack([alike, moved]))[0, 1] > 0.8


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "round"}, "kind: got 'round'"),
        ({"seed": -1}, "seed: got -1"),
        ({"seed": "1"}, "seed: got '1'"),
        ({"factors": 5}, "factors: got 5"),
        ({"sessions": 3}, "sessions: got 3"),
        ({"speakers": 2.5}, "speakers: got 2.5"),
        ({"states": True}, "states: got True"),
        ({"states": 1}, "states: got 1"),
        ({"features": 0}, "features: got 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(options, words):
    given = {"kind": "tanh", "seed": 0} | SMALL | options
    with pytest.raises(ValueError, match=words):
        tied_world(given.pop("kind"), given.pop("seed"), **given)
