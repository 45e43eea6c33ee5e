"""What is measured of a system: distances to dry speech, by kind of room."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor

from chapters.dereverberation.data import DRY, Clips, Data
from chapters.dereverberation.spectra import LogSpectra
from chapters.dereverberation.systems import Enhancer, System
from support.metrics.enhancement import (
    log_spectral_distance,
    recovered_share,
    reduced_srmr,
    segmental_snr,
)
from support.metrics.intelligibility import short_time_intelligibility
from support.metrics.linear_prediction import log_likelihood_ratio, prediction_distances
from support.models.wide_resnet import WideResNet
from support.signal.mel import mel_filterbank
from support.signal.wpe import wpe
from support.training import generator, seeded_init

__all__ = [
    "MEASURES",
    "Scores",
    "agreement",
    "columns",
    "equations_deviation",
    "gain",
    "harm",
    "identity_deviation",
    "largest_step",
    "means",
    "measures",
    "phase_limit",
    "recovered",
    "recovered_by_group",
    "rise",
    "score",
    "steps",
]

MEASURES = ("LLR", "CD", "fwSegSNR", "SRMR", "STOI", "LSD")
_BANDS = 24  # mel bands of the segmental ratio
#: Kind of room to measure to a number a clip.
Scores = Mapping[str, Mapping[str, Tensor]]


def score(system: System, data: Data, kinds: Iterable[str] = ()) -> Scores:
    """Every measure of a system on every clip.

    Args:
        system: heard clips (n, N) to dry ones.
        data: of the chapter.
        kinds: of rooms; by default all.

    Returns:
        Kind to measure to (n,) values: LLR and CD of linear prediction (less is
        better), fwSegSNR in decibels, SRMR, reduced, and STOI (more is better), LSD
        (less).
    """
    tested = list(kinds) or list(data.tests)
    if not set(tested) <= set(data.tests):
        raise ValueError(f"kinds: got {tested}; give some of {list(data.tests)}")
    return {kind: _measured(system, data.tests[kind], data.spectra) for kind in tested}


def _measured(system: System, clips: Clips, spectra: LogSpectra) -> dict[str, Tensor]:
    found, rate = system(clips.wet), spectra.rate
    dry, ours = (spectra.spectrum(signal).abs() for signal in (clips.dry, found))
    bands = mel_filterbank(_BANDS, spectra.win, rate).to(dry)
    values = (
        *prediction_distances(clips.dry, found, rate=rate),
        segmental_snr(dry, ours, bands),
        reduced_srmr(found, rate),
        short_time_intelligibility(clips.dry, found, rate=rate),
        log_spectral_distance(dry, ours),
    )
    return {name: value.cpu() for name, value in zip(MEASURES, values, strict=True)}


def recovered(before: Scores, after: Scores, kinds: Iterable[str]) -> float:
    r"""Share ρ of the damage that a system takes away, mean over kinds of rooms.

    $$\rho(s)=\frac{LLR(y)-LLR(s)}{LLR(y)}$$

    Args:
        before: scores of speech as heard.
        after: scores of the system.
        kinds: of rooms.
    """
    return fmean(
        float(recovered_share(before[kind]["LLR"], after[kind]["LLR"]))
        for kind in kinds
    )


def recovered_by_group(before: Scores, after: Scores, data: Data) -> dict[str, float]:
    """ρ by size of room and distance, over all kinds of another family."""
    pairs: dict[str, list[list[float]]] = {}
    for kind in data.grouped:
        values = zip(before[kind]["LLR"], after[kind]["LLR"], strict=True)
        for group, pair in zip(data.tests[kind].groups, values, strict=True):
            pairs.setdefault(group, []).append([float(value) for value in pair])
    return {
        group: float(recovered_share(*torch.tensor(of).double().T))
        for group, of in sorted(pairs.items())
    }


def gain(
    before: Scores,
    one: Scores,
    other: Scores,
    kinds: Iterable[str],
    measure: str,
) -> float:
    """One system's measure above the other's, over that of speech as heard.

    Of CD, where less is better, the other's above the one's.
    """
    sign = -1 if measure in ("LLR", "CD", "LSD") else 1
    return fmean(
        sign
        * float(
            (one[kind][measure].mean() - other[kind][measure].mean())
            / before[kind][measure].mean()
        )
        for kind in kinds
    )


def rise(before: Scores, after: Scores, kinds: Iterable[str], measure: str) -> float:
    """How much a measure rises, mean over kinds of rooms."""
    rooms = list(kinds)
    first, second = (means(of, rooms, [measure]) for of in (before, after))
    return second[measure] - first[measure]


def harm(after: Scores) -> float:
    """LLR of what a system makes of dry speech; 0 where it leaves it alone."""
    return float(after[DRY]["LLR"].mean())


def means(
    scores: Scores, kinds: Iterable[str], measured: Iterable[str] = MEASURES
) -> dict[str, float]:
    """Measure to its mean over clips, then over kinds of rooms."""
    rooms = list(kinds)
    return {
        measure: fmean(float(scores[kind][measure].mean()) for kind in rooms)
        for measure in measured
    }


def columns(before: Scores, after: Scores, data: Data) -> dict[str, float]:
    """The columns of the benchmark: means over the rooms that the claims judge.

    Args:
        before: scores of speech as heard.
        after: scores of the system.
        data: of the chapter.
    """
    return {
        "recovered": recovered(before, after, data.judged),
        **means(after, data.judged, ("CD", "SRMR")),
        "harm": harm(after),
    }


def measures(system: System, data: Data) -> dict[str, float]:
    """The `columns` of one system by itself."""
    kinds = (DRY, *data.judged)
    heard = score(lambda clips: clips, data, kinds)
    return columns(heard, score(system, data, kinds), data)


def phase_limit(data: Data) -> float:
    """LLR of whoever knows the dry magnitudes and keeps the phase as heard."""
    found = []
    for kind in data.judged:
        clips = data.tests[kind]
        spectra = LogSpectra(clips.wet, data.rate)
        known = spectra.signal(spectra(clips.dry), clips.wet)
        found.append(log_likelihood_ratio(clips.dry, known, rate=data.rate).mean())
    return fmean(float(value) for value in found)


def steps(system: Enhancer, data: Data) -> dict[str, list[float]]:
    """Error of the spectrum as heard and after each block, by reverberation time.

    Args:
        system: a network.
        data: of the chapter.

    Returns:
        Kind of room to mean squared errors of normalised log magnitudes, the input's
        first.
    """
    found = {}
    for kind in data.times:
        clips = data.tests[kind]
        goal, heard = system.spectra(clips.dry), system.spectra(clips.wet)
        answers = [heard, *system.by_block(clips.wet)]
        found[kind] = [float((answer - goal).square().mean()) for answer in answers]
    return found


def largest_step(errors: Mapping[str, Sequence[float]]) -> float:
    """Largest change of the error at one block, over the input's; below 0 if all help.

    Args:
        errors: as `steps` gives them.
    """
    return max(float(np.diff(of).max()) / of[0] for of in errors.values())


def agreement(scores: Mapping[str, Scores]) -> tuple[float, float]:
    """Spearman correlations of SRMR and -LLR over systems, dry speech apart.

    Args:
        scores: name of a system to its scores, the same kinds for all; at least two
            systems.

    Returns:
        The mean over kinds of rooms of the correlation within a kind; and the one of
        all systems in all kinds, high wherever long rooms are bad by both measures.
    """
    kinds = [kind for kind in next(iter(scores.values())) if kind != DRY]
    points = np.array(
        [
            [
                (float(of[kind]["SRMR"].mean()), -float(of[kind]["LLR"].mean()))
                for of in scores.values()
            ]
            for kind in kinds
        ]
    )  # (kinds, systems, 2)
    within = [float(spearmanr(*of.T).statistic) for of in points]
    return fmean(within), float(spearmanr(*points.reshape(-1, 2).T).statistic)


def identity_deviation(data: Data, seed: int) -> float:
    """Largest deviation of four identities, on one kind of room in double precision."""
    wet = data.tests[data.mild].wet.double()
    spectra = LogSpectra(wet, data.rate)
    with seeded_init(seed, "zero head"):
        network = WideResNet(spectra.bins, 16, 2).double().to(wet.device).eval()
    x = spectra(wet)
    again = spectra.inverse(spectra.spectrum(wet), wet.shape[1])
    with torch.no_grad():
        off = [
            (network(x) - x).abs().max(),
            (again - wet).abs().max() / wet.abs().max(),
        ]
    off += [
        log_likelihood_ratio(wet, louder * wet, rate=data.rate).max()
        for louder in (1, 2)
    ]
    return max(float(value) for value in off)


def equations_deviation(taps: int, delay: int, seed: int) -> float:
    """WPE in batches against a dense solution for each frequency of complex noise."""
    source = generator(seed, "frames of noise")
    y = torch.randn(33, 250, dtype=torch.cdouble, generator=source)
    found = wpe(y, taps=taps, delay=delay, iterations=1).numpy()
    wanted = np.stack([_solved(row, taps, delay) for row in y.numpy()])
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def _solved(y: np.ndarray, taps: int, delay: int) -> np.ndarray:
    """One frequency (T,), by its normal equations."""
    earlier = np.zeros((taps, len(y)), complex)
    for k in range(taps):
        earlier[k, delay + k :] = y[: len(y) - delay - k]
    power = np.abs(y) ** 2
    weighed = earlier / np.maximum(power, 1e-10 * power.max())
    R, p = weighed @ earlier.conj().T, weighed @ y.conj()
    R += 1e-10 * np.trace(R).real / taps * np.eye(taps)
    return y - np.linalg.solve(R, p).conj() @ earlier
