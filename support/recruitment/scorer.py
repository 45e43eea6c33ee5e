"""Train a scorer of applications on chosen inputs, and ask it for scores."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import l1_loss, mse_loss, one_hot

from support.data.recruitment import Recruitment
from support.models.fusion import FusionRegressor
from support.training import Recipe, generator, predict, seeded_init

__all__ = [
    "TARGETS",
    "TESTBED",
    "Scorer",
    "Sees",
    "score_profiles",
    "train_scorer",
    "word_order",
]

TARGETS = {
    "blind": "blind_score",
    "gender": "gender_score",
    "ethnicity": "ethnicity_score",
}
"""What a scorer may be trained on, and the field of the applications that holds it."""

TESTBED = Recipe(epochs=16, batch_size=128, rate=1e-3)
"""The testbed's: Adam; the last weights are kept.

Source: FairCVtest's released script (2023): rate, batch, 16 epochs.
"""

_WIDEST = 4096
_LOSSES = {"absolute": l1_loss, "squared": mse_loss}


class Sees(NamedTuple):
    """Which parts of an application a scorer sees beside the competencies.

    Args:
        face: the embedding.
        text: ``""``, ``"plain"`` or ``"blind"``.
        demographics: gender and ethnicity themselves, as columns.
    """

    face: bool = True
    text: str = "plain"
    demographics: bool = False


@dataclass(frozen=True)
class Scorer:
    """A trained network with what it sees; call it with applications.

    Args:
        model: the network, in evaluation mode.
        sees: its inputs.
        reader: ``"bag"`` or ``"bilstm"``.
        history: epoch means of the loss.
    """

    model: FusionRegressor
    sees: Sees
    reader: str
    history: list[float]

    def __call__(self, data: Recruitment) -> Tensor:
        """Scores in (0, 1), (n,), on the device of the applications."""
        return self.both(data)[0]

    def hidden(self, data: Recruitment) -> Tensor:
        """The 40 numbers that the score is computed from, (n, 40)."""
        return self.both(data)[1]

    def both(self, data: Recruitment) -> tuple[Tensor, Tensor]:
        """Scores (n,) and hidden layer (n, 40)."""
        inputs = _inputs(data, self.sees, self.reader)
        return predict(self.model, *inputs, batch_size=_WIDEST)


def train_scorer(
    data: Recruitment,
    target: str,
    sees: Sees = Sees(),  # noqa: B008 - a constant tuple
    recipe: Recipe = TESTBED,
    *,
    seed: int,
    reader: str = "bag",
    loss: str = "absolute",
    device: str | torch.device = "cpu",
    label: str = "",
    checkpoint: str | Path | None = None,
) -> Scorer:
    """Train the testbed's network, with its recipe and its mean absolute error.

    Occupation and suitability are withheld, as in the testbed: what the job asks
    for can only be read from the biography.

    Args:
        data: the applications; with ``dataclasses.replace(data, face=...)`` a
            scorer is given other faces.
        target: one of `TARGETS`.
        sees: the inputs beside the competencies.
        recipe: how.
        seed: of initial weights, batches and dropout.
        reader: ``"bag"`` reads word counts, ``"bilstm"`` the words in turn.
        loss: ``"absolute"`` error, as in the testbed, or ``"squared"``.
        device: where the network lives.
        label: the progress bar's name.
        checkpoint: a file to resume from.

    Returns:
        The scorer.

    Raises:
        ValueError: the target, loss or kind of text is unknown, or a text is asked
            for that the applications do not have.

    >>> from support.data.recruitment import make_recruitment
    >>> scorer = train_scorer(make_recruitment(24, 0), "blind", seed=0)
    >>> scorer(make_recruitment(12, 1)).shape
    torch.Size([12])
    """
    if target not in TARGETS:
        raise ValueError(f"target: got {target!r}; give one of {', '.join(TARGETS)}")
    if loss not in _LOSSES:
        raise ValueError(f"loss: got {loss!r}; give one of {', '.join(_LOSSES)}")
    inputs = _inputs(data, sees, reader)
    vocabulary = 0
    if len(inputs) == 2:
        vocabulary = data.text.shape[1] + (1 if reader == "bilstm" else 0)
    with seeded_init(seed, "initialisation"):
        model = FusionRegressor(inputs[0].shape[1], vocabulary, text=reader)
    model = model.to(device)

    def step(score: Tensor, *read: Tensor) -> Tensor:
        return _LOSSES[loss](model(*read)[0], score)

    history = recipe.fit(
        step,
        model,
        (getattr(data, TARGETS[target]), *inputs),
        generator=generator(seed, "batches"),
        label=label,
        checkpoint=checkpoint,
    )
    return Scorer(model, sees, reader, history["loss"])


def score_profiles(
    scorer: Scorer,
    data: Recruitment,
    competencies: Tensor,
    *,
    gender: Tensor | None = None,
    ethnicity: Tensor | None = None,
) -> Tensor:
    """Score profiles of which only competencies and groups are given.

    Face and text enter as their mean over the applications of the same gender and
    ethnicity, the face scaled to unit length; over all of one gender where no
    ethnicity is given, and so on.  What the scorer does not see stays out.

    Args:
        scorer: reads a bag of words, or no text.
        data: applications to take the means from, such as the training ones.
        competencies: (m, d) with the columns of ``data.competencies``.
        gender: (m,) 0 or 1.
        ethnicity: (m,) 0, 1 or 2.

    Returns:
        (m,) scores in (0, 1); the same profile always gets the same one.

    Raises:
        ValueError: the shapes differ, a group has no application, the scorer reads
            words in turn, which have no mean, or it sees groups that are not given.

    >>> from support.data.recruitment import make_recruitment
    >>> data = make_recruitment(24, 0)
    >>> scorer = train_scorer(data, "gender", seed=0)
    >>> grid, gender = torch.zeros(2, 7), torch.tensor([0, 1])
    >>> score_profiles(scorer, data, grid, gender=gender).shape
    torch.Size([2])
    """
    count = len(competencies)
    if competencies.ndim != 2 or competencies.shape[1] != data.competencies.shape[1]:
        raise ValueError(
            f"competencies: got shape {tuple(competencies.shape)}; give "
            f"(m, {data.competencies.shape[1]}), the columns of the applications"
        )
    if scorer.reader == "bilstm" and scorer.sees.text:
        raise ValueError("scorer: it reads words in turn, which have no mean")
    if scorer.sees.demographics and (gender is None or ethnicity is None):
        raise ValueError("gender, ethnicity: the scorer sees them; give both")
    own, asked = torch.zeros_like(data.gender), torch.zeros(count, dtype=torch.int64)
    for name, given, held, values in (
        ("gender", gender, data.gender, 2),
        ("ethnicity", ethnicity, data.ethnicity, 3),
    ):
        if given is None:
            continue
        if given.shape != (count,) or given.is_floating_point():
            raise ValueError(
                f"{name}: got {given.dtype} of shape {tuple(given.shape)}; give "
                f"({count},) integers"
            )
        if count and not 0 <= int(given.min()) <= int(given.max()) < values:
            raise ValueError(f"{name}: give integers from 0 to {values - 1}")
        own = own * values + held
        asked = asked * values + given.to(asked)
    member = (own[None] == asked.unique()[:, None].to(own)).to(data.face)
    sizes = member.sum(1)
    if not sizes.all():
        raise ValueError("gender, ethnicity: a group asked for has no application")
    place = torch.searchsorted(asked.unique(), asked)

    def mean(values: Tensor) -> Tensor:
        return (member @ values / sizes[:, None])[place]

    face = torch.nn.functional.normalize(mean(data.face), dim=1)
    blank = torch.zeros(count, dtype=torch.int64)
    profiles = Recruitment(
        competencies.to(data.competencies),
        face,
        face,
        mean(data.text),
        mean(data.text_blind),
        blank if gender is None else gender,
        blank if ethnicity is None else ethnicity,
        blank - 1,
        *[face.new_zeros(count)] * 4,
    )
    return scorer(profiles)


def word_order(counts: Tensor, seed: int) -> Tensor:
    """Turn word counts into sentences: the words in a random order.

    Args:
        counts: (n, V) whole numbers of at least 0.
        seed: of the order.

    Returns:
        (n, T) word numbers 1..V, T the longest; 0 is padding, at the end.

    >>> word_order(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), seed=0)
    tensor([[1, 1],
            [2, 0]])
    """
    amounts = counts.long()
    rows, words = amounts.nonzero(as_tuple=True)
    times = amounts[rows, words]
    rows, words = rows.repeat_interleave(times), words.repeat_interleave(times)
    shuffled = torch.randperm(
        len(rows), generator=torch.Generator().manual_seed(seed)
    ).to(rows.device)
    rows, words = rows[shuffled], words[shuffled]
    ordered = rows.argsort(stable=True)
    rows, words = rows[ordered], words[ordered]
    lengths = amounts.sum(1)
    first = lengths.cumsum(0) - lengths
    place = torch.arange(len(rows), device=rows.device) - first[rows]
    longest = int(lengths.max()) if len(counts) else 0
    sentences = torch.zeros(len(counts), longest, dtype=torch.int64, device=rows.device)
    sentences[rows, place] = words + 1
    return sentences


def _inputs(data: Recruitment, sees: Sees, reader: str) -> tuple[Tensor, ...]:
    """Numbers (n, d), and text (n, V) or (n, T) where it is seen."""
    if sees.text not in ("", "plain", "blind"):
        raise ValueError(f"text: got {sees.text!r}; give '', 'plain' or 'blind'")
    parts = [data.competencies]
    if sees.face:
        parts.append(data.face)
    if sees.demographics:
        parts += [one_hot(data.gender, 2), one_hot(data.ethnicity, 3)]
    structured = torch.cat([part.to(data.competencies) for part in parts], dim=1)
    if not sees.text:
        return (structured,)
    if not data.text.shape[1]:
        raise ValueError("text: these applications have none; give text=''")
    text = data.text if sees.text == "plain" else data.text_blind
    return structured, text if reader == "bag" else word_order(text, seed=0)
