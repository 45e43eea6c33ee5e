"""Lists of claims about who speaks and what is said: the four kinds of trial."""

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import torch
from torch import Tensor

from support.data.errors import DataError

__all__ = ["TrialKind", "Trials", "check_disjoint", "load_trials", "trial_list"]


class TrialKind(IntEnum):
    """Who speaks, and whether it is the phrase that was claimed."""

    TC = 0
    """target, correct: the only claim that is true"""
    TW = 1
    """target, wrong phrase"""
    IC = 2
    """impostor, correct phrase"""
    IW = 3
    """impostor, wrong phrase"""


@dataclass(frozen=True)
class Trials:
    """Claims, each of a model (a speaker and a phrase, enrolled) and a test.

    Args:
        model: (M, k) utterances that each model was enrolled with.
        model_speaker: (M,) its speaker.
        model_phrase: (M,) its phrase.
        test: (n,) the utterance of each trial.
        model_index: (n,) the model that it claims to be.
        kind: (n,) values of `TrialKind`.
        anagram: (n,) bool, wrong phrases of the right speaker that are the claimed
            phrase in another order.
    """

    model: Tensor
    model_speaker: Tensor
    model_phrase: Tensor
    test: Tensor
    model_index: Tensor
    kind: Tensor
    anagram: Tensor

    def __len__(self) -> int:
        return len(self.test)

    def counts(self) -> dict[str, int]:
        """How many trials there are of each kind, by name."""
        found = torch.bincount(self.kind, minlength=len(TrialKind)).tolist()
        return dict(zip(TrialKind.__members__, found, strict=True))

    def save(self, path: Path | str, digest: str) -> None:
        """Write the list as text: what was enrolled, then a line a trial.

        Args:
            path: of the file; it takes its place when it is complete.
            digest: of the corpus, so that nobody scores another one by it.
        """
        models = zip(
            self.model_speaker.tolist(),
            self.model_phrase.tolist(),
            self.model.tolist(),
            strict=True,
        )
        names = list(TrialKind.__members__)
        lines = [f"# corpus {digest}", "# model speaker phrase utterances"]
        lines += [
            f"m {row} {who} {what} {' '.join(map(str, used))}"
            for row, (who, what, used) in enumerate(models)
        ]
        lines.append("# model test kind")
        trials = zip(
            self.model_index.tolist(),
            self.test.tolist(),
            self.kind.tolist(),
            self.anagram.tolist(),
            strict=True,
        )
        lines += [
            f"{row} {test} {names[kind]}{'a' if same else ''}"
            for row, test, kind, same in trials
        ]
        path = Path(path)
        part = path.with_name(path.name + ".part")
        part.write_text("\n".join(lines) + "\n", encoding="utf-8")
        part.replace(path)


