"""At most k units are active, dropped ones learn nothing, units are paired by angle."""

from itertools import permutations

import pytest
import torch
from torch.autograd import gradcheck
from torch.nn.functional import mse_loss

from support.models.sparse_autoencoder import TopKSAE, align_units, topk_relu


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.float64)


def model(dim: int = 5, units: int = 12, k: int = 3, **options: bool) -> TopKSAE:
    made = TopKSAE(dim, units, k, **options)
    with torch.no_grad():
        for seed, weight in enumerate(made.parameters()):
            weight.copy_(draw(*weight.shape, seed=seed))
    return made


def test_the_largest_positive_numbers_stay_whatever_the_device(device):
    a = torch.tensor(
        [[3.0, -1, 2, 5], [-1, -2, 1, -3], [-1, -1, -1, -1]], device=device
    )
    wanted = [[3.0, 0, 0, 5], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert topk_relu(a, 2).tolist() == wanted
    assert topk_relu(a, 4).tolist() == a.relu().tolist()
    assert topk_relu(a, 2).device.type == device


@pytest.mark.parametrize("k", [1, 2, 7, 20])
def test_exactly_k_stay_or_all_that_are_positive(k):
    a = draw(50, 20) - 0.5
    z = topk_relu(a, k)
    assert torch.equal((z > 0).sum(1), (a > 0).sum(1).clamp(max=k))
    assert torch.equal(z[z > 0], a[z > 0])
    # nothing that was dropped is larger than something that stayed
    dropped = torch.where(z > 0, -torch.inf, a).amax(1)
    stayed = torch.where(z > 0, z, torch.inf).amin(1)
    full = (z > 0).sum(1) == k
    assert (dropped[full] <= stayed[full]).all()


def test_of_equal_numbers_those_of_lowest_index_stay():
    a = torch.tensor([2.0, 1, 2, 2, 1, 2])
    assert topk_relu(a, 3).tolist() == [2, 0, 2, 2, 0, 0]
    assert topk_relu(a, 5).tolist() == [2, 1, 2, 2, 0, 2]
    assert topk_relu(torch.ones(4), 2).tolist() == [1, 1, 0, 0]


def test_gradients_pass_to_what_stays_and_to_nothing_else():
    a = draw(6, 8).requires_grad_()  # no two are equal
    assert gradcheck(lambda rows: topk_relu(rows, 3), (a,))
    z = topk_relu(a, 3)
    z.sum().backward()
    assert torch.equal(a.grad, (z > 0).double())


@pytest.mark.parametrize(
    ("a", "k", "words"),
    [
        (torch.ones(3), 0, "k: got 0"),
        (torch.ones(3), 4, "k: got 4; give an integer from 1 to 3"),
        (torch.ones(3), 1.5, "k: got 1.5"),
        (torch.ones(3), True, "k: got True"),
        (torch.tensor(1.0), 1, "a: got shape"),
        (torch.ones(2, 0), 1, "a: got shape"),
        (torch.tensor([1.0, torch.nan]), 1, "a: got nan at 1"),
        (["word"], 1, "a: got list"),
        (None, 1, "a: got None"),
    ],
)
def test_what_cannot_be_chosen_from_is_refused(a, k, words):
    with pytest.raises(ValueError, match=words):
        topk_relu(a, k)


def test_an_autoencoder_is_its_equations():
    made, x = model(), draw(7, 5).float()
    out = made(x)
    pre = x @ made.encoder.weight.T + made.encoder.bias
    torch.testing.assert_close(out.pre, pre)
    torch.testing.assert_close(out.code, topk_relu(pre, 3))
    torch.testing.assert_close(out.recon, out.code @ made.decoder.weight.T)
    assert torch.equal(made.encode(x), out.code)
    assert (out.code > 0).sum(1).max() <= 3


def test_with_all_units_it_is_an_autoencoder_with_a_relu():
    made, x = model(k=12), draw(7, 5).float()
    assert torch.equal(made(x).code, made(x).pre.relu())


def test_dropped_units_get_no_gradient():
    out = model()(draw(7, 5).float())
    x = draw(7, 5, seed=9).float()
    (gradient,) = torch.autograd.grad(mse_loss(out.recon, x), out.pre)
    assert (gradient[out.code == 0] == 0).all()
    assert (gradient[out.code > 0] != 0).all()


def test_a_pre_bias_starts_at_the_mean_and_shifts_both_ends():
    made, x = model(pre_bias=True), draw(7, 5).float()
    made.start_at(x)
    torch.testing.assert_close(made.pre_bias.detach(), x.mean(0))
    plain = model()
    plain.load_state_dict(made.state_dict(), strict=False)
    moved = plain(x - x.mean(0))
    torch.testing.assert_close(made(x).code, moved.code)
    torch.testing.assert_close(made(x).recon, moved.recon + x.mean(0))


def test_unit_columns_have_length_one_and_others_are_left_alone():
    made = model(unit_decoder=True)
    made.normalise()
    torch.testing.assert_close(made.decoder.weight.norm(dim=0), torch.ones(12))
    free, before = model(), model().decoder.weight
    free.normalise()
    assert torch.equal(free.decoder.weight, before)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((0, 4, 1), "dim: got 0"),
        ((2, True, 1), "units: got True"),
        ((2, 4, 5), "k: got 5; give an integer from 1 to 4"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        TopKSAE(*arguments)


def test_vectors_that_do_not_fit_are_refused():
    made = model()
    for wrong in (torch.ones(5), torch.ones(2, 4), torch.ones(2, 5, 1)):
        with pytest.raises(ValueError, match=r"x: got shape .* give \(n, 5\)"):
            made(wrong)
    with pytest.raises(ValueError, match="x: got inf"):
        made(torch.full((1, 5), torch.inf))
    with pytest.raises(ValueError, match="pre_bias"):
        made.start_at(torch.ones(2, 5))
    with pytest.raises(ValueError, match="at least one"):
        model(pre_bias=True).start_at(torch.ones(0, 5))
    assert made(torch.ones(0, 5)).code.shape == (0, 12)
    assert made(torch.ones(2, 5).double()).recon.dtype == torch.float32


def test_units_are_paired_as_the_best_of_all_pairings(device):
    a, b = draw(6, 4).to(device), draw(6, 5, seed=1).to(device)
    found = align_units(a, b)
    cosine = (a / a.norm(dim=0)).T @ (b / b.norm(dim=0))
    best = max(
        sum(float(cosine[i, j]) for i, j in enumerate(chosen))
        for chosen in permutations(range(5), 4)
    )
    assert float(found.cosine.sum()) == pytest.approx(best)
    torch.testing.assert_close(cosine[found.first, found.second], found.cosine)
    other = align_units(b, a)
    assert float(other.cosine.sum()) == pytest.approx(best)
    assert found.cosine.device.type == device


def test_pairs_do_not_see_order_or_length_but_signs():
    a = draw(8, 5)
    order = torch.tensor([3, 1, 4, 0, 2])
    found = align_units(a, 1e-9 * a[:, order])
    assert torch.equal(order[found.second], found.first)
    torch.testing.assert_close(found.cosine, torch.ones(5).double())
    assert align_units(torch.eye(2), -torch.eye(2)).cosine.tolist() == [0, 0]
    assert align_units(torch.zeros(2, 1), torch.eye(2)).cosine.tolist() == [0]


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (torch.ones(3), torch.ones(3, 1), "decoder_a: got shape"),
        (torch.ones(3, 1), torch.ones(2, 1), "decoder_b: got shape"),
        (torch.ones(3, 0), torch.ones(3, 1), "decoder_a: got shape"),
        (torch.ones(3, 1), torch.full((3, 1), torch.nan), "decoder_b: got nan"),
    ],
)
def test_decoders_that_cannot_be_paired_are_refused(a, b, words):
    with pytest.raises(ValueError, match=words):
        align_units(a, b)
