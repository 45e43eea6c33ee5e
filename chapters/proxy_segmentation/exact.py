"""What must hold of every proxy, whatever it has learned, and the updates of its W."""

import torch
from torch import Tensor
from torch.nn.functional import conv1d

from chapters.proxy_segmentation.data import shaped
from chapters.proxy_segmentation.scores import permutation
from support.losses.distillation import bernoulli_kd
from support.metrics.relevance import relevance, soft_maps
from support.models.nmf import sparse_nmf
from support.models.segmenter import NMFSegmenter, Segmented

__all__ = ["decisions_changed", "gradient_gap", "identity_gap", "largest_rise"]


def identity_gap(said: Segmented, model: NMFSegmenter, x: Tensor) -> float:
    """Largest deviation of two sums, in double precision.

    The relevances of a frame and the bias against the logit of the same weights, and
    the maps of all components against the spectrogram, where anything is rebuilt.
    """
    h, W = said.h.double(), model.dictionary.detach().double()
    theta, bias = model.theta.detach().double(), model.bias.detach().double()
    summed = relevance(h, theta, pool="none").sum(2) + bias[:, None]
    logits = conv1d(h, theta[..., None], bias)
    maps = soft_maps(x.double(), W, h, torch.eye(len(W.T), device=x.device)).sum(1)
    gap = torch.where(W @ h > 0, maps - x.double(), 0)
    return max(float((summed - logits).abs().max()), float(gap.abs().max()))


def decisions_changed(student: NMFSegmenter, heard: Tensor, order: Tensor) -> float:
    """Share of decisions that change when the dictionary's columns are reordered.

    Args:
        student: a proxy.
        heard: (B, D, T) what it hears.
        order: (K,) a permutation of the columns.

    Raises:
        ValueError: no permutation.
    """
    order = permutation("order", order, student.W.shape[1])
    other = NMFSegmenter(student.encoder, student.W[:, order], len(student.theta))
    other.head = student.head
    with torch.no_grad():
        before, after = (model(heard).logits > 0 for model in (student, other.eval()))
    return float((before != after).double().mean())


def largest_rise(x: Tensor, generator: torch.Generator, components: int) -> float:
    """Largest relative rise of what sparse NMF minimises, over three divergences.

    Args:
        x: (B, F, T) spectrograms; 1,000 frames of them are drawn.
        generator: draws them, and the first patterns, on the CPU.
        components: how many patterns.

    Raises:
        ValueError: x has another shape, is negative, or has too few frames.
    """
    frames = shaped("x", x, None, None, None).transpose(0, 1).flatten(1).double().cpu()
    chosen = torch.randperm(frames.shape[1], generator=generator)[:1000]
    frames = frames[:, chosen].clamp_min(1e-6)  # Itakura-Saito needs more than silence
    rises = []
    for beta in (2.0, 1.0, 0.0):
        trace = sparse_nmf(
            frames,
            components,
            beta=beta,
            iterations=50,
            generator=generator,
            every=1,
        ).trace
        rises.append(float((trace.diff() / trace[:-1]).max()))
    return max(max(rises), 0.0)


def gradient_gap(student: Tensor, teacher: Tensor) -> float:
    """Largest difference of both gradients in closed form to automatic ones.

    Args:
        student: (B, C, T) logits.
        teacher: (B, C, T) logits.

    Raises:
        ValueError: shapes differ, or a logit is not finite.
    """
    z = shaped("student", student, None, None, None).detach().double().clone()
    t = shaped("teacher", teacher, *student.shape).detach().double()
    z.requires_grad_()
    p, q = z.detach().sigmoid(), t.sigmoid()
    wanted = {"forward": p - q, "reverse": p * (1 - p) * (z.detach() - t)}
    frames = z[:, 0].numel()
    gaps = []
    for direction, closed in wanted.items():
        value = bernoulli_kd(z, t, direction=direction)
        (found,) = torch.autograd.grad(value, z)
        gaps.append(float((found * frames - closed).abs().max()))
    return max(gaps)
