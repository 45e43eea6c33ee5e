"""What is learnt from: scans of digits, voiced tones, and acted speech.

Two questions are asked of each corpus: where do the *classes* stand, and can each
*factor* be read from a block of its own?  On embedded data digits answer the first and
tones the second; on speech both are asked of the same recordings.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from chapters.prototypes.emotions import Speech, mel_moments, speech, spoken_digits
from support.arrays import classes
from support.data.digits import digit_attributes
from support.data.tones import EMOTIONS, TONE_FACTORS, voiced_tones
from support.scalars import whole
from support.training import generator

__all__ = [
    "SIZES",
    "Data",
    "Part",
    "Task",
    "blocks",
    "digits",
    "hide",
    "load",
    "one_of",
    "speech_task",
    "tones",
]

#: Sounds for training, for testing, and independent ones to fit and to test probes.
SIZES = {"quick": (1500, 800, 1000, 1000), "full": (4000, 1500, 1500, 1500)}
_SAMPLES = {"quick": 2048, "full": 4096}
_LEVELS, _RATE, _RHO = 6, 8000, 0.7
_TEST_OF_A_CLASS, _TRAIN_OF_A_CLASS = 60, 100


@dataclass(frozen=True)
class Part:
    """Samples (n, d) float32, classes (n,) and levels (n, A) of factors, int64."""

    x: Tensor
    y: Tensor
    levels: Tensor

    def rows(self, which: Tensor) -> "Part":
        """Some of them."""
        return Part(self.x[which], self.y[which], self.levels[which])

    def to(self, device: torch.device | str) -> "Part":
        """On another device."""
        return Part(*(part.to(device) for part in (self.x, self.y, self.levels)))


@dataclass(frozen=True)
class Task:
    """A classification, and what is known of each sample beside its class.

    Attributes:
        name: digits, tones or speech.
        train: what is learnt from.
        test: what is judged on.
        classes: their names.
        factors: their names; none on digits.
        n_levels: of every factor.
        hidden: widths of the network's hidden layers.
        width: of the embedding, which factors share equally.
        probe_fit: where probes of factors are fitted; None takes ``train``.
        probe_test: where they are tested; on tones factors are independent there.
    """

    name: str
    train: Part
    test: Part
    classes: tuple[str, ...]
    factors: tuple[str, ...] = ()
    n_levels: int = 0
    hidden: tuple[int, ...] = (128,)
    width: int = 64
    probe_fit: Part | None = None
    probe_test: Part | None = None

    @property
    def probes(self) -> tuple[Part, Part]:
        """Where probes are fitted, and where they are tested."""
        return self.probe_fit or self.train, self.probe_test or self.test

    @property
    def block(self) -> int:
        """Width of a factor's block.

        Raises:
            ValueError: there are no factors, or their blocks cannot be equal.
        """
        if not self.factors or self.width % len(self.factors):
            raise ValueError(
                f"task: got {self.name}, {len(self.factors)} factors in {self.width} "
                "dimensions; give one whose factors share them equally"
            )
        return self.width // len(self.factors)

    def few(self, per_class: int | None) -> "Task":
        """The same with the first so many labels of each class alone; None: all.

        Raises:
            ValueError: the number is no integer of at least 1.
        """
        if per_class is not None:
            per_class = whole("per_class", per_class)
        kept = torch.cat(
            [
                (self.train.y == k).nonzero()[:per_class, 0]
                for k in range(len(self.classes))
            ]
        )
        return replace(self, train=self.train.rows(kept.sort().values))

    def to(self, device: torch.device | str) -> "Task":
        """On another device."""
        moved = {
            name: part.to(device)
            for name in ("train", "test", "probe_fit", "probe_test")
            if (part := getattr(self, name)) is not None
        }
        return replace(self, **moved)


@dataclass(frozen=True)
class Data:
    """Both questions, and what can be looked at and listened to.

    Attributes:
        separation: the task where classes get prototypes.
        factors: the task where factors get them; on speech the same.
        raised: features (m, d) of tones before and after the pitch was raised by one
            level, and the level before; None on speech.
        waves: some sounds to listen to, by what is heard.
        rate: of these, in samples a second.
        speech: of acted speech what was measured of each recording, else None.
    """

    separation: Task
    factors: Task
    raised: tuple[Tensor, Tensor, Tensor] | None
    waves: Mapping[str, Tensor]
    rate: int
    speech: Speech | None = None


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Load a corpus; the seed draws what is made, and the split.

    Args:
        dataset: ``embedded`` (scikit-learn's digits, and tones made here) or
            ``ravdess`` (acted speech) or ``fsdd`` (spoken digits).
        profile: ``quick`` or ``full``; ``full`` has more and longer tones.
        seed: of tones, noise and split.
        device: where the tensors go.

    Raises:
        ValueError: an unknown data set or profile.
        DataError: the corpus is not to be had.

    >>> load("embedded", "quick", 0).separation.train.x.shape
    torch.Size([1000, 64])
    """
    one_of("dataset", dataset, ("embedded", "ravdess", "fsdd"))
    one_of("profile", profile, SIZES)
    if dataset != "embedded":
        spoken = speech(seed) if dataset == "ravdess" else spoken_digits(seed)
        task = speech_task(spoken, seed).to(device)
        return Data(task, task, None, spoken.waves, spoken.rate, spoken)
    made, raised, waves = tones(seed, profile)
    return Data(
        digits(seed).to(device),
        made.to(device),
        (raised[0].to(device), raised[1].to(device), raised[2].to(device)),
        waves,
        _RATE,
    )


