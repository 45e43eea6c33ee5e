"""Speech as it was spoken and as it is heard: drawn tails, shoeboxes, measured rooms.

Networks learn from drawn tails alone; shoeboxes and measured rooms are for testing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from chapters.dereverberation.spectra import LogSpectra
from support.data.audio import load_librispeech
from support.data.rooms import measured_rooms, polack_rooms, shoebox_room
from support.data.sources import source_pool
from support.signal.rooms import convolve
from support.training import generator

__all__ = ["DRY", "RATES", "SIZES", "Clips", "Data", "in_rooms", "load"]

RATES = {"quick": 8000, "full": 16000}
SECONDS = 2.0
LEVEL = 0.1  # root mean square of what is heard; log(|Y| + ε) knows no other
T60, DRR = (0.1, 1.0), (-3.0, 5.0)  # of training rooms: seconds, decibels
#: Reverberant and dry pairs for training, clips for choosing, clips of a kind of room.
SIZES = {
    ("embedded", "quick"): (160, 32, 12, 8),
    ("embedded", "full"): (2000, 400, 12, 32),
    ("librispeech", "quick"): (160, 32, 12, 10),
    ("librispeech", "full"): (2000, 400, 12, 20),
}
DRY = "dry"
TIMES = (0.3, 0.6, 0.9)  # seconds, of drawn tails and of shoeboxes
BOXES = {"small": (4.2, 3.4, 2.6), "large": (9.0, 7.0, 3.6)}  # metres
DISTANCES = {"near": 0.5, "far": 2.0}  # metres, as in the REVERB challenge
#: One measured response a place, by reverberation time.
MEASURED = {
    "short": (
        "DomesticLivingRoom_mono",
        "Genesis6StudioLiveRoom_ch0",
        "SurreyRoomA_az000_leftEar",
    ),
    "medium": ("RymerAuditorium_ch0", "Basement_L", "SeminarRoomClap_mono"),
    "long": (
        "PurnodesRailroadTunnel_L",
        "StMargaretsChurch_ch0",
        "SaintLawrenceChurchMolenbeekWersbeekBelgium_L",
        "EmptyApartmentBedroom_L",
        "JackLyonsHall_ch0",
    ),
}
SMALL = ("small room", "studio", "office")
OFFICE = "SurreyRoomA"


@dataclass(frozen=True)
class Clips:
    """The same clips dry and in a kind of room.

    Attributes:
        wet: (n, N), of root mean square 0.1.
        dry: (n, N), multiplied as `wet` was, in time with its direct sound.
        groups: what is said of each clip's room, ``small, near`` or ``large``.
        rooms: (n, L) responses; of dry speech a single 1.
    """

    wet: Tensor
    dry: Tensor
    groups: tuple[str, ...]
    rooms: Tensor


@dataclass(frozen=True)
class Data:
    """Pairs to learn from, clips to choose by, and clips of each kind of room.

    Attributes:
        train: pairs to learn from, the dry ones last.
        valid: clips in drawn tails, for choosing what has to be chosen.
        tests: kind of room to clips, dry speech first.
        name: of the data set.
        rate: samples a second.
        judged: the kinds of rooms over which the claims take the mean.
        mild: the kind in which harm is likeliest.
        far: kinds of another family than the training's, over which claims take the
            mean.
        times: kinds by reverberation time, in the order of it.
        far_times: the same of another family.
        grouped: kinds whose clips are grouped by size and distance.
    """

    train: Clips
    valid: Clips
    tests: Mapping[str, Clips]
    name: str
    rate: int
    judged: tuple[str, ...]
    mild: str
    far: tuple[str, ...]
    times: tuple[str, ...]
    far_times: tuple[str, ...]
    grouped: tuple[str, ...]

    @cached_property
    def spectra(self) -> LogSpectra:
        """Log magnitudes, normalised by the training clips as heard."""
        return LogSpectra(self.train.wet, self.rate)

    @cached_property
    def pairs(self) -> tuple[Tensor, Tensor]:
        """What networks and filter learn from: (n, F, T) as heard, and dry."""
        return self.spectra(self.train.wet), self.spectra(self.train.dry)


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Put speech into rooms.

    Args:
        dataset: ``embedded`` (generated speech; shoeboxes) or ``librispeech`` (read
            speech; measured rooms).
        profile: ``quick`` (8 kHz) or ``full`` (16 kHz, more pairs).
        seed: of speech or of its choice, of drawn rooms, of places in shoeboxes.
        device: where clips are convolved and stay.

    Raises:
        ValueError: an unknown data set or profile.
        DataError: a corpus is not to be had.

    >>> data = load("embedded", "quick", seed=0)  # doctest: +SKIP
    >>> data.train.wet.shape, list(data.tests)[:2]  # doctest: +SKIP
    (torch.Size([192, 16000]), ['dry', 'tail 0.3 s'])
    """
    datasets = sorted({name for name, _ in SIZES})
    for name, given, known in (
        ("dataset", dataset, datasets),
        ("profile", profile, list(RATES)),
    ):
        if given not in known:
            raise ValueError(f"{name}: got {given!r}; give one of {known}")
    rate = RATES[profile]
    wet, dry, valid, test = SIZES[dataset, profile]
    counts = (wet + dry, valid, test)
    speak = _generated if dataset == "embedded" else _read
    learn, choose, judge = (
        clips.to(device) for clips in speak(counts, rate, generator(seed, "speech"))
    )
    draw = generator(seed, "rooms")
    rooms = _tails(_uniform(wet, T60, draw), draw, rate)
    none = torch.zeros(dry, rooms.shape[1])
    none[:, 0] = 1
    steady = torch.tensor(TIMES).repeat(valid)[:valid]
    tests = {DRY: _dry(judge)}
    if dataset == "embedded":
        tests |= _drawn(judge, rate, draw) | _boxes(judge, rate, draw)
        tails, boxes = (
            tuple(f"{kind} {t:g} s" for t in TIMES) for kind in ("tail", "shoebox")
        )
        kinds = (tails[1:], tails[0], boxes[1:], tails, boxes, boxes)
    else:
        tests |= _measured(judge, rate)
        names = tuple(MEASURED)
        kinds = (names[1:], names[0], names[1:], names, names, (*names, "near", "far"))
    return Data(
        in_rooms(learn, torch.cat([rooms, none]).to(device)),
        in_rooms(choose, _tails(steady, draw, rate).to(device)),
        tests,
        dataset,
        rate,
        *kinds,
    )


