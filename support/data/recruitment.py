"""Synthetic job applications whose merit is known and blind to who applies.

After the FairCVtest testbed: each profile has competencies, a face embedding and
a biography; a merit score depends on the competencies alone, and two biased
scores lower or raise it by gender or by ethnicity.  Everything is generated:
marginals, weights and biases follow published statistics, no person's row is used.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = [
    "COMPETENCIES",
    "OCCUPATIONS",
    "Recruitment",
    "explicit_words",
    "make_recruitment",
]

OCCUPATIONS = (
    "nurse",
    "surgeon",
    "physician",
    "journalist",
    "photographer",
    "filmmaker",
    "teacher",
    "professor",
    "attorney",
    "accountant",
)
# Sectors, their suitability for the job, and the places of their occupations.
_SECTORS = ((0.25, (3, 4, 5)), (0.5, (8, 9)), (0.75, (0, 1, 2)), (1.0, (6, 7)))

COMPETENCIES = {
    1: (
        "education",
        "experience",
        "recommendation",
        "availability",
        *(f"language_{number}" for number in range(1, 9)),
    ),
    2: (
        "education",
        "experience",
        "recommendation",
        "availability",
        "language_1",
        "language_2",
        "language_3",
    ),
}
"""Names of the competencies' columns in the two versions of the testbed."""

_EDUCATION = {
    1: (0.148, 0.404, 0.289, 0.118, 0.0165, 0.025),
    2: (2508, 6000, 6920, 3078, 694),
}
_EXPERIENCE = (359, 2624, 6093, 6439, 3148, 537)
_RECOMMENDED = {1: 0.148, 2: 1994 / 19200}
_AVAILABILITY = {
    1: (0.016, 0.029, 0.077, 0.229, 0.650),
    2: (318, 528, 1609, 4219, 12526),
}
_FIRST_LANGUAGE = (0.045, 0.391, 0.314, 0.250)
_OTHER_LANGUAGES = (0.787, 0.048, 0.036, 0.130)
_WEIGHTS = {
    1: (0.0890, 0.1175, 0.1185, 0.0297, *[0.0180] * 8),
    2: (0.22, 0.25, 0.08, 0.06, 0.06, 0.06, 0.06),
}
_INTERCEPT, _SUITABILITY, _NOISE = -0.135, 0.233, 0.012

# The biography: three words an occupation, four a gender that say it outright,
# five a gender that lean towards it, and twelve that say nothing.
_OCCUPATION_WORDS, _EXPLICIT, _LEANING, _FILLERS = 30, 8, 10, 12
_OWN_GENDER = 0.62
_FACE = 20
_FACE_BASIS_SEED = 20


@dataclass(frozen=True, slots=True)
class Recruitment:
    """Profiles and their scores; all tensors have n rows.

    Args:
        competencies: (n, 7) or, in version 1, (n, 12), as `COMPETENCIES` names.
        face: (n, 20) unit-norm embedding.
        face_second: (n, 20) another picture of the same person.
        text: (n, 60) word counts of the biography; (n, 0) in version 1.
        text_blind: the same without the words that say a gender outright.
        gender: (n,) 0 or 1; 1 is the group that the gender bias lowers.
        ethnicity: (n,) 0, 1, 2: the groups G1, G2, G3.
        occupation: (n,) place in `OCCUPATIONS`; -1 in version 1.
        suitability: (n,) in {.25, .5, .75, 1}; 0 in version 1.
        blind_score: (n,) merit.
        gender_score: (n,) merit, lowered for gender 1.
        ethnicity_score: (n,) merit, raised for G1 and lowered for G3.
    """

    competencies: Tensor
    face: Tensor
    face_second: Tensor
    text: Tensor
    text_blind: Tensor
    gender: Tensor
    ethnicity: Tensor
    occupation: Tensor
    suitability: Tensor
    blind_score: Tensor
    gender_score: Tensor
    ethnicity_score: Tensor

    def __len__(self) -> int:
        return len(self.gender)


