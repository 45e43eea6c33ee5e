"""Made-up embeddings in the place of the chapter's, for tests that take no time."""

import torch

from chapters.shouted.data import FOLDS, Data
from support.data.effort import effort_embeddings
from support.data.pair_trials import balanced_folds, pair_trials, stereo_pairs


def small(speakers=16, seed=0):
    made = effort_embeddings(speakers, 4, 20, 3, 2, seed=seed)
    z = torch.cat([made.normal, made.shouted])
    speaker, phrase = made.speaker.repeat(2), made.sentence.repeat(2)
    shouted = torch.arange(len(z)) >= len(made.normal)
    draw = torch.Generator().manual_seed(seed)
    sex = torch.arange(speakers) % 2
    fold = balanced_folds(sex, FOLDS, generator=draw)
    known = torch.randn(60, 20, generator=draw, dtype=torch.float64)
    return Data(
        z,
        speaker,
        phrase,
        shouted,
        sex,
        fold,
        pair_trials(speaker, shouted, fold),
        stereo_pairs(speaker, phrase, shouted),
        known - known.mean(0),
        torch.arange(60) % 6,
    )
