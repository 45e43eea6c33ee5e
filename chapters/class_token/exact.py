"""What holds exactly: sets without order, padding, attention, distillation."""

import math
from copy import deepcopy

import torch
from torch import Tensor
from torch.nn.functional import linear

from chapters.class_token.data import Data
from support.generators import random_source
from support.losses.soft_targets import softmax_kd
from support.models.attention import SelfAttention
from support.models.speaker_transformer import SpeakerTransformer
from support.training import evaluating, seeded_init

__all__ = [
    "attention_gap",
    "gradient_gap",
    "limit_gap",
    "order_gap",
    "padding_gap",
    "permuted",
]

_FEW = 16
_CLASSES = 128


def permuted(x: Tensor, frames: Tensor, generator: torch.Generator) -> Tensor:
    """The same frames of each utterance in another order; padding stays behind.

    Args:
        x: (N, T, F).
        frames: (N,) real frames.
        generator: draws the orders, on the CPU.
    """
    source = random_source("generator", generator)
    key = torch.rand(x.shape[:2], generator=source).to(x.device)
    place = torch.arange(x.shape[1], device=x.device)
    order = torch.where(place < frames[:, None], key, 2 + place).argsort(1)
    return x.gather(1, order[..., None].expand_as(x))


def order_gap(
    data: Data, seed: int, generator: torch.Generator, *, positions: bool = False
) -> float:
    """How far a class token moves when the frames change places.

    Args:
        data: whose utterances are heard.
        seed: of a network with windows of one frame, untrained.
        generator: draws the orders.
        positions: whether the frames have them.
    """
    with seeded_init(seed, "order"):
        network = SpeakerTransformer(
            data.features, 4, 2, kernel=1, stride=1, positions=positions
        ).to(data.x.device)
    x, mask, frames = data.x[:_FEW], data.mask[:_FEW], data.corpus.frames[:_FEW]
    with evaluating(network), torch.no_grad():
        before = network.embed(x, mask)
        after = network.embed(permuted(x, frames, generator), mask)
    return float((before - after).abs().max())


def padding_gap(network: SpeakerTransformer, data: Data, more: int = 40) -> float:
    """How far the tokens move when padding is appended, whatever it holds."""
    x, mask = data.x[:_FEW], data.mask[:_FEW]
    wide = torch.cat([x, torch.full_like(x[:, :1], 9).expand(-1, more, -1)], 1)
    real = torch.cat([mask, mask.new_zeros(len(mask), more)], 1)
    with evaluating(network), torch.no_grad():
        return float((network.embed(x, mask) - network.embed(wide, real)).abs().max())


def attention_gap(layer: SelfAttention, generator: torch.Generator) -> float:
    """How far the fused attention is from its weights times the values."""
    source = random_source("generator", generator)
    layer = deepcopy(layer).cpu().double()
    z = torch.randn(4, 9, layer.width, generator=source, dtype=torch.float64)
    mask = torch.arange(9) < torch.tensor([9, 7, 3, 1])[:, None]
    weight, bias = (part[-layer.width :] for part in layer.inputs.parameters())
    value = linear(z, weight, bias).unflatten(2, (layer.heads, -1)).transpose(1, 2)
    with torch.no_grad():
        mixed = (layer.weights(z, mask) @ value).transpose(1, 2).flatten(2)
        return float((layer(z, mask) - layer.output(mixed)).abs().max())


def gradient_gap(generator: torch.Generator, temperature: float = 2.0) -> float:
    r"""How far the gradient of $\tau^2$ KL is from $\tau(p^S-p^T)$ of one sample."""
    student, teacher = _logits(generator)
    student = student[:1].requires_grad_()
    softmax_kd(student, teacher[:1], temperature).backward()
    wanted = (student.detach() / temperature).softmax(1)
    wanted = temperature * (wanted - (teacher[:1] / temperature).softmax(1))
    assert student.grad is not None
    return float((student.grad - wanted).abs().max())


def limit_gap(generator: torch.Generator, temperature: float = 1e4) -> float:
    """Relative difference of the loss to its limit, half a mean squared distance."""
    student, teacher = _logits(generator)
    gap = (student - student.mean(1, keepdim=True)) - (
        teacher - teacher.mean(1, keepdim=True)
    )
    limit = float(gap.square().mean()) / 2
    return math.fabs(float(softmax_kd(student, teacher, temperature)) / limit - 1)


def _logits(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Of a student and of its teacher, as large as trained ones."""
    source = random_source("generator", generator)
    drawn = 3 * torch.randn(2, _FEW, _CLASSES, generator=source, dtype=torch.float64)
    return drawn[0], drawn[1]
