"""Attention over padded rows."""

from typing import Any

import torch
from torch import Tensor, nn

from support.models.attention import SelfAttention
from support.speed.harness import Comparison

__all__ = ["COMPARISONS"]

_WIDTH, _HEADS, _LENGTH = 64, 4, 64


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


COMPARISONS = [
    Comparison(
        name="self-attention over padded rows",
        kernel="support.models.attention.SelfAttention",
        peer="torch.nn.MultiheadAttention",
        package="torch",
        make=_rows,
        ours=_ours,
        theirs=_theirs,
        sizes=(4, 64, 640),
        tolerance=1e-5,
        note="64 frames, 4 heads; ours checks its input as well",
    ),
]
