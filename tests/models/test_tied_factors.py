"""The tied network: closed forms, what centring leaves alone, and awkward input."""

import math

import pytest
import torch

from support.models.frame_statistics import Statistics, relevance_map
from support.models.tied_factors import TiedFactorNetwork, centre, map_last_layer


def normal(seed, *shape):
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.float64)


@pytest.fixture
def network():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return TiedFactorNetwork(6, 3, 2, 3, 8).double()


@pytest.fixture
def heard():
    state = torch.tensor([[0, 1, 2], [3, 4, 5], [0, 1, 2], [3, 4, 5]])
    frames = normal(7, 4, 3, 5, 3)
    count = torch.full((4, 3), 5.0).double()
    statistics = Statistics(count, frames.sum(2), frames.square().sum(2))
    return statistics, state, normal(1, 4, 2), normal(2, 4, 3)


@pytest.mark.parametrize("adapts", [False, True])
def test_the_derivatives_are_those_of_the_means(network, heard, adapts):
    _, state, y, x = heard
    last = normal(5, 4, 9, 3) if adapts else None
    found = network.jacobian(state, y, x, last)
    wanted = torch.autograd.functional.jacobian(
        lambda y, x: network.mean(state, y, x, last).sum(0), (y, x)
    )
    wanted = torch.cat([part.permute(2, 0, 1, 3) for part in wanted], dim=3)
    assert torch.allclose(found, wanted)
    assert torch.allclose(network.jacobian(state, y, x, last, 2), wanted[..., 2:])


def test_one_hot_inputs_give_relevance_map(heard):
    statistics = heard[0]
    codes, last = torch.eye(3).double().expand(4, 3, 3), normal(0, 3, 3)
    found = map_last_layer(codes, statistics, last, 2 * codes[0], torch.arange(4))
    assert torch.allclose(found, relevance_map(statistics, last, 2.0))


def test_a_layer_is_adapted_to_all_recordings_of_its_model(heard):
    statistics = heard[0]
    phi, last, prior = normal(0, 4, 3, 4), normal(1, 4, 3), torch.eye(4).double()
    model = torch.tensor([0, 1, 0, 1])
    found = map_last_layer(phi, statistics, last, prior, model)
    rows = torch.tensor([0, 2])
    one = Statistics(*(getattr(statistics, k)[rows].flatten(0, 1)[None] for k in "NFS"))
    alone = map_last_layer(
        phi[rows].flatten(0, 1)[None], one, last, prior, torch.tensor([0])
    )
    assert torch.allclose(found[0], alone[0])


def test_the_prior_is_what_is_left_of_nothing_and_outweighs_all(heard):
    statistics = heard[0]
    phi, last, unit = normal(0, 4, 3, 4), normal(1, 4, 3), torch.eye(4).double()
    model = torch.zeros(4, dtype=torch.long)
    strong = map_last_layer(phi, statistics, last, 1e12 * unit, model)
    assert torch.allclose(strong[0], last)
    weak = map_last_layer(phi, statistics, last, 1e-9 * unit, model)
    weight = statistics.N.flatten().sqrt()[:, None]
    wanted = torch.linalg.lstsq(
        weight * phi.flatten(0, 1), statistics.F.flatten(0, 1) / weight
    ).solution
    assert torch.allclose(weak[0], wanted, atol=1e-6)
    silent = Statistics(*(0 * getattr(statistics, k) for k in "NFS"))
    assert torch.allclose(map_last_layer(phi, silent, last, unit, model)[0], last)


def test_a_rotation_of_factors_and_loadings_changes_nothing(network, heard):
    _, state, y, x = heard
    turn = torch.linalg.qr(normal(3, 2, 2)).Q
    before = network.mean(state, y, x)
    with torch.no_grad():
        for enter in (network.enter_first, network.enter_second):
            enter[:2] = turn.T @ enter[:2]
    assert torch.allclose(network.mean(state, y @ turn, x), before)


def test_centring_moves_no_mean_and_makes_factors_standard(network):
    y, x = 3 + normal(1, 9, 2) @ normal(2, 2, 2), normal(3, 9, 3) - 1
    state = torch.arange(6).expand(9, 6)
    before = network.mean(state, y, x)
    kept = {name: value.clone() for name, value in network.state_dict().items()}
    made, new_y, new_x = centre(network, y, x)
    assert torch.allclose(made.mean(state, new_y, new_x), before)
    for values in (new_y, new_x):
        assert values.mean(0).abs().max() < 1e-9
        unit = torch.eye(values.shape[1]).double()
        assert torch.allclose(torch.cov(values.T, correction=0), unit)
    shifted, away, _ = centre(network, y, x, scale=False)
    assert torch.allclose(away, y - y.mean(0))
    assert torch.equal(shifted.enter_first, network.enter_first)
    for name, value in network.state_dict().items():
        assert torch.allclose(value, kept[name], equal_nan=True), (
            f"{name} of the given one has moved"
        )


