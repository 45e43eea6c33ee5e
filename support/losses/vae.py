r"""The terms that families of variational autoencoders are made of.

Every family minimises a summed Bernoulli cross-entropy plus its own reading of
how the posterior $q(z|x)$ should sit beside the prior $\mathcal N(0, I)$.  The
terms are here, one function each, in nats; a family is a weighted sum of them.
"""

import math
from itertools import combinations

import torch
from torch import Tensor
from torch.nn import functional

from support.arrays import real
from support.losses.information import gaussian_kl

__all__ = [
    "bernoulli_reconstruction",
    "decomposed_kl",
    "share_posteriors",
    "standard_normal_kl",
    "support_factorisation",
    "support_scale",
]


def bernoulli_reconstruction(logits: Tensor, images: Tensor) -> Tensor:
    r"""Cross-entropy of an image under its reconstruction, summed over pixels.

    $$-\sum_p x_p\ln\sigma(l_p)+(1-x_p)\ln(1-\sigma(l_p))$$

    Args:
        logits: (B, ...) reconstruction before the sigmoid.
        images: (B, ...) in [0, 1].

    Returns:
        (B,), nats, at least 0, in the type of the logits, at least float32.

    Raises:
        ValueError: the shapes differ, a logit is not finite, or a pixel lies outside
            [0, 1].

    >>> bernoulli_reconstruction(torch.zeros(1, 2), torch.tensor([[0.0, 1.0]]))
    tensor([1.3863])
    """
    logits = real("logits", logits)
    images = real("images", images, like=logits)
    if logits.shape != images.shape or logits.ndim < 1:
        raise ValueError(
            f"logits, images: got shapes {tuple(logits.shape)} and "
            f"{tuple(images.shape)}; give equal ones"
        )
    if images.numel():
        low, high = (float(end) for end in images.detach().aminmax())
        if low < 0 or high > 1:
            raise ValueError(
                f"images: got values from {low:g} to {high:g}; give pixels in [0, 1], "
                "such as bytes divided by 255"
            )
    entropy = functional.binary_cross_entropy_with_logits(
        logits, images.to(logits), reduction="none"
    )
    return entropy.flatten(1).sum(1)


def standard_normal_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    r"""Divergence of each latent's posterior from the standard normal.

    $$D_{\rm KL}(\mathcal N(\mu_j,\sigma_j^2)\|\mathcal N(0,1))
    =\tfrac12(\mu_j^2+\sigma_j^2-1-\ln\sigma_j^2)$$

    Args:
        mean: (B, m).
        log_variance: (B, m).

    Returns:
        (B, m), nats, at least 0; its sum over m is the KL term of a VAE.

    Raises:
        ValueError: the shapes cannot be broadcast together.

    >>> standard_normal_kl(torch.tensor([[1.0, 0.0]]), torch.zeros(1, 2))
    tensor([[0.5000, 0.0000]])
    """
    mean, log_variance = _posterior(mean, log_variance)
    zero = mean.new_zeros(())
    return gaussian_kl(mean.unsqueeze(-1), log_variance.unsqueeze(-1), zero, zero)


