"""A loss of your own: InfoNCE in both directions, as in CLIP."""

from support.losses.multimodal import info_nce


def both_directions(a, b, temperature):
    """(B, d) pictures, (B, d) captions, the trained temperature -> a scalar."""
    return info_nce(a, b, temperature, symmetric=True)