def in_rooms(dry: Tensor, rooms: Tensor, groups: Sequence[str] = ()) -> Clips:
    """Clips (n, N) heard in rooms (n, L), all at one level.

    Args:
        dry: none of them silent.
        rooms: one a clip.
        groups: what is said of each clip's room; by default nothing.

    Raises:
        ValueError: shapes that do not fit, silence, a number that is not finite.
    """
    wet = convolve(dry, rooms)
    if wet.ndim != 2 or not len(dry) == len(rooms) == len(groups or dry):
        raise ValueError(
            f"dry, rooms, groups: got shapes {tuple(dry.shape)}, {tuple(rooms.shape)} "
            f"and {len(groups)} groups; give (n, N), (n, L) and n, or no groups"
        )
    power = wet.square().mean(1, keepdim=True)
    if bool((power == 0).any()):
        raise ValueError("dry, rooms: got silence; give clips and rooms with sound")
    gain = LEVEL / power.sqrt()
    return Clips(wet * gain, dry * gain, tuple(groups) or ("",) * len(dry), rooms)


def _dry(clips: Tensor) -> Clips:
    return in_rooms(clips, torch.ones(len(clips), 1).to(clips))


def _uniform(count: int, ends: tuple[float, float], source: torch.Generator) -> Tensor:
    return ends[0] + (ends[1] - ends[0]) * torch.rand(count, generator=source)


def _tails(t60: Tensor, source: torch.Generator, rate: int) -> Tensor:
    return polack_rooms(t60, _uniform(len(t60), DRR, source), source, rate=rate)


