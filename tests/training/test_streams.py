"""Seeds as streams."""

import pytest
import torch

from support.training import seeded_init, stream_seed


def test_streams_are_independent_and_stable():
    names = ["data", "batches", "initialisation", "datab"]
    seeds = {stream_seed(s, name) for s in range(50) for name in names}
    assert len(seeds) == 200
    assert stream_seed(3, "data") == stream_seed(3, "data")
    assert stream_seed(0, "data") == 1557076856005854010


@pytest.mark.parametrize("seed", [-1, 1.5, "abc", True])
def test_a_bad_seed_is_named(seed):
    with pytest.raises(ValueError, match="seed: got"):
        stream_seed(seed, "data")


def test_seeded_init_restores_the_global_generator():
    before = torch.get_rng_state()
    with seeded_init(1, "initialisation"):
        torch.rand(3)
    assert torch.equal(before, torch.get_rng_state())
