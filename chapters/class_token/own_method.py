"""A network of your own: a perceptron in the place of the memory."""

from support.models.speaker_transformer import SpeakerTransformer


def perceptron(features, speakers, phrases):
    """Called as (x, mask) -> vectors (N, E), logits (N, heads, speakers * phrases)."""
    return SpeakerTransformer(features, speakers, phrases, feed_forward=64)
