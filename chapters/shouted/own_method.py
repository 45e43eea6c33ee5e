"""A compensation of your own: the mean shift of the twenty nearest shouts."""

import torch


def nearest_shifts(normal, shouted, generator):
    """(P, E) normal and shouted embeddings of pairs -> a function of (n, E)."""

    def compensate(z):
        count = min(20, len(shouted))
        near = torch.cdist(z, shouted).topk(count, largest=False).indices
        return z - (shouted - normal)[near].mean(1)

    return compensate
