"""A method of your own: principal components, each split into its two signs."""

import torch

from support.models.sparse_autoencoder import topk_relu


def signed_components(x_train, k, seed):
    """Vectors (n, D), active units, seed -> encode(x) -> codes (n, 2D), at least 0."""
    axes = torch.linalg.svd(x_train - x_train.mean(0), full_matrices=False).Vh.T

    def encode(x):
        along = (x - x_train.mean(0)) @ axes
        return topk_relu(torch.cat([along, -along], 1), k)

    return encode
