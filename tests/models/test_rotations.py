"""Rotations are uniform; the prior's maps are a group that carries mean onto mean."""

import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp, special_ortho_group

from support.models.rotations import RotatedPrior, random_rotations


def source(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def prior(domains: int = 5, dim: int = 16, **options) -> RotatedPrior:
    return RotatedPrior(domains, dim, source(), **options)


def latents(n: int = 12, dim: int = 16) -> tuple[torch.Tensor, ...]:
    z = torch.randn(n, dim, generator=source(1))
    return z, torch.arange(n) % 5, torch.arange(n) // 2 % 5


@pytest.mark.parametrize("dim", [1, 2, 16, 512])
def test_rotations_are_orthonormal_and_turn_no_hand(dim):
    turns = random_rotations(3, dim, source())
    off = (turns.mT @ turns - torch.eye(dim)).abs().max()
    assert off < 1e-5
    assert torch.linalg.slogdet(turns).sign.eq(1).all()
    assert dim == 1 or not torch.allclose(turns[0], turns[1], atol=1e-3)


@pytest.mark.parametrize("entry", [(0, 0), (2, 1), (3, 3)])
def test_entries_and_traces_are_distributed_as_scipy_draws_them(entry):
    ours = random_rotations(4000, 4, source()).double().numpy()
    theirs = special_ortho_group.rvs(4, size=4000, random_state=0)
    at = (slice(None), *entry)
    assert ks_2samp(ours[at], theirs[at]).pvalue > 0.01
    traces = [np.trace(set_of, axis1=1, axis2=2) for set_of in (ours, theirs)]
    assert ks_2samp(*traces).pvalue > 0.01


def test_a_seed_draws_the_same_again_and_another_others():
    again = random_rotations(2, 3, source())
    assert torch.equal(random_rotations(2, 3, source()), again)
    assert not torch.allclose(random_rotations(2, 3, source(1)), again)


def test_means_share_a_length_and_keep_their_distance():
    means = prior().means
    torch.testing.assert_close(means.norm(dim=1), torch.full((5,), 4.0))
    assert torch.nn.functional.pdist(means).min() >= 4.0
    torch.testing.assert_close(prior(radius=7.0).means.norm(dim=1)[0].item(), 7.0)
    assert torch.equal(prior().mean(3), means[3])
    assert torch.equal(prior().mean([3, 0]), means[[3, 0]])


def test_transport_carries_mean_onto_mean_and_obeys_the_group():
    turn, (z, c, t) = prior(), latents()
    torch.testing.assert_close(turn.transport(turn.mean(c), c, t), turn.mean(t))
    torch.testing.assert_close(turn.transport(z, c, c), z)
    there = turn.transport(z, c, t)
    torch.testing.assert_close(turn.transport(there, t, c), z)
    onward = (t + 2) % 5
    direct = turn.transport(z, c, onward)
    torch.testing.assert_close(turn.transport(there, t, onward), direct)
    torch.testing.assert_close(there.norm(dim=1), z.norm(dim=1))


def test_the_transposed_map_would_be_caught():
    turn, (z, c, t) = prior(), latents()
    T = turn.rotations
    right = torch.einsum("nij,nkj,nk->ni", T[t], T[c], z)
    torch.testing.assert_close(turn.transport(z, c, t), right)
    wrong = torch.einsum("nji,njk,nk->ni", T[t], T[c], turn.mean(c))
    assert (wrong - turn.mean(t)).norm(dim=1)[c != t].min() > 0.5


def test_one_domain_serves_all_rows_and_banks_are_carried_at_once():
    turn, (z, c, t) = prior(), latents()
    one = turn.transport(z, 2, 4)
    many = turn.transport(z, torch.full((12,), 2), torch.full((12,), 4))
    assert torch.equal(one, many)
    bank = torch.stack([z, 2 * z])
    expected = torch.stack([turn.transport(part, c, t) for part in bank])
    torch.testing.assert_close(turn.transport(bank, c, t), expected)
    assert turn.transport(z[:0], 0, 1).shape == (0, 16)


def test_gradients_pass_and_buffers_are_saved(device):
    turn = prior(dim=4, min_distance=0.0).double()
    z = torch.randn(6, 4, dtype=torch.double, requires_grad=True)
    c, t = torch.arange(6) % 5, torch.arange(6) // 2
    assert torch.autograd.gradcheck(lambda rows: turn.transport(rows, c, t), z)
    assert not list(turn.parameters())
    other = RotatedPrior(5, 16, source(9))
    other.load_state_dict(prior().state_dict())
    assert torch.equal(other.means, prior().means)
    rows = torch.randn(3, 16, device=device)
    assert prior().to(device).transport(rows, 0, 1).device.type == device


@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta")
def test_sparse_latents_are_filled_up():
    turn, (z, c, t) = prior(), latents()
    wanted = turn.transport(z, c, t)
    assert torch.equal(turn.transport(z.to_sparse(), c, t), wanted)
    assert torch.equal(turn.transport(z.to_sparse_csr(), c, t), wanted)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, True, None, "3"])
def test_counts_are_refused_in_words(wrong):
    for name, call in {
        "n": lambda: random_rotations(wrong, 3, source()),
        "dim": lambda: random_rotations(3, wrong, source()),
        "domains": lambda: RotatedPrior(wrong, 3, source()),
    }.items():
        with pytest.raises(ValueError, match=f"^{name}: got .* integer"):
            call()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda p: p.mean(5), r"c: got values from 5 to 5.*\[0, 5\)"),
        (lambda p: p.mean(0.5), "c: got 0.5"),
        (lambda p: p.mean([[0, 1]]), r"c: got shape \(1, 2\); give \(N,\), or one"),
        (lambda p: p.transport(torch.zeros(16), 0, 1), r"z: got shape \(16,\)"),
        (lambda p: p.transport(torch.zeros(2, 4), 0, 1), r"give \(..., N, 16\)"),
        (lambda p: p.transport(torch.zeros(2, 16), [0, 1, 2], 1), "source: got shape"),
        (lambda p: p.transport(torch.zeros(2, 16), 0, [[1, 1]]), "target: got shape"),
        (lambda p: p.transport(torch.zeros(2, 16), 0, -1), "target: got values"),
        (lambda p: p.transport("z", 0, 1), "z: got str"),
        (lambda p: p.transport([[float("nan")] * 16], 0, 1), "z: got nan"),
        (lambda p: prior(radius=-1.0), "radius: got -1"),
        (lambda p: prior(radius=float("inf")), "radius: got inf"),
        (lambda p: prior(radius=1e20), "radius: got 1e[+]20"),
        (lambda p: prior(min_distance="far"), "min_distance: got 'far'"),
        (lambda p: prior(dim=2), "min_distance: got 4.0, which 100 draws of 5 means"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call(prior())
