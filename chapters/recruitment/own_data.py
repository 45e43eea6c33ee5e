"""Embeddings of the reader's, of faces or voices, in the place of the generated faces.

Who applies is one of the reader's people; competencies, words and scores are drawn as
ever, so that merit stays known.
"""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from chapters.recruitment.data import Data
from chapters.recruitment.data import load as generated
from support.data.own.given import Given
from support.training import generator

__all__ = ["COLUMNS", "KIND", "MORE", "load"]

KIND = "vectors"
COLUMNS = {
    "person": "whose embedding it is: two rows or more each",
    "gender": "man or woman",
}
MORE = (
    "Four people or more of each gender. An applicant is one of them, drawn by the "
    "seed among those of the applicant's gender, and nobody applies in both parts; two "
    "rows of the person are the two looks at the face. Each number is "
    "standardised on the training part, and each vector scaled to length 1. The "
    "ethnicity of an applicant stays drawn, so that these embeddings know nothing of "
    "it."
)
_FEWEST = 4


def load(
    given: Given,
    profile: str,
    seed: int,
    device: torch.device | str = "cpu",
    *,
    version: int = 2,
) -> Data:
    """The chapter's applications, with the reader's embeddings as faces.

    Raises:
        GivenDataError: a gender that is neither, too few people, or one of two genders.
    """
    person, names = given.classes("person", least=2 * _FEWEST, most=len(given), rows=2)
    words = given.table["gender"].astype(str).to_numpy()
    if strange := sorted(set(words) - {"man", "woman"}):
        raise given.refused(
            f"column 'gender' holds {strange[0]!r}", "Give man or woman."
        )
    woman = np.zeros(len(names), bool)
    woman[person] = words == "woman"
    if (changed := np.flatnonzero(woman[person] != (words == "woman"))).size:
        raise given.refused(
            f"person {names[person[changed[0]]]} is both man and woman",
            "Give all rows of a person one gender.",
        )
    source = generator(seed, "own people")
    halves: list[list[Tensor]] = [[], []]
    for side, word in ((False, "man"), (True, "woman")):
        people = torch.from_numpy(np.flatnonzero(woman == side))
        if len(people) < _FEWEST:
            raise given.refused(
                f"{len(people)} people are of the gender {word}",
                f"Give {_FEWEST} or more of each.",
            )
        mixed = people[torch.randperm(len(people), generator=source)]
        for half, some in zip(halves, mixed.chunk(2), strict=True):
            half.append(some)
    data = generated("embedded", profile, seed, device, version=version)
    looks = [
        _looks(part.gender, half, person, source)
        for part, half in zip((data.train, data.test), halves, strict=True)
    ]
    x = given.samples
    seen = x[torch.cat(looks[0][1:])]
    mean, deviation = seen.mean(0), seen.std(0).clamp(min=1e-6)
    train, test = (
        replace(
            part,
            face=normalize((x[one] - mean) / deviation, dim=1),
            face_second=normalize((x[two] - mean) / deviation, dim=1),
        )
        for part, (_, one, two) in zip((data.train, data.test), looks, strict=True)
    )
    return Data(train, test, data.device, (looks[0][0], looks[1][0]))


def _looks(
    gender: Tensor, people: list[Tensor], person: np.ndarray, source: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Draw a person of each applicant's gender, and two different rows of theirs."""
    who = torch.empty_like(gender)
    for side, some in enumerate(people):
        rows = torch.nonzero(gender == side).flatten()
        who[rows] = some[torch.randint(len(some), (len(rows),), generator=source)]
    known = torch.from_numpy(person)
    order, count = known.argsort(stable=True), torch.bincount(known)
    first = (torch.rand(len(who), generator=source) * count[who]).long()
    step = 1 + (torch.rand(len(who), generator=source) * (count[who] - 1)).long()
    start = (count.cumsum(0) - count)[who]
    second = (first + step) % count[who]
    return who, order[start + first], order[start + second]
