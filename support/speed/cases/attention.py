"""Attention, memory, and the loss by which one network teaches another."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import kl_div

from support.losses.soft_targets import softmax_kd
from support.models.attention import SelfAttention
from support.speed.harness import Comparison

__all__ = ["COMPARISONS"]

_WIDTH, _HEADS, _LENGTH = 64, 4, 64
_CLASSES, _TAU = 128, 2.0


def _rows(size: int, seed: int, device: str) -> tuple[Any, ...]:
    draw = torch.Generator().manual_seed(seed)
    z = torch.randn(size, _LENGTH, _WIDTH, generator=draw)
    count = torch.randint(_LENGTH // 2, _LENGTH + 1, (size, 1), generator=draw)
    ours = SelfAttention(_WIDTH, _HEADS)
    peer = nn.MultiheadAttention(_WIDTH, _HEADS, batch_first=True)
    weight = torch.randn(4 * _WIDTH, _WIDTH, generator=draw) / _WIDTH**0.5
    with torch.no_grad():
        for into in (ours.inputs.weight, peer.in_proj_weight):
            into.copy_(weight[: 3 * _WIDTH])
        for out in (ours.output.weight, peer.out_proj.weight):
            out.copy_(weight[3 * _WIDTH :])
        for bias in (ours.inputs.bias, ours.output.bias):
            bias.zero_()
        for other in (peer.in_proj_bias, peer.out_proj.bias):
            other.zero_()
    mask = torch.arange(_LENGTH) < count
    return z.to(device), mask.to(device), ours.to(device), peer.to(device)


def _ours(z: Tensor, mask: Tensor, ours: Any, peer: Any) -> Tensor:
    with torch.no_grad():
        found: Tensor = ours(z, mask)
        return found * mask[..., None]


def _theirs(z: Tensor, mask: Tensor, ours: Any, peer: Any) -> Tensor:
    with torch.no_grad():
        found: Tensor = peer(z, z, z, key_padding_mask=~mask, need_weights=False)[0]
        return found * mask[..., None]


def _answers(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    student, teacher = 3 * torch.randn(2, size, _CLASSES, generator=draw)
    return student.to(device).requires_grad_(), teacher.to(device)


def _our_kd(student: Tensor, teacher: Tensor) -> tuple[Tensor, Tensor]:
    loss = softmax_kd(student, teacher, _TAU)
    return loss, torch.autograd.grad(loss, student)[0]


def _their_kd(student: Tensor, teacher: Tensor) -> tuple[Tensor, Tensor]:
    said, wanted = ((z / _TAU).log_softmax(1) for z in (student, teacher))
    loss = _TAU**2 * kl_div(said, wanted, reduction="batchmean", log_target=True)
    return loss, torch.autograd.grad(loss, student)[0]


COMPARISONS = [
    Comparison(
        name="self-attention over padded rows",
        kernel="support.models.attention.SelfAttention",
        peer="torch.nn.MultiheadAttention",
        package="torch",
        make=_rows,
        ours=_ours,
        theirs=_theirs,
        sizes=(4, 64, 512),
        tolerance=1e-5,
        note="64 frames, 4 heads; ours checks its input as well",
    ),
    Comparison(
        name="distillation of classes, with its gradient",
        kernel="support.losses.soft_targets.softmax_kd",
        peer="torch.nn.functional.kl_div",
        package="torch",
        make=_answers,
        ours=_our_kd,
        theirs=_their_kd,
        sizes=(64, 1_000, 20_000),
        tolerance=1e-5,
        note="128 classes; ours checks its input as well",
    ),
]
