"""A method of your own: move every pixel by the difference of two mean images."""

import torch


def mean_images(x, domain, seed, device):
    """Images (n, 1, s, s), domains (n,) -> translate(images, source, target)."""
    means = torch.stack([x[domain == c].mean(0) for c in range(int(domain.max()) + 1)])
    return lambda images, source, target: images - means[source] + means[target]
