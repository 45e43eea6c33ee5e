"""Batches in which speakers and phrases meet: what losses over pairs need."""

from collections.abc import Iterator

import torch
from torch import Tensor

__all__ = ["IdentityBatches"]


class IdentityBatches:
    """Endless batches of a few phrases, each said by a few speakers, a few times.

    An identity is a speaker with a phrase.  Every batch draws phrases, speakers
    and, for each identity, sessions, all without repetition, so that some negative
    pairs share the phrase and some do not.

    Args:
        speaker: (n,) integers of the utterances.
        session: (n,) integers.
        phrase: (n,) integers.
        n_phrases: in a batch.
        n_speakers: in a batch.
        n_sessions: utterances of each identity in a batch.
        generator: of all draws.

    Raises:
        ValueError: lengths differ, there are too few speakers or phrases, an
            identity has too few sessions or says its phrase twice in one, or a
            batch would have no positive or no negative pair.

    >>> three = torch.cartesian_prod(*[torch.arange(2)] * 3).T
    >>> batches = IdentityBatches(*three, n_phrases=1, n_speakers=2, n_sessions=2,
    ...                           generator=torch.Generator().manual_seed(0))
    >>> next(iter(batches)).shape
    torch.Size([4])
    """

    def __init__(
        self,
        speaker: Tensor,
        session: Tensor,
        phrase: Tensor,
        *,
        n_phrases: int = 2,
        n_speakers: int = 16,
        n_sessions: int = 4,
        generator: torch.Generator,
    ) -> None:
        if not speaker.shape == session.shape == phrase.shape or speaker.ndim != 1:
            raise ValueError(
                f"speaker, session, phrase: got shapes {tuple(speaker.shape)}, "
                f"{tuple(session.shape)}, {tuple(phrase.shape)}; give (n,) each"
            )
        kinds = [
            column.unique(return_inverse=True) for column in (speaker, phrase, session)
        ]
        for name, (values, _), wanted in zip(
            ("speakers", "phrases", "sessions"),
            kinds,
            (n_speakers, n_phrases, n_sessions),
            strict=True,
        ):
            if not 1 <= wanted <= len(values):
                raise ValueError(
                    f"n_{name}: got {wanted}; give 1 to {len(values)}, the {name} "
                    "there are"
                )
        if n_sessions < 2 or n_phrases * n_speakers < 2:
            raise ValueError(
                f"n_phrases, n_speakers, n_sessions: got {n_phrases}, {n_speakers}, "
                f"{n_sessions}; give two sessions or more of two identities or more: "
                "a batch needs positive and negative pairs"
            )
        self._sizes = n_phrases, n_speakers, n_sessions
        self._generator = generator
        shape = tuple(len(values) for values, _ in kinds)
        who, what, when = (column for _, column in kinds)
        flat = (who * shape[1] + what) * shape[2] + when
        if len(flat.unique()) < len(flat):
            raise ValueError(
                "session: a speaker says a phrase twice in one session; number the "
                "utterances as sessions of their own, or leave one out"
            )
        table = torch.full((torch.Size(shape).numel(),), -1)
        table[flat] = torch.arange(len(flat))
        self._table = table.reshape(shape)
        said = (self._table >= 0).sum(2)
        if (said < n_sessions).any():
            row, column = (said < n_sessions).nonzero()[0].tolist()
            raise ValueError(
                f"n_sessions: got {n_sessions}; speaker {int(kinds[0][0][row])} says "
                f"phrase {int(kinds[1][0][column])} in {int(said[row, column])}"
            )

    def __iter__(self) -> Iterator[Tensor]:
        """Give indices of utterances, (n_phrases n_speakers n_sessions,), for ever."""
        n_phrases, n_speakers, n_sessions = self._sizes
        speakers, phrases, sessions = self._table.shape
        while True:
            who = torch.randperm(speakers, generator=self._generator)[:n_speakers]
            what = torch.randperm(phrases, generator=self._generator)[:n_phrases]
            some = self._table[who][:, what].reshape(-1, sessions)
            keys = torch.rand(some.shape, generator=self._generator)
            keys = keys.masked_fill(some < 0, -1)
            yield some.gather(1, keys.topk(n_sessions).indices).reshape(-1)