def load_trials(path: Path | str, digest: str) -> Trials:
    """Read a list that `Trials.save` wrote.

    Args:
        path: of the file.
        digest: that the corpus must have.

    Raises:
        DataError: there is no such file, it was made for another corpus, or a line
            cannot be read; the message says which.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(
            f"{path.name}: {error.strerror}; give a list of trials"
        ) from None
    head = lines[0].split() if lines else []
    if head[:2] != ["#", "corpus"]:
        raise DataError(f"{path.name}: its first line names no corpus; write it anew")
    if head[2:] != [digest]:
        raise DataError(
            f"{path.name}: made for the corpus {' '.join(head[2:])}; this one is "
            f"{digest}"
        )
    models: list[list[int]] = []
    trials: list[tuple[int, int, int, bool]] = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            if line.startswith("m "):
                models.append(_model(line, models))
            elif not line.startswith("#"):
                model, test, kind = line.split()
                same = kind == "TWa"
                trial = (int(model), int(test), TrialKind["TW" if same else kind], same)
                if not 0 <= trial[0] < len(models) or trial[1] < 0:
                    raise ValueError
                trials.append(trial)
        except (ValueError, KeyError):
            raise DataError(
                f"{path.name}: line {number}, {line[:60]!r}, is no model and no trial "
                f"of the {len(models)} models above it; a model is 'm row speaker "
                "phrase utterances', in the order of rows, a trial 'row test kind'"
            ) from None
    if not models or not trials:
        raise DataError(f"{path.name}: it holds no trial")
    rows = torch.tensor(models)
    index, tests, kinds, anagram = zip(*trials, strict=True)
    return Trials(
        rows[:, 2:],
        rows[:, 0],
        rows[:, 1],
        torch.tensor(tests),
        torch.tensor(index),
        torch.tensor(kinds),
        torch.tensor(anagram),
    )


def _model(line: str, before: list[list[int]]) -> list[int]:
    """Speaker, phrase and utterances of one line; ValueError where it is none."""
    row, *words = (int(word) for word in line.split()[1:])
    wrong = before and len(words) != len(before[0])
    if row != len(before) or len(words) < 3 or min(words) < 0 or wrong:
        raise ValueError
    return words


def trial_list(
    speaker: Tensor,
    session: Tensor,
    phrase: Tensor,
    *,
    sex: Tensor | None = None,
    partner: Tensor | None = None,
    enrol_sessions: tuple[int, ...] = (0, 3, 6),
    same_sex: bool = True,
    max_per_type: int | None = None,
    generator: torch.Generator | None = None,
) -> Trials:
    """Claim every model's identity with every test of another session.

    A model is a speaker with a phrase, enrolled with one utterance of each of the
    enrolment sessions; all other sessions are tests.

    Args:
        speaker: (N,) integers of the utterances, evaluation speakers alone.
        session: (N,) integers.
        phrase: (N,) integers.
        sex: (S,) by speaker; None where it is not known, then all are taken as one.
        partner: (P,) the anagram of each phrase; None where there is none.
        enrol_sessions: k sessions.
        same_sex: leave out impostors of another sex.
        max_per_type: keep at most so many trials of each kind, drawn at random.
        generator: of that draw; needed for it.

    Returns:
        See `Trials`; utterances are counted as in the inputs.

    Raises:
        ValueError: lengths differ, there is no utterance, a speaker or phrase is
            negative or missing in ``sex`` or ``partner``, an identity lacks an
            enrolment, no session is left for tests, or a draw has no generator or
            keeps nothing.

    >>> who, day, what = torch.cartesian_prod(*[torch.arange(k) for k in (2, 4, 2)]).T
    >>> trial_list(who, day, what, enrol_sessions=(0, 1, 2)).counts()
    {'TC': 4, 'TW': 4, 'IC': 4, 'IW': 4}
    """
    _check(speaker, session, phrase, enrol_sessions)
    for name, given, of in (("sex", sex, speaker), ("partner", partner, phrase)):
        if given is not None and len(given) <= int(of.max()):
            raise ValueError(
                f"{name}: got {len(given)} values; the utterances count up to "
                f"{int(of.max())}, so give {int(of.max()) + 1}"
            )
    if max_per_type is not None and max_per_type < 1:
        raise ValueError(f"max_per_type: got {max_per_type}; give at least 1, or None")
    if max_per_type is not None and generator is None:
        raise ValueError("generator: give one; max_per_type draws trials at random")
    device = speaker.device
    enrols = torch.tensor(sorted(enrol_sessions), device=device)
    enrolled = torch.isin(session, enrols)
    phrases = int(phrase.max()) + 1
    identity = speaker * phrases + phrase
    used = enrolled.nonzero()[:, 0]
    # By identity, then session: k rows in turn make a model.
    used = used[(identity[used] * (int(session.max()) + 1) + session[used]).argsort()]
    each, counts = identity[used].unique(return_counts=True)
    missing = torch.isin(identity, each, invert=True)
    if missing.any() or (counts != len(enrols)).any():
        short = identity[missing][:1] if missing.any() else each[counts != len(enrols)]
        row, column = divmod(int(short[0]), phrases)
        raise ValueError(
            f"enrol_sessions: speaker {row} does not say phrase {column} exactly once "
            f"in each of {enrols.tolist()}"
        )
    model = used.reshape(-1, len(enrols))
    model_speaker, model_phrase = each // phrases, each % phrases
    tests = (~enrolled).nonzero()[:, 0]
    if not len(tests):
        raise ValueError("enrol_sessions: no other session is left for tests")
    target = model_speaker[:, None] == speaker[tests]
    correct = model_phrase[:, None] == phrase[tests]
    kind = 2 * (~target).long() + (~correct).long()
    kept = torch.ones_like(target)
    if sex is not None and same_sex:
        sex = sex.to(device)
        kept = sex[model_speaker][:, None] == sex[speaker[tests]]
    if max_per_type is not None:
        kept = _thinned(kept, kind, max_per_type, generator)
    index, place = kept.nonzero().T
    anagram = torch.zeros_like(target)
    if partner is not None:
        same = partner.to(device)[model_phrase][:, None] == phrase[tests]
        anagram = target & same & ~correct
    return Trials(
        model,
        model_speaker,
        model_phrase,
        tests[place],
        index,
        kind[index, place],
        anagram[index, place],
    )


def check_disjoint(training: Tensor, testing: Tensor) -> None:
    """Refuse speakers who are both learned from and tested.

    Args:
        training: integers, the speakers behind models, features and thresholds.
        testing: integers, the speakers of the trials.

    Raises:
        ValueError: they share a speaker; the message names some.

    >>> check_disjoint(torch.tensor([0, 1]), torch.tensor([2]))
    """
    both = testing[torch.isin(testing, training.to(testing.device))].unique()
    if len(both):
        raise ValueError(
            f"speakers: {len(both)} are both learned from and tested, such as "
            f"{both[:5].tolist()}; error rates would be too good, so split them"
        )


def _thinned(
    kept: Tensor, kind: Tensor, most: int, generator: torch.Generator | None
) -> Tensor:
    """Keep at most so many of each kind."""
    left = torch.zeros_like(kept)
    for value in TrialKind:
        found = (kept & (kind == value)).flatten().nonzero()[:, 0]
        order = torch.randperm(len(found), generator=generator)[:most]
        left.view(-1)[found[order.to(found.device)]] = True
    return left


def _check(
    speaker: Tensor, session: Tensor, phrase: Tensor, enrol: tuple[int, ...]
) -> None:
    if not speaker.shape == session.shape == phrase.shape or speaker.ndim != 1:
        raise ValueError(
            f"speaker, session, phrase: got shapes {tuple(speaker.shape)}, "
            f"{tuple(session.shape)}, {tuple(phrase.shape)}; give (N,) each"
        )
    if not len(speaker):
        raise ValueError("speaker: no utterance; give those of the evaluation speakers")
    if min(int(part.min()) for part in (speaker, session, phrase)) < 0:
        raise ValueError("speaker, session, phrase: got a negative one; count from 0")
    if not enrol or len(set(enrol)) < len(enrol):
        raise ValueError(f"enrol_sessions: got {enrol}; give different sessions")
