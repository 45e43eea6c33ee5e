"""Views of applications that the lesson draws: who is chosen, and what if."""

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import normalize

from support.data.recruitment import Recruitment, explicit_words

__all__ = ["chosen", "exchanged", "group_directions"]


def chosen(scores: Tensor, count: int) -> Tensor:
    """Which applications are among the best.

    Args:
        scores: (n,) numbers.
        count: how many are chosen, 1 to n; of equal scores the first win.

    Returns:
        (n,) integers, 1 where chosen.

    Raises:
        ValueError: the count is out of range.

    >>> chosen(torch.tensor([0.2, 0.9, 0.5]), 2)
    tensor([0, 1, 1])
    """
    if not 1 <= count <= len(scores):
        raise ValueError(f"count: got {count}; give 1 to {len(scores)}")
    mask = torch.zeros(len(scores), dtype=torch.int64)
    mask[scores.argsort(descending=True, stable=True)[:count].cpu()] = 1
    return mask


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


def group_directions(data: Recruitment) -> Tensor:
    """Directions in which the groups' mean faces differ.

    Args:
        data: applications of two genders and three ethnicities.

    Returns:
        (d, 3) orthonormal columns: gender, and two that span the ethnicities.
    """

    def means(groups: Tensor, count: int) -> list[Tensor]:
        return [data.face[groups == group].mean(0) for group in range(count)]

    men, women = means(data.gender, 2)
    first, second, third = means(data.ethnicity, 3)
    columns: list[Tensor] = []
    for way in (women - men, first - second, third - second):
        for known in columns:
            way = way - (way @ known) * known
        columns.append(normalize(way, dim=0))
    return torch.stack(columns, dim=1)
