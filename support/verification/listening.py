"""Utterances as sounds, for a page that lets its reader listen."""

from collections.abc import Sequence

import torch
from torch import Tensor

from support.data.voices.corpus import render
from support.verification.experiment import Prepared

__all__ = ["waves_of"]


def waves_of(prepared: Prepared, places: Sequence[int]) -> list[Tensor]:
    """Sounds of a few utterances, to be listened to, each cut at its end.

    Args:
        prepared: of `prepare`.
        places: utterances.

    Returns:
        One (samples,) a place, on the CPU, at the corpus's rate.
    """
    corpus = prepared.corpus
    index = torch.tensor(list(places))
    waves = corpus.wave[index] if corpus.wave is not None else render(corpus, index)
    ends = corpus.frames[index] * corpus.hop
    return [wave[:end].cpu() for wave, end in zip(waves, ends.tolist(), strict=True)]