def one_of(name: str, given: str, known: Iterable[str]) -> None:
    """Refuse a word that is not known.

    Raises:
        ValueError: it is another.
    """
    if given not in (words := list(known)):
        raise ValueError(f"{name}: got {given!r}; give one of {', '.join(words)}")


def digits(seed: int) -> Task:
    """Scans of ten digits: 100 of each to learn from and 60 of each to be judged on."""
    scans = digit_attributes()
    order = torch.randperm(len(scans.y), generator=generator(seed, "split"))
    parts: tuple[list[Tensor], list[Tensor]] = ([], [])
    for digit in range(10):
        own = order[scans.y[order] == digit]
        cut = _TEST_OF_A_CLASS
        parts[0].append(own[cut : cut + _TRAIN_OF_A_CLASS])
        parts[1].append(own[:cut])
    train, test = (
        Part(scans.x[rows], scans.y[rows], torch.empty(len(rows), 0).long())
        for rows in map(torch.cat, parts)
    )
    return Task("digits", train, test, tuple(map(str, range(10))))


def tones(
    seed: int, profile: str = "quick"
) -> tuple[Task, tuple[Tensor, Tensor, Tensor], Mapping[str, Tensor]]:
    """Voiced tones: the task, pairs with a raised pitch, and some to listen to.

    Raises:
        ValueError: an unknown profile.
    """
    one_of("profile", profile, SIZES)
    sizes, samples = SIZES[profile], _SAMPLES[profile]
    parts, scale = [], None
    for name, size, rho in zip(
        ("train", "test", "probe fit", "probe test"),
        sizes,
        (_RHO, _RHO, 0, 0),
        strict=True,
    ):
        drawn = voiced_tones(size, rho, generator(seed, name), samples=samples)
        features = _features(drawn.waves)
        if scale is None:
            scale = features.mean(0), features.std(0)
        levels = _levels(drawn.values)
        parts.append(Part((features - scale[0]) / scale[1], drawn.emotion, levels))
    # The last sounds once more, from the same random numbers, a level higher.
    can_rise = levels[:, 0] < _LEVELS - 1
    higher = (drawn.values[:, 0] + 1 / _LEVELS).clamp(max=1)
    lifted = voiced_tones(
        sizes[-1], 0, generator(seed, name), {"pitch": higher}, samples=samples
    )
    assert scale is not None
    after = (_features(lifted.waves[can_rise]) - scale[0]) / scale[1]
    raised = parts[-1].x[can_rise], after, levels[can_rise, 0]
    middle = int((levels[:, :2] - 2).abs().sum(1).argmin())
    waves = {"a tone": drawn.waves[middle], "a level higher": lifted.waves[middle]}
    task = Task(
        "tones",
        parts[0],
        parts[1],
        EMOTIONS,
        TONE_FACTORS,
        _LEVELS,
        (128, 128),
        48,
        parts[2],
        parts[3],
    )
    return task, raised, waves


def hide(task: Task, unseen: tuple[int, ...]) -> tuple[Task, Tensor]:
    """Leave classes out: the task of the others, and test samples of those left out.

    Args:
        task: whose classes are numbered.
        unseen: numbers of the classes to be left out, so that two remain or more.

    Returns:
        The task with the other classes numbered anew, and (m, d) unseen samples.

    Raises:
        ValueError: there is no such class, none is left out, or fewer than two remain.
    """
    gone = set(classes("unseen", unseen, len(task.classes)).flatten().tolist())
    known = [k for k in range(len(task.classes)) if k not in gone]
    if not gone or len(known) < 2:
        raise ValueError(
            f"unseen: got {len(gone)} of {len(task.classes)} classes; leave out one or "
            "more, and keep two"
        )
    anew = torch.full((len(task.classes),), -1).to(task.train.y)
    anew[known] = torch.arange(len(known)).to(anew)
    kept = [
        replace(part.rows(anew[part.y] >= 0), y=anew[part.y][anew[part.y] >= 0])
        for part in (task.train, task.test)
    ]
    names = tuple(task.classes[k] for k in known)
    rest = replace(task, train=kept[0], test=kept[1], classes=names)
    return rest, task.test.x[anew[task.test.y] < 0]


def speech_task(spoken: Speech, seed: int) -> Task:
    """Acted speech as a task: classes are emotions, factors are what was measured.

    Training recordings are shuffled, so that the first few are of many actors.
    """
    train, test = (rows.nonzero()[:, 0] for rows in (~spoken.is_test, spoken.is_test))
    train = train[torch.randperm(len(train), generator=generator(seed, "order"))]
    parts = [
        Part(spoken.features[rows], spoken.emotion[rows], spoken.levels[rows])
        for rows in (train, test)
    ]
    return Task(
        "speech",
        train=parts[0],
        test=parts[1],
        classes=spoken.classes,
        factors=spoken.factors,
        n_levels=spoken.n_levels,
        hidden=(64, 64),
        width=24,
    )


def _features(waves: Tensor) -> Tensor:
    return mel_moments(waves, rate=_RATE, bands=32, win=256, hop=128)


def _levels(values: Tensor) -> Tensor:
    return (values * _LEVELS).long().clamp(max=_LEVELS - 1)


def blocks(z: Tensor, count: int) -> Sequence[Tensor]:
    """(..., k) -> ``count`` parts (..., k / count), one a factor.

    Raises:
        ValueError: the parts cannot be equal.
    """
    if z.shape[-1] % whole("count", count):
        raise ValueError(
            f"count: got {count} for {z.shape[-1]} dimensions; give a divisor"
        )
    return z.split(z.shape[-1] // count, -1)