def make_recruitment(n: int, seed: int, *, version: int = 2) -> Recruitment:
    r"""Draw profiles with independent competencies and balanced groups.

    Merit is linear in the competencies with Gaussian noise of .012.

    Version 2 (2023): $s=.233\,\mathrm{suit}+.22\,\mathrm{edu}+.25\,\mathrm{exp}
    +.08\,\mathrm{rec}+.06\,\mathrm{avail}+.06\sum_3\mathrm{lang}$, min-max to
    [0, 1]; biases multiply: gender 1 by .75; G1 by 1.25, G3 by .75, each with a
    deviation of .05.

    Version 1 (2020): $s=-.135+.0890\,\mathrm{edu}+.1175\,\mathrm{exp}
    +.1185\,\mathrm{rec}+.0297\,\mathrm{avail}+.0180\sum_8\mathrm{lang}$, cut to
    [0, 1]; biases add: gender 1 less $\mathcal N(.119,.018^2)$; G1 plus
    $|\mathcal N(.184,.074^2)|$, G3 less $|\mathcal N(.176,.070^2)|$, not below 0.

    A face is $\mathrm{unit}(.66q_0\pm.165q_1+.22(\cos\frac{2\pi e}3 q_2
    +\sin\frac{2\pi e}3 q_3)+.85\sqrt\lambda\odot z_{id}+.35\sqrt\lambda\odot z)$
    with fixed orthonormal $q$ and $\lambda$ geometric from .055 to .009: gender
    and ethnicity can be read from it, and a person recognised.

    Args:
        n: profiles, at least 12, so that each group occurs.
        seed: the same seed gives the same profiles.
        version: 1 or 2.

    Returns:
        The profiles.

    Raises:
        ValueError: n is below 12 or the version unknown.

    Source: marginals, weights and biases of version 1 from the released arrays
    of FairCVtest (2020), of version 2 from a published audit of FairCVdb (2023);
    version 2's jitter, faces, words and weights are ours.  The audit reads a slope
    of suitability of .233 from scores that are scaled already; here .233 enters
    before scaling, after which it is about .32, and the mean of the blind score is
    .47 where the audit found .4185.

    >>> batch = make_recruitment(24, seed=0)
    >>> batch.competencies.shape, batch.face.shape, batch.text.shape
    (torch.Size([24, 7]), torch.Size([24, 20]), torch.Size([24, 60]))
    """
    if n < 12:
        raise ValueError(f"n: got {n}; give at least 12 profiles")
    if version not in _EDUCATION:
        raise ValueError(f"version: got {version}; give 1 or 2")
    source = torch.Generator().manual_seed(seed)
    order = torch.randperm(n, generator=source)
    gender = (torch.arange(n) % 2)[order]
    ethnicity = (torch.arange(n) // 2 % 3)[order]
    occupation, suitability = _jobs(n, version, source)
    competencies = _competencies(n, version, source)
    blind = competencies @ torch.tensor(_WEIGHTS[version])
    blind = blind + _NOISE * torch.randn(n, generator=source)
    if version == 1:
        blind = (blind + _INTERCEPT).clamp(0, 1)
    else:
        blind = blind + _SUITABILITY * suitability
        blind = (blind - blind.min()) / (blind.max() - blind.min())
    biased = (_add_bias if version == 1 else _scale_by_bias)(
        blind, gender, ethnicity, source
    )
    person = torch.randn(n, _FACE, generator=source)
    face, again = (_face(gender, ethnicity, person, source) for _ in range(2))
    text = _biography(occupation, gender, source)
    blinded = text.clone()
    blinded[:, explicit_words()] = 0
    if version == 1:
        text, blinded = text[:, :0], blinded[:, :0]
    return Recruitment(
        competencies,
        face,
        again,
        text,
        blinded,
        gender,
        ethnicity,
        occupation,
        suitability,
        blind,
        *biased,
    )


def explicit_words() -> slice:
    """Columns of the biography whose words say a gender outright."""
    return slice(_OCCUPATION_WORDS, _OCCUPATION_WORDS + _EXPLICIT)


def _draw(weights: tuple[float, ...], n: int, source: torch.Generator) -> Tensor:
    return torch.multinomial(
        torch.tensor(weights, dtype=torch.float64),
        n,
        replacement=True,
        generator=source,
    )


def _jobs(n: int, version: int, source: torch.Generator) -> tuple[Tensor, Tensor]:
    if version == 1:
        return torch.full((n,), -1), torch.zeros(n)
    sector = torch.randint(len(_SECTORS), (n,), generator=source)
    places = torch.rand(n, generator=source)
    sizes = torch.tensor([len(jobs) for _, jobs in _SECTORS])[sector]
    width = max(len(jobs) for _, jobs in _SECTORS)
    table = torch.tensor([(jobs + jobs)[:width] for _, jobs in _SECTORS])
    occupation = table[sector, (places * sizes).long()]
    return occupation, torch.tensor([value for value, _ in _SECTORS])[sector]


def _competencies(n: int, version: int, source: torch.Generator) -> Tensor:
    recommended = torch.rand(n, generator=source) < _RECOMMENDED[version]
    available = _draw(_AVAILABILITY[version], n, source) + 1
    educated = _draw(_EDUCATION[version], n, source)
    if version == 1:
        experienced = (1.505 + 0.505 * torch.randn(n, generator=source)).clamp(0, 4)
        spoken = [_draw(_FIRST_LANGUAGE, n, source)]
        spoken += [_draw(_OTHER_LANGUAGES, n, source) for _ in range(7)]
        columns = [educated, experienced, recommended, available, *spoken]
    else:
        experienced = _draw(_EXPERIENCE, n, source) / 5
        spoken = [torch.randint(6, (n,), generator=source) / 5 for _ in range(3)]
        columns = [(educated + 1) / 5, experienced, recommended, available / 5, *spoken]
    return torch.stack([column.float() for column in columns], dim=1)


def _add_bias(
    blind: Tensor, gender: Tensor, ethnicity: Tensor, source: torch.Generator
) -> tuple[Tensor, Tensor]:
    n = len(blind)
    loss = 0.119 + 0.018 * torch.randn(n, generator=source)
    up = (0.184 + 0.074 * torch.randn(n, generator=source)).abs()
    down = (0.176 + 0.070 * torch.randn(n, generator=source)).abs()
    moved = blind + up * (ethnicity == 0) - down * (ethnicity == 2)
    return blind - loss * (gender == 1), moved.clamp(min=0)


def _scale_by_bias(
    blind: Tensor, gender: Tensor, ethnicity: Tensor, source: torch.Generator
) -> tuple[Tensor, Tensor]:
    jitter = 0.05 * torch.randn(2, len(blind), generator=source)
    by_gender = torch.where(gender == 1, 0.75 + jitter[0], 1.0)
    centre = torch.tensor([1.25, 1.0, 0.75])[ethnicity]
    by_ethnicity = centre + jitter[1] * (ethnicity != 1)
    return blind * by_gender, blind * by_ethnicity


def _face(
    gender: Tensor, ethnicity: Tensor, person: Tensor, source: torch.Generator
) -> Tensor:
    fixed = torch.Generator().manual_seed(_FACE_BASIS_SEED)
    basis = torch.linalg.qr(torch.randn(_FACE, _FACE, generator=fixed)).Q
    spread = torch.logspace(math.log10(0.055), math.log10(0.009), _FACE).sqrt()
    angle = 2 * math.pi * ethnicity[:, None] / 3
    mean = (
        0.66 * basis[0]
        + 0.165 * (1 - 2 * gender[:, None]) * basis[1]
        + 0.22 * (angle.cos() * basis[2] + angle.sin() * basis[3])
    )
    shot = torch.randn(person.shape, generator=source)
    face = mean + spread * (0.85 * person + 0.35 * shot)
    return face / face.norm(dim=1, keepdim=True)


def _biography(occupation: Tensor, gender: Tensor, source: torch.Generator) -> Tensor:
    """Six words of the occupation, three explicit, two leaning, eight fillers."""
    n = len(gender)

    def words(first: Tensor | int, kinds: int, count: int) -> Tensor:
        drawn = torch.randint(kinds, (n, count), generator=source)
        return drawn + (first[:, None] if isinstance(first, Tensor) else first)

    start = _OCCUPATION_WORDS
    explicit = words(start + gender * (_EXPLICIT // 2), _EXPLICIT // 2, 3)
    start += _EXPLICIT
    own = torch.rand(n, 2, generator=source) < _OWN_GENDER
    side = torch.where(own, gender[:, None], 1 - gender[:, None])
    leaning = words(start, _LEANING // 2, 2) + side * (_LEANING // 2)
    fillers = words(start + _LEANING, _FILLERS, 8)
    told = torch.cat(
        [words(3 * occupation.clamp(min=0), 3, 6), explicit, leaning, fillers], dim=1
    )
    counts = torch.zeros(n, start + _LEANING + _FILLERS)
    return counts.scatter_add_(1, told, torch.ones(told.shape))
