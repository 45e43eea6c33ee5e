"""The terms of variational autoencoders against closed forms."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from support.losses.vae import (
    bernoulli_reconstruction,
    decomposed_kl,
    share_posteriors,
    standard_normal_kl,
    support_factorisation,
    support_scale,
)


def posterior(seed=0, rows=6, latents=3, dtype=torch.float64):
    source = torch.Generator().manual_seed(seed)
    mean = torch.randn(rows, latents, generator=source, dtype=dtype)
    log_variance = torch.randn(rows, latents, generator=source, dtype=dtype) / 2
    noise = torch.randn(rows, latents, generator=source, dtype=dtype)
    return mean + (log_variance / 2).exp() * noise, mean, log_variance


def test_reconstruction_of_a_certain_and_of_an_ignorant_decoder(device):
    images = torch.tensor([[0.0, 1.0], [1.0, 1.0]], device=device)
    certain = (images * 2 - 1) * 50
    assert bernoulli_reconstruction(certain, images).abs().max() < 1e-6
    ignorant = bernoulli_reconstruction(torch.zeros_like(images), images)
    torch.testing.assert_close(ignorant, torch.full_like(ignorant, 2 * math.log(2)))


def test_reconstruction_refuses_other_shapes():
    with pytest.raises(ValueError, match=r"logits, images: got shapes \(2, 3\)"):
        bernoulli_reconstruction(torch.zeros(2, 3), torch.zeros(2, 4))


def test_divergence_from_the_prior_agrees_with_torch_distributions(device):
    _, mean, log_variance = (part.to(device) for part in posterior())
    given = standard_normal_kl(mean, log_variance)
    prior = Normal(torch.zeros_like(mean), torch.ones_like(mean))
    wanted = kl_divergence(Normal(mean, (log_variance / 2).exp()), prior)
    torch.testing.assert_close(given, wanted)


def test_terms_have_right_gradients():
    sample, mean, log_variance = (part.requires_grad_() for part in posterior())
    assert torch.autograd.gradcheck(standard_normal_kl, (mean, log_variance))
    assert torch.autograd.gradcheck(
        lambda *parts: decomposed_kl(*parts, 50), (sample, mean, log_variance)
    )

    def support(codes):
        generator = torch.Generator().manual_seed(0)
        return support_factorisation(codes, generator, points=5)

    assert torch.autograd.gradcheck(support, (mean,))


def test_parts_of_the_divergence_add_up_to_it(device):
    sample, mean, log_variance = (part.to(device) for part in posterior(rows=20))
    parts = decomposed_kl(sample, mean, log_variance, 1000)
    own = Normal(mean, (log_variance / 2).exp()).log_prob(sample)
    prior = Normal(torch.zeros_like(mean), torch.ones_like(mean)).log_prob(sample)
    torch.testing.assert_close(sum(parts), (own - prior).sum(1).mean())


def test_parts_agree_with_a_loop_over_samples():
    sample, mean, log_variance = posterior(rows=4, latents=2)
    size, others = 9, 3
    deviation = (log_variance / 2).exp()
    joint, product = [], []
    for i in range(4):
        total, marginals = 0.0, [0.0, 0.0]
        for j in range(4):
            weight = 1 / others
            if j == i:
                weight = 1 / size
            elif j == (i + 1) % 4:
                weight = (size - others) / (size * others)
            densities = Normal(mean[j], deviation[j]).log_prob(sample[i]).exp()
            total += weight * densities.prod()
            marginals = [
                known + weight * density
                for known, density in zip(marginals, densities, strict=True)
            ]
        joint.append(math.log(total))
        product.append(sum(math.log(value) for value in marginals))
    _, correlation, _ = decomposed_kl(sample, mean, log_variance, size)
    wanted = sum(a - b for a, b in zip(joint, product, strict=True)) / 4
    assert float(correlation) == pytest.approx(wanted, abs=1e-12)


def test_a_collapsed_posterior_carries_nothing():
    sample = torch.randn(64, 3, generator=torch.Generator().manual_seed(0))
    zero = torch.zeros(64, 3)
    for part in decomposed_kl(sample, zero, zero, 64):
        assert abs(float(part)) < 1e-5


@pytest.mark.parametrize(("rows", "size"), [(1, 10), (12, 11)])
def test_decomposition_refuses_impossible_batches(rows, size):
    with pytest.raises(ValueError, match=f"sample: got {rows} rows"):
        decomposed_kl(*posterior(rows=rows), size)


def test_only_the_latent_that_differs_is_kept_apart(device):
    _, mean, log_variance = (part.to(device) for part in posterior())
    other = mean.clone()
    other[:, 1] += 3
    first, second, shared = share_posteriors(
        (mean, log_variance), (other, log_variance)
    )
    assert shared.tolist() == [[True, False, True]] * len(mean)
    torch.testing.assert_close(first[0], mean)
    torch.testing.assert_close(second[0], other)


def test_shared_latents_get_the_mean_of_means_and_of_variances():
    mean = torch.tensor([[0.0, 0.0]])
    log_variance = torch.tensor([[0.0, 0.0]])
    other = torch.tensor([[0.2, 9.0]]), torch.tensor([[math.log(3.0), 0.0]])
    first, second, shared = share_posteriors((mean, log_variance), other)
    assert shared.tolist() == [[True, False]]
    assert float(first[0][0, 0]) == pytest.approx(0.1)
    assert float(second[1][0, 0]) == pytest.approx(math.log(2.0))
    assert float(second[0][0, 1]) == 9.0


def test_a_full_grid_has_a_factorised_support_and_a_diagonal_has_not(device):
    axis = torch.linspace(0, 1, 8, device=device)
    grid = torch.cartesian_prod(axis, axis)
    diagonal = axis[:, None].expand(8, 2)
    options = {"points": 200, "temperature": 1e-3}

    def distance(codes):
        return float(
            support_factorisation(codes, torch.Generator().manual_seed(0), **options)
        )

    assert distance(grid) < 1e-3
    # The corner (0, 1) is half a unit from the diagonal, squared and doubled.
    assert distance(diagonal) == pytest.approx(0.5, abs=0.02)


def test_support_refuses_one_latent_and_no_temperature():
    generator = torch.Generator()
    with pytest.raises(ValueError, match="m at least 2"):
        support_factorisation(torch.zeros(3, 1), generator)
    with pytest.raises(ValueError, match="temperature: got 0"):
        support_factorisation(torch.zeros(3, 2), generator, temperature=0)


def test_scale_is_free_for_a_wide_support_and_dear_for_a_point():
    wide = torch.tensor([[-1.0, -1.0], [2.0, 2.0]])
    assert float(support_scale(wide)) == 0
    assert float(support_scale(torch.full((4, 2), 0.5))) == pytest.approx(2.0)
