"""The chapter's data: job applications whose merit is known, in two splits."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd
import torch
from torch import Tensor

from support.data.recruitment import (
    COMPETENCIES,
    OCCUPATIONS,
    Recruitment,
    explicit_words,
)
from support.recruitment.applications import load_applications
from support.training import stream_seed

__all__ = ["GROUPS", "SIZES", "Data", "exchanged", "load", "overview"]

GROUPS = {"gender": ("men", "women"), "ethnicity": ("G1", "G2", "G3")}
"""What the groups are called, in the order of their numbers."""

SIZES = {
    "quick": {"train": 4800, "test": 4800},
    "full": {"train": 19_200, "test": 4800},
}


@dataclass(frozen=True)
class Data:
    """Applications to learn from, applications to be scored.

    They stay on the CPU; a network moves its batches to its own device.

    Args:
        train: past applications, with their biased scores.
        test: others, of the same law.
        device: where networks are trained.
    """

    train: Recruitment
    test: Recruitment
    device: torch.device | str = "cpu"

    def with_faces(self, face_map: Callable[[Tensor], Tensor]) -> "Data":
        """The same applications, their faces (n, d) mapped to (n, k) numbers."""

        def mapped(part: Recruitment) -> Recruitment:
            return replace(part, face=face_map(part.face).float())

        return Data(mapped(self.train), mapped(self.test), self.device)


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Draw the chapter's applications.

    Args:
        dataset: ``embedded``, or ``faircv_statistics`` for faces drawn from the
            published means and covariances.
        profile: ``quick`` or ``full``; decides the sizes.
        seed: of the run; its stream "data" draws the applications.
        device: where networks are to be trained.

    Raises:
        ValueError: the profile or the data set is unknown.
        support.data.errors.DataError: the published statistics are not to be had.
    """
    if profile not in SIZES:
        raise ValueError(f"profile: got {profile!r}; give {' or '.join(SIZES)}")
    drawn = stream_seed(seed, "data")
    train, test = load_applications(dataset, drawn, **SIZES[profile])
    return Data(train, test, device)


def overview(data: Recruitment, count: int) -> pd.DataFrame:
    """The first applications, one a column: who applies, with what, and the scores.

    Args:
        data: of version 2 of the testbed.
        count: how many.
    """
    rows = range(count)
    return pd.DataFrame(
        {
            "gender": [("man", "woman")[data.gender[row]] for row in rows],
            "ethnicity": [GROUPS["ethnicity"][data.ethnicity[row]] for row in rows],
            "occupation": [OCCUPATIONS[data.occupation[row]] for row in rows],
            **{
                name: data.competencies[:count, place].tolist()
                for place, name in enumerate(COMPETENCIES[2])
            },
            "merit y": data.blind_score[:count].tolist(),
            "ỹ, biased by gender": data.gender_score[:count].tolist(),
            "ỹ, biased by ethnicity": data.ethnicity_score[:count].tolist(),
        },
        index=[f"no. {row + 1}" for row in rows],
    ).T


def exchanged(data: Recruitment) -> dict[str, Recruitment]:
    """The same applications with one part taken from the other gender.

    The face comes from somebody of the other gender and the same ethnicity; of the
    words, those that say a gender outright are exchanged for their counterparts.
    Competencies and everything else stay.

    Args:
        data: n applications; every ethnicity has both genders.

    Returns:
        Applications by the part that was exchanged: ``face``, ``words``, ``both``.

    Raises:
        ValueError: a group has nobody of the other gender.

    >>> from support.data.recruitment import make_recruitment
    >>> list(exchanged(make_recruitment(12, 0)))
    ['face', 'words', 'both']
    """
    partner = torch.arange(len(data))
    for ethnicity in data.ethnicity.unique():
        sides = [
            torch.nonzero((data.ethnicity == ethnicity) & (data.gender == g)).flatten()
            for g in (0, 1)
        ]
        if not len(sides[0]) or not len(sides[1]):
            raise ValueError(
                f"data: ethnicity {int(ethnicity)} has one gender only; give both"
            )
        for own, other in (sides, sides[::-1]):
            partner[own] = other[torch.arange(len(own)) % len(other)]
    text = data.text.clone()
    said = data.text[:, explicit_words()]
    text[:, explicit_words()] = said.roll(said.shape[1] // 2, dims=1)
    face = replace(data, face=data.face[partner])
    return {
        "face": face,
        "words": replace(data, text=text),
        "both": replace(face, text=text),
    }
