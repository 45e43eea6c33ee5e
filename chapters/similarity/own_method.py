"""A similarity of your own: the correlation of all distances."""

import torch


def distance_correlation(x: torch.Tensor, y: torch.Tensor) -> float:
    """Correlate the distances between samples in one space and in the other."""
    distances = torch.stack([torch.pdist(x), torch.pdist(y)])
    return torch.corrcoef(distances)[0, 1].item()
