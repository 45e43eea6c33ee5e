"""A pooling of your own: the mean of each state, and how much it moves inside."""

import torch


def state_statistics(
    frames: torch.Tensor, alignment: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """Mean of every state, and one deviation over all states at the end."""
    count = alignment.sum(1).clamp_min(1e-6)
    mean = alignment.transpose(1, 2) @ frames / count[..., None]
    moved = (frames - alignment @ mean) * mask[..., None]
    spread = moved.square().sum(1) / mask.sum(1, keepdim=True)
    return torch.cat([mean.flatten(1), (spread + 1e-5).sqrt()], dim=1)
