"""Recordings of the reader's with a class and a speaker, as acted speech is taken."""

import torch

from chapters.prototypes.data import Data, speech_task
from chapters.prototypes.emotions import _split
from support.data.audio import AudioCorpus
from support.data.own.given import Given
from support.training import generator

__all__ = ["COLUMNS", "KIND", "MORE", "RATE", "load"]

KIND = "recordings"
COLUMNS = {
    "label": "the class: 4 to 12 values",
    "speaker": "who is heard: 4 people or more; two thirds of them are learned from",
    "gender": "female or male, of the speaker",
}
MORE = (
    "The factors are measured from the sound, as in the chapter: median pitch, its "
    "deviation and the level, cut into three at the terciles of the training part. "
    "Every class must be heard in both parts, from five recordings or more."
)
RATE = 16_000
_HEARD = 5


def load(
    given: Given, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Both questions of the chapter, asked of the reader's recordings.

    Raises:
        GivenDataError: too few classes or speakers, a gender that is neither, or a
            class that a part has too few recordings of.
    """
    labels, names = given.classes("label", least=4, most=12)
    given.classes("speaker", least=4, most=len(given))
    words = given.table["gender"].astype(str)
    if strange := sorted(set(words) - {"female", "male"}):
        raise given.refused(
            f"column 'gender' holds {strange[0]!r}", "Give female or male."
        )
    genders = words.groupby(given.table["speaker"].astype(str)).nunique()
    if genders.max() > 1:
        raise given.refused(
            f"speaker {genders.idxmax()} is both female and male",
            "Give all rows of a speaker one gender.",
        )
    train, test = given.parts(generator(seed, "own speakers"), 2 / 3, by="speaker")
    for part, rows in (("training", train), ("test", test)):
        counts = [int((labels[rows] == k).sum()) for k in range(len(names))]
        if min(counts) < _HEARD:
            rare = names[counts.index(min(counts))]
            raise given.refused(
                f"class {rare} has {min(counts)} recordings in the {part} part, which "
                "whole speakers make up",
                f"Give {_HEARD} or more of each class by each speaker.",
            )
    is_test = torch.zeros(len(given), dtype=torch.bool)
    is_test[test] = True
    corpus = AudioCorpus("own", list(given.waves), given.rate, given.table)
    # As the chapter's corpora are measured and split.
    spoken = _split(corpus, labels.tolist(), names, is_test)
    task = speech_task(spoken, seed).to(device)
    return Data(task, task, None, spoken.waves, spoken.rate, spoken)
