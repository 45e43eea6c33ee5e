"""The book's theorems on information, on random worlds whose tables are known."""

import pytest
import torch

from support.data.worlds import draw_world
from support.metrics.disentanglement import bottleneck_terms, minimality_sufficiency
from support.metrics.information import (
    conditional_mutual_information,
    entropy,
    mutual_information,
)

EXACT = 1e-9
SEEDS = range(12)


def terms(world):
    return bottleneck_terms(
        world.factors,
        world.nuisance,
        world.observation,
        world.codes,
        weights=world.weights,
    )


@pytest.mark.parametrize("injective", [True, False])
@pytest.mark.parametrize("seed", SEEDS)
def test_minimality_and_sufficiency_split_into_four_properties(seed, injective):
    world = draw_world(seed, factors=1 + seed % 3, codes=1 + seed % 2, values=2)
    if not injective:
        world = draw_world(seed, injective=False)
    found = terms(world)
    assert (found.excess - found.factors - found.nuisances).abs().max() < EXACT
    gap = found.missing - found.representations - found.explicitness
    assert gap.abs().max() < EXACT
    assert min(float(part.min()) for part in found) >= 0
    assert found.excess.max() > 0.01, "a random world is no perfect encoder"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_split_needs_x_to_be_a_function_of_its_causes(seed):
    found = terms(draw_world(seed, noise=0.3))
    broken = (found.excess - found.factors - found.nuisances).abs().amin()
    assert broken > 1e-4, "z also follows the noise of x, which no term counts"
    gap = found.missing - found.representations - found.explicitness
    assert gap.abs().max() < EXACT, "the second asks for the chain alone"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_scores_are_the_shares_that_the_terms_leave(seed):
    """m = 1 - I(z;x|y) / I(z;x) and s = 1 - I(y;x|z) / H(y), when z follows from x."""
    world = draw_world(seed, codes=1)
    # the code of the world is random given x; a function of x has I(z;x) = H(z)
    world = world._replace(codes=(world.observation % 4)[:, None])
    found = terms(world)
    scores = minimality_sufficiency(
        world.factors, world.codes.double(), bins=None, weights=world.weights
    )
    about_x = entropy(world.codes, weights=world.weights)
    minimal = 1 - found.excess / about_x
    assert (scores.minimality_matrix - minimal).abs().max() < EXACT
    for i, column in enumerate(world.factors.unbind(1)):
        sufficient = 1 - found.missing[i] / entropy(column, weights=world.weights)
        assert (scores.sufficiency_matrix[i] - sufficient).abs().max() < EXACT


@pytest.mark.parametrize("seed", SEEDS)
def test_a_coarser_task_needs_no_more_information(seed):
    """I(g(y); a | b) <= I(y; a | b): the granularity inequality, exactly."""
    world = draw_world(seed, values=4)
    a, b = world.codes.unbind(1)
    fine = world.factors[:, 0] * 4 + world.factors[:, 1]
    source = torch.Generator().manual_seed(seed)
    previous = conditional_mutual_information(fine, a, b, weights=world.weights)
    for groups in (8, 4, 2, 1):
        fine = torch.randint(groups, (16,), generator=source)[fine]
        coarse = conditional_mutual_information(fine, a, b, weights=world.weights)
        assert coarse <= previous + EXACT
        previous = coarse
    assert previous == pytest.approx(0, abs=EXACT)


@pytest.mark.parametrize("seed", SEEDS)
def test_summed_probabilities_diverge_no_more_sample_by_sample(seed):
    source = torch.Generator().manual_seed(seed)
    p, q = torch.rand(2, 50, 10, generator=source, dtype=torch.float64)
    p, q = p / p.sum(1, keepdim=True), q / q.sum(1, keepdim=True)

    def divergence(q, p):
        return (q * (q / p).log()).sum(1)

    groups = torch.arange(10) % 3
    coarse = [torch.zeros(50, 3).double().index_add(1, groups, law) for law in (q, p)]
    assert bool((divergence(*coarse) <= divergence(q, p) + EXACT).all())
    assert bool((divergence(*coarse) < divergence(q, p) - 1e-3).any())


@pytest.mark.parametrize("seed", SEEDS)
def test_what_follows_from_x_knows_no_more_than_x(seed):
    world = draw_world(seed)
    for column in world.factors.unbind(1):
        through = mutual_information(column, world.codes, weights=world.weights)
        direct = mutual_information(column, world.observation, weights=world.weights)
        assert through <= direct + EXACT


def test_a_perfect_encoder_has_no_term_left():
    world = draw_world(3)
    world = world._replace(codes=world.factors)
    found = terms(world)
    for part in (found.excess, found.missing):
        assert part.diagonal().abs().max() < EXACT


def test_worlds_are_drawn_as_asked():
    world, again = draw_world(5), draw_world(5)
    assert all(bool((a == b).all()) for a, b in zip(world, again, strict=True))
    assert float(world.weights.sum()) == pytest.approx(1)
    causes = torch.cat([world.factors, world.nuisance[:, None]], 1)
    assert len(causes.unique(dim=0)) == len(world.observation.unique())
    few = draw_world(5, injective=False).observation.unique()
    assert len(few) < len(world.observation.unique())
    chain = conditional_mutual_information(
        world.codes, causes, world.observation, weights=world.weights
    )
    assert chain < EXACT
    for wrong in ({"factors": 0}, {"codes": 0}, {"values": 1}, {"noise": 1.5}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            draw_world(0, **wrong)


def test_terms_refuse_vectors():
    world = draw_world(0)
    with pytest.raises(ValueError, match="factors"):
        bottleneck_terms(
            world.factors[:, 0], world.nuisance, world.observation, world.codes
        )