def decomposed_kl(
    sample: Tensor, mean: Tensor, log_variance: Tensor, dataset_size: int
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Split the average KL term by minibatch stratified sampling.

    $$\mathbb E_x D_{\rm KL}(q(z|x)\|p(z))=\underbrace{I(z;x)}_{\rm index\ code}
    +\underbrace{D_{\rm KL}(q(z)\|\textstyle\prod_jq(z_j))}_{\rm total\ correlation}
    +\underbrace{\textstyle\sum_jD_{\rm KL}(q(z_j)\|p(z_j))}_{\rm dimensions}$$

    The aggregate $q(z)$ is estimated from the batch: an item weighs $1/N$ for
    itself, $(N-M)/(NM)$ for one neighbour and $1/M$ for the others, $M=B-1$.

    Args:
        sample: (B, m), drawn from the posteriors.
        mean: (B, m).
        log_variance: (B, m).
        dataset_size: N, images in the training set.

    Returns:
        Three scalars: index-code information, total correlation and the sum of
        dimension-wise divergences. Their sum is a one-sample estimate of the
        KL term. Memory is of order B² m.

    Raises:
        ValueError: fewer than two samples, or more than ``dataset_size``.

    Source: Chen et al., Isolating Sources of Disentanglement in VAEs, NeurIPS
    2018, equation 2 and appendix C.2.
    """
    sample = real("sample", sample)
    mean, log_variance = _posterior(mean, log_variance)
    if sample.ndim != 2 or not sample.shape == mean.shape == log_variance.shape:
        raise ValueError(
            f"sample, mean, log_variance: got shapes {tuple(sample.shape)}, "
            f"{tuple(mean.shape)}, {tuple(log_variance.shape)}; give (B, m) each"
        )
    count = len(sample)
    if not 2 <= count <= dataset_size:
        raise ValueError(
            f"sample: got {count} rows with dataset_size {dataset_size}; give at "
            "least 2 rows and at most the size of the data set"
        )
    given_own = _log_normal(sample, mean, log_variance).sum(1)
    prior = _log_normal(sample, torch.zeros_like(mean), torch.zeros_like(mean))
    # Entry (i, j, d): log q of coordinate d of sample i under posterior j.
    pairwise = _log_normal(sample[:, None], mean[None], log_variance[None])
    weights = _stratified_log_weights(count, dataset_size, sample)
    aggregate = torch.logsumexp(weights + pairwise.sum(2), 1)
    marginals = torch.logsumexp(weights[:, :, None] + pairwise, 1)
    return (
        (given_own - aggregate).mean(),
        (aggregate - marginals.sum(1)).mean(),
        (marginals - prior).sum(1).mean(),
    )


def share_posteriors(
    first: tuple[Tensor, Tensor], second: tuple[Tensor, Tensor]
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor], Tensor]:
    r"""Average the latents that a pair of images seems to share.

    With $\delta_j$ the symmetrised divergence of the two posteriors of latent
    $j$, a latent counts as shared where
    $\delta_j<\frac12(\max_k\delta_k+\min_k\delta_k)$; there both images get the
    averaged mean and the averaged variance.

    Args:
        first: mean and log-variance (B, m) of the first images.
        second: the same of their partners.

    Returns:
        The two posteriors, and (B, m) bool: which latents were shared.

    Raises:
        ValueError: the shapes cannot be broadcast together, or a number is not finite.

    Source: Locatello et al., Weakly-Supervised Disentanglement Without
    Compromises, ICML 2020, section 4 (Ada-GVAE).
    """
    first, second = _posterior(*first), _posterior(*second)
    one = [part.unsqueeze(-1) for part in first]
    two = [part.unsqueeze(-1) for part in second]
    distance = (gaussian_kl(*one, *two) + gaussian_kl(*two, *one)) / 2
    extremes = distance.amax(1, keepdim=True) + distance.amin(1, keepdim=True)
    shared = distance < extremes / 2
    mean = (first[0] + second[0]) / 2
    log_variance = torch.logaddexp(first[1], second[1]) - math.log(2)
    return (
        _where(shared, (mean, log_variance), first),
        _where(shared, (mean, log_variance), second),
        shared,
    )


def support_factorisation(
    codes: Tensor,
    generator: torch.Generator,
    *,
    points: int = 100,
    pairs: int = 25,
    temperature: float = 1.0,
) -> Tensor:
    r"""Soft Hausdorff distance between a support and the product of supports.

    For a pair of latents, points $u=(z_{a,i},z_{b,j})$ are put together from
    different images; $d(u)=\sum_c w_{uc}\|u-z_c\|^2$ with
    $w_{u\cdot}={\rm softmax}(-\|u-z_\cdot\|^2/\tau)$ is the soft distance to the
    nearest code of the batch, and the pair's term is the mean of $d$ weighted by
    ${\rm softmax}(d/\tau)$, a soft maximum.

    Args:
        codes: (B, m) means of a batch.
        generator: draws the points and the pairs, on the device of ``codes``.
        points: how many points of the product a pair is judged by.
        pairs: how many pairs of latents; all where there are fewer.
        temperature: $\tau$; towards 0 the hard Hausdorff distance.

    Returns:
        Scalar, at least 0, summed over pairs; 0 as $\tau\to0$ where every
        combination of values occurs. Memory is of order points x B x pairs.

    Raises:
        ValueError: no code, fewer than two latents, a code that is not finite, or the
            temperature is not positive.

    Source: Roth et al., Disentanglement of Correlated Factors via Hausdorff
    Factorized Support, ICLR 2023, section 4, and the defaults of its code.
    """
    codes = real("codes", codes)
    if codes.ndim != 2 or codes.shape[1] < 2 or not len(codes):
        raise ValueError(
            f"codes: got shape {tuple(codes.shape)}; give (B, m) with m at least 2"
        )
    if not temperature > 0:
        raise ValueError(f"temperature: got {temperature}; give a positive number")
    every = torch.tensor(list(combinations(range(codes.shape[1]), 2)))
    drawn = torch.randperm(len(every), generator=generator, device=generator.device)
    chosen = every.to(codes.device)[drawn[:pairs].to(codes.device)]
    support = codes[:, chosen]
    rows = torch.randint(
        len(codes),
        (points, *chosen.shape),
        generator=generator,
        device=generator.device,
    ).to(codes.device)
    product = support.gather(0, rows)
    distance = (product[:, None] - support[None]).square().sum(-1)
    nearest = (torch.softmax(-distance / temperature, 1) * distance).sum(1)
    return (torch.softmax(nearest / temperature, 0) * nearest).sum()


def support_scale(codes: Tensor) -> Tensor:
    r"""Price of a support that has shrunk below the unit interval.

    $$\sum_j\big(1-\max_b z_{bj}\big)_+ +\big(\min_b z_{bj}\big)_+$$

    Without it a Hausdorff distance is made small by shrinking the codes.

    Args:
        codes: (B, m) means of a batch.

    Returns:
        Scalar, at least 0; 0 where every latent reaches below 0 and above 1.

    Raises:
        ValueError: there is no code, or one is not finite.

    Source: the released code of Roth et al. (ICLR 2023) takes the extremes over
    the latents of an image; here they run over the images of a batch, as the
    paper's support does.

    >>> support_scale(torch.tensor([[-0.5, 0.0], [1.5, 0.25]]))
    tensor(0.7500)
    """
    codes = real("codes", codes)
    if codes.ndim != 2 or not len(codes):
        raise ValueError(
            f"codes: got shape {tuple(codes.shape)}; give (B, m), B at least 1"
        )
    return (1 - codes.amax(0)).relu().sum() + codes.amin(0).relu().sum()


def _posterior(mean: Tensor, log_variance: Tensor) -> tuple[Tensor, Tensor]:
    mean = real("mean", mean)
    return mean, real("log_variance", log_variance, like=mean)


def _log_normal(sample: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    distance = (sample - mean).square() * (-log_variance).exp()
    return -0.5 * (distance + log_variance + math.log(2 * math.pi))


def _stratified_log_weights(count: int, size: int, like: Tensor) -> Tensor:
    others = count - 1
    weights = like.new_full((count, count), 1 / others)
    index = torch.arange(count, device=like.device)
    weights[index, index] = 1 / size
    weights[index, (index + 1) % count] = (size - others) / (size * others)
    return weights.log()


def _where(
    chosen: Tensor, yes: tuple[Tensor, Tensor], no: tuple[Tensor, Tensor]
) -> tuple[Tensor, Tensor]:
    return torch.where(chosen, yes[0], no[0]), torch.where(chosen, yes[1], no[1])