@pytest.mark.parametrize("unit", [1e-170, 1e-9, 1e9, 1e160])
def test_factors_of_any_size_become_standard(network, unit):
    y, x = normal(1, 9, 2), normal(3, 9, 3)
    made, new_y, _ = centre(network, y * unit, x)
    torch.testing.assert_close(new_y, centre(network, y, x)[1])
    wanted = centre(network, y, x)[0].enter_first[:2] * unit
    torch.testing.assert_close(made.enter_first[:2], wanted, atol=0, rtol=1e-6)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_a_factor_that_is_constant_or_repeats_another_is_refused(network, kind):
    x = normal(3, 9, 3)
    for seed in range(10):
        y = normal(seed, 9, 1).to(kind)
        for other in (torch.full_like(y, 0.1 * (seed + 1)), 0.3 * y, y - 0.7):
            with pytest.raises(ValueError, match=r"y: .* no inverse"):
                centre(network, torch.cat([y, other], 1), x)


def test_factors_of_another_precision_are_taken_in_the_networks(network, heard):
    _, state, y, x = heard
    wanted = network.mean(state, y.float().double(), x.float().double())
    assert torch.equal(network.mean(state, y.float(), x.float()), wanted)
    single = network.float()
    assert single.mean(state, y, x).dtype == torch.float32


def test_a_layer_is_given_the_backgrounds_spread(network, heard):
    statistics, state, y, x = heard
    model = torch.zeros(4, dtype=torch.long)
    with pytest.raises(ValueError, match="call measure_spread first"):
        network.adapt(statistics, state, model, y[:1], x, 1.0)
    network.measure_spread(statistics, state, y, x)
    phi = network.features(state, y, x).flatten(0, 1)
    wanted = phi.T @ phi / 12 + 1e-3 * torch.eye(9).double()
    assert torch.allclose(network.spread, wanted)
    assert network.spread.requires_grad is False
    assert torch.allclose(
        network.adapt(statistics, state, model, y[:1], x, 2.0),
        map_last_layer(
            network.features(state, y[:1].expand(4, -1), x), statistics, network.last,
            2.0 * 6 * wanted, model,
        ),
    )  # fmt: skip
    strong = network.adapt(statistics, state, model, y[:1], x, 1e12)
    assert torch.allclose(strong[0], network.last)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"phi": "features"}, "phi"),
        ({"phi": torch.full((4, 3, 2), math.nan)}, "phi: got nan"),
        ({"phi": torch.ones(4, 3)}, "phi, statistics, last, model: got shapes"),
        ({"last": torch.ones(2)}, "phi, statistics, last, model: got shapes"),
        ({"last": torch.ones(3, 3)}, "phi, statistics, last, model: got shapes"),
        ({"prior": -torch.eye(2)}, "prior: .*positive definite"),
        ({"prior": torch.zeros(2, 2)}, "prior: .*positive definite"),
        ({"prior": torch.tensor([[1.0, 5], [0, 1]])}, "prior: .* symmetric"),
        ({"prior": torch.tensor([[1e-8, 9e-9], [0, 1e-8]])}, "prior: .* symmetric"),
        ({"prior": torch.eye(3)}, "prior: got shape"),
        ({"model": torch.tensor([0])}, "phi, statistics, last, model: got shapes"),
        ({"model": torch.full((4,), -1)}, "model: got values"),
    ],
)
def test_a_layer_that_does_not_fit_is_refused_by_name(heard, change, words):
    given = {
        "phi": torch.ones(4, 3, 2),
        "statistics": heard[0],
        "last": torch.ones(2, 3),
        "prior": torch.eye(2),
        "model": torch.zeros(4, dtype=torch.long),
    } | change
    with pytest.raises(ValueError, match=words):
        map_last_layer(**given)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": torch.full((4, 3), 6)}, "state: got values from 6"),
        ({"state": torch.zeros(3)}, "state: got shape"),
        ({"y": torch.zeros(4, 3)}, "y: got shape"),
        ({"y": None}, "y: got NoneType"),
        ({"x": torch.zeros(4, 3, dtype=torch.long)}, "x: got torch.int64"),
    ],
)
def test_factors_that_do_not_fit_the_network_are_refused(network, heard, change, words):
    given = dict(zip(("state", "y", "x"), heard[1:], strict=True)) | change
    for method in (network.features, network.mean, network.jacobian):
        with pytest.raises(ValueError, match=words):
            method(**given)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ((0, 3, 1, 1, 4), "states: got 0"),
        ((2, 2.5, 1, 1, 4), "features: got 2.5"),
        ((2, 3, -1, 1, 4), "speaker_factors: got -1"),
        ((2, 3, 1, True, 4), "session_factors: got True"),
        ((2, 3, 1, 1, "4"), "hidden: got '4'"),
    ],
)
def test_sizes_out_of_range_are_refused_by_name(sizes, words):
    with pytest.raises(ValueError, match=words):
        TiedFactorNetwork(*sizes)


@pytest.mark.parametrize(
    ("y", "x", "words"),
    [
        (torch.zeros(9, 2), torch.zeros(9, 3), "y: .* no inverse"),
        (torch.eye(2), torch.ones(9, 3), "x: .* no inverse"),
        (torch.zeros(9, 3), torch.zeros(9, 3), "y: got shape"),
        (torch.zeros(0, 2), torch.zeros(9, 3), "y: got shape"),
        (torch.full((9, 2), math.inf), torch.zeros(9, 3), "y: got inf"),
    ],
)
def test_factors_that_cannot_be_centred_are_refused_by_name(network, y, x, words):
    if "x:" in words:
        y = normal(0, 9, 2)
    with pytest.raises(ValueError, match=words):
        centre(network, y, x)
