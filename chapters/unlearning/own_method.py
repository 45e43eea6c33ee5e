"""A method of your own: the map in closed form, and no training at all."""

import torch

from support.models.forgetting import solve_forget_map


def solved(extractor, head, x_r, x_f, y_r, seed):
    """Return a function of samples to logits that has forgotten ``x_f``."""
    with torch.no_grad():
        z_r, z_f = extractor(x_r), extractor(x_f)
    mean = torch.cat([z_r, z_f]).mean(0)
    forget = solve_forget_map(z_r, z_f, mean, lam=1.0)
    return lambda x: head(forget(extractor(x)))