def _drawn(dry: Tensor, rate: int, source: torch.Generator) -> dict[str, Clips]:
    return {
        f"tail {t60:g} s": in_rooms(
            dry, _tails(torch.full((len(dry),), t60), source, rate).to(dry)
        )
        for t60 in TIMES
    }


def _boxes(dry: Tensor, rate: int, source: torch.Generator) -> dict[str, Clips]:
    """Small and large by near and far, in turns, each speaker somewhere else."""
    found = {}
    setups = [(size, place) for size in BOXES for place in DISTANCES]
    for t60 in TIMES:
        groups, rooms = [], []
        for clip in range(len(dry)):
            size, place = setups[clip % len(setups)]
            talk, hear = _places(BOXES[size], DISTANCES[place], source)
            rooms.append(shoebox_room(BOXES[size], t60, talk, hear, rate=rate))
            groups.append(f"{size}, {place}")
        clips = in_rooms(dry, torch.stack(rooms).to(dry), groups)
        found[f"shoebox {t60:g} s"] = clips
    return found


def _places(
    size: tuple[float, ...], distance: float, source: torch.Generator
) -> tuple[list[float], list[float]]:
    """A speaker and a microphone at one height, half a metre from the walls."""
    room = torch.tensor(size[:2])
    while True:
        talk, turn = torch.rand(2, generator=source), torch.rand(1, generator=source)
        talk = 0.5 + talk * (room - 1)
        angle = 2 * math.pi * turn
        hear = talk + distance * torch.cat([angle.cos(), angle.sin()])
        if bool(((hear > 0.5) & (hear < room - 0.5)).all()):
            return [*talk.tolist(), 1.5], [*hear.tolist(), 1.5]


def _measured(dry: Tensor, rate: int) -> dict[str, Clips]:
    """One response a place, and an office near and far from the speaker."""
    responses, table = measured_rooms(rate)
    names = [path.removesuffix(".flac") for path in table["path"]]
    small = [kind in SMALL for kind in table["kind"]]
    office = [name for name in names if name.startswith(OFFICE)]
    near = dict(zip(names, (table["drr_db"] > 5).tolist(), strict=True))
    chosen = MEASURED | {
        "near": tuple(name for name in office if near[name]),
        "far": tuple(name for name in office if not near[name]),
    }
    found = {}
    for kind, rooms in chosen.items():
        rows = [names.index(rooms[clip % len(rooms)]) for clip in range(len(dry))]
        sizes = ["small" if small[row] else "large" for row in rows]
        groups = sizes if kind in MEASURED else [f"office, {kind}"] * len(rows)
        found[kind] = in_rooms(dry, responses[rows].to(dry), groups)
    return found


def _generated(
    counts: Sequence[int], rate: int, source: torch.Generator
) -> list[Tensor]:
    return [source_pool("speech", n, SECONDS, source, rate=rate) for n in counts]


def _read(counts: Sequence[int], rate: int, source: torch.Generator) -> list[Tensor]:
    """Excerpts of other speakers for training and choosing than for testing.

    Where more pairs are wanted than there are speakers, each speaks several times.
    """
    parts = []
    for subset in ("train-clean-100", "test-other"):
        corpus = load_librispeech(rate, {"subset": subset})
        long = [wave for wave in corpus.waveforms if len(wave) >= SECONDS * rate]
        order = torch.randperm(len(long), generator=source).tolist()
        parts.append([torch.from_numpy(long[place]) for place in order])
    learn, choose, judge = counts
    train, test = parts
    found = []
    for waves, count in (
        (train[choose:], learn),
        (train[:choose], choose),
        (test, judge),
    ):
        many = [waves[clip % len(waves)] for clip in range(count)]
        found.append(torch.stack([_excerpt(wave, rate, source) for wave in many]))
    return found


def _excerpt(wave: Tensor, rate: int, source: torch.Generator) -> Tensor:
    """Two seconds from somewhere, of unit power."""
    length = round(SECONDS * rate)
    last = len(wave) - length
    start = int(torch.randint(last + 1, (1,), generator=source))
    part = wave[start : start + length]
    return part / part.square().mean().sqrt().clamp_min(1e-8)
