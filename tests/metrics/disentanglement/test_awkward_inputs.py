"""Units, offsets, ties and the order of rows: where scores once went wrong."""

import pytest
import torch

from support.metrics import disentanglement
from support.metrics.disentanglement import (
    beta_vae_score,
    dci,
    explicitness,
    factor_vae_score,
    infomec,
    irs,
    jemmig,
    minimality_sufficiency_gaussian,
    neighbour_information,
    sap,
)
from support.metrics.information import discretise, entropy, mutual_information

SCORES = {
    "beta_vae": lambda y, z: beta_vae_score(y, z, train_points=300, test_points=300),
    "explicitness": explicitness,
    "forest": lambda y, z: dci(y, z, predictor="forest", trees=10)[0],
    "gaussian": lambda y, z: minimality_sufficiency_gaussian(y, z, draws=2)[0],
    "infomec": lambda y, z: sum(infomec(y, z)[:3]),
    "irs": irs,
    "lasso": lambda y, z: dci(y, z)[0],
    "mig": lambda y, z: disentanglement.mig(y, z),
    "sap": sap,
}


def world(n: int = 300) -> tuple[torch.Tensor, torch.Tensor]:
    source = torch.Generator().manual_seed(0)
    y = torch.stack([torch.randint(k, (n,), generator=source) for k in (3, 2)], 1)
    noise = torch.randn(n, 3, generator=source, dtype=torch.float64)
    return y, y[:, [0, 1, 0]] + 0.4 * noise


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("unit", [1e-30, 1e-13, 1e-9, 1e-7, 1e7, 1e30])
def test_no_unit_hides_a_code(name, unit):
    y, z = world()
    expected = SCORES[name](y, z)
    assert SCORES[name](y, unit * z) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("offset", [1e3, 1e7, 1e8])
def test_no_offset_hides_a_code(name, offset):
    y, z = world()
    expected = SCORES[name](y, z)
    assert SCORES[name](y, z + offset) == pytest.approx(expected, abs=5e-3)


def test_tied_codes_do_not_know_the_order_of_rows():
    y = torch.cartesian_prod(torch.arange(3), torch.arange(2)).repeat(40, 1)
    z = (y[:, :1] + y[:, 1:] * torch.tensor([0, 1])).double()
    found = neighbour_information(y, z)
    for seed in range(3):
        order = torch.randperm(240, generator=torch.Generator().manual_seed(seed))
        moved = neighbour_information(y[order], z[order])
        assert torch.allclose(moved, found, atol=1e-12)


def test_tied_latents_share_what_they_pay():
    y = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]]).repeat(5, 1)
    wide = 2.0 * y[:, :1] + y[:, 1:]  # tells of both factors alike
    codes = torch.cat([y, wide], 1).double()
    found = jemmig(y, codes, bins=4)
    assert jemmig(y, codes.flip(1), bins=4) == pytest.approx(found, abs=1e-12)
    alone = [jemmig(y, codes[:, [i, 2]], bins=4) for i in (0, 1)]
    assert found < max(alone)


def test_tied_latents_share_a_vote():
    y = torch.cartesian_prod(torch.arange(3), torch.arange(3)).repeat(5, 1)
    z = torch.cat([y, y], 1).double()  # a copy of every latent
    found = factor_vae_score(y, z, train_votes=100, test_votes=100).score
    for order in ([2, 1, 0, 3], [3, 2, 1, 0]):
        again = factor_vae_score(y, z[:, order], train_votes=100, test_votes=100)
        assert again.score == pytest.approx(found, abs=1e-12)
    assert found == 1


def test_values_near_the_end_of_int64_are_values():
    last = 2**63 - 1
    a, b = torch.arange(4), torch.tensor([last, 0, last, 0])
    assert entropy(a, b) == 2
    assert mutual_information(b, torch.tensor([1, 0, 1, 0])) == 1
    large = torch.tensor([2**62 - 1 + i for i in range(8)])
    assert entropy(large, torch.arange(8)) == 3
    assert entropy(large[:, None].expand(8, 3)) == 3


@pytest.mark.parametrize("unit", [0.1, 0.3, 1 / 3, 1e-9, 7e9])
@pytest.mark.parametrize("offset", [0.0, 0.7, -1e3])
def test_codes_on_the_edges_of_bins_stay_there(unit, offset):
    codes = torch.arange(11.0, dtype=torch.float64)[:, None]
    moved = discretise(unit * (codes + offset), bins=10).values
    assert moved.flatten().tolist() == [*range(10), 9]
