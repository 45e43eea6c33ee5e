"""Recorded speech, sounds and rooms: FLAC read straight from the zip, with manifests.

A corpus of this kind is one zip archive of mono FLAC files and a ``manifest.csv`` with
one line a file, whose column ``path`` is the member's name. Nothing is unpacked to
disk; amplitudes are float32 in [-1, 1).
"""

import io
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from support.data.acquisition.registry import corpus, fetch_folder
from support.data.errors import ArchiveError, DataError
from support.data.manifests import (
    Select,
    commercial_use,
    load_manifest,
    pick,
    read_manifest,
    read_segments,
    require_audio,
)

__all__ = [
    "AudioCorpus",
    "Select",
    "commercial_use",
    "load_ami_excerpts",
    "load_arabic_digits",
    "load_audio",
    "load_audio_excerpts",
    "load_broadcast",
    "load_esc10",
    "load_fsdd",
    "load_librispeech",
    "load_ravdess",
    "load_rir",
    "read_manifest",
    "resample",
]

_SHARED_LIMITS = (1_000, 384_000)


@dataclass(frozen=True, slots=True)
class AudioCorpus:
    """Waveforms and what is known about them.

    Args:
        name: corpus.
        waveforms: one (samples,) float32 array a line of the manifest.
        sampling_rate: of all waveforms, in Hz.
        manifest: frame with the lines of the waveforms, in the same order, indexed
            0..n-1. Columns ``sr`` and ``samples`` describe the waveforms as returned.
        segments: who speaks when (AMI): path, start_s, end_s, speaker, sex; else None.
    """

    name: str
    waveforms: list[np.ndarray]
    sampling_rate: int
    manifest: pd.DataFrame
    segments: pd.DataFrame | None = None

    def __len__(self) -> int:
        return len(self.waveforms)


def resample(waveform: np.ndarray, source: int, target: int) -> np.ndarray:
    r"""Change the sampling rate with a polyphase filter.

    With :math:`u / d` the reduced fraction target / source, the signal is upsampled by
    :math:`u`, low-pass filtered at the lower of the two Nyquist frequencies and
    decimated by :math:`d` (:func:`scipy.signal.resample_poly`).

    Args:
        waveform: (samples,) floating point.
        source: its sampling rate in Hz.
        target: wanted sampling rate in Hz.

    Returns:
        (ceil(samples * target / source),) of the same dtype.

    Raises:
        ValueError: a rate is not a positive integer, or the input is no waveform, or
            not finite.

    Example:
        >>> resample(np.zeros(16000, np.float32), 16000, 8000).shape
        (8000,)
    """
    waveform = np.asarray(waveform)
    if waveform.ndim != 1 or waveform.dtype.kind != "f":
        raise ValueError(
            "waveform must be a one-dimensional array of floats, got shape "
            f"{waveform.shape} and dtype {waveform.dtype}."
        )
    if not np.isfinite(waveform).all():
        raise ValueError(
            "waveform holds NaN or infinite samples, which a filter would spread; "
            "repair or leave them out."
        )
    for label, rate in (("source", source), ("target", target)):
        _check_rate(label, rate)
    if source == target or not len(waveform):
        return waveform
    from scipy.signal import resample_poly

    common = math.gcd(int(source), int(target))
    wide = waveform.astype(np.promote_types(waveform.dtype, np.float32), copy=False)
    changed = resample_poly(wide, int(target) // common, int(source) // common)
    return changed.astype(waveform.dtype, copy=False)


def _check_rate(label: str, rate: int) -> None:
    low, high = _SHARED_LIMITS
    whole = isinstance(rate, int | np.integer) and not isinstance(rate, bool)
    if not whole or not low <= rate <= high:
        raise ValueError(
            f"{label} must be a whole number of Hz in {low}..{high}, got {rate!r}."
        )


def _decode(archive: zipfile.ZipFile, member: str, rate: int) -> np.ndarray:
    import soundfile

    try:
        content = archive.read(member)
    except KeyError:
        raise DataError(
            f"{archive.filename} has no member {member}, which its manifest names."
        ) from None
    waveform, found = soundfile.read(io.BytesIO(content), dtype="float32")
    if waveform.ndim != 1 or found != rate:
        raise DataError(
            f"{archive.filename}, {member}: expected mono at {rate} Hz, found "
            f"{waveform.ndim} dimension(s) at {found} Hz."
        )
    return waveform


def load_audio(
    name: str,
    sampling_rate: int | None = None,
    select: Select | None = None,
    *,
    data_dir: Path | str | None = None,
    download: bool = True,
) -> AudioCorpus:
    """Load an audio corpus, or the part of it that is asked for.

    Args:
        name: fsdd, arabic_digits, ravdess, librispeech, ami_excerpts, audio_excerpts,
            esc10 or rir.
        sampling_rate: wanted rate in Hz; the corpus's own by default.
        select: which lines of the manifest: a mapping of column to value(s), all of
            which must hold, or a function of the manifest that returns a mask.
        data_dir: folder to look in first.
        download: False never touches the network.

    Returns:
        Waveforms, rate and manifest; see :class:`AudioCorpus`.

    Raises:
        ValueError: ``select`` names what does not occur, or the rate is impossible.
        DataError: no audio corpus, not to be had, or damaged.

    Example:
        >>> digits = load_audio("fsdd", select={"digit": [0, 1]})  # doctest: +SKIP
        >>> len(digits), digits.sampling_rate  # doctest: +SKIP
        (600, 8000)
    """
    require_audio(name)
    if sampling_rate is not None:
        _check_rate("sampling_rate", sampling_rate)
    folder = fetch_folder(name, data_dir, download)
    frame = pick(load_manifest(name, folder), select, name).reset_index(drop=True)
    archive_name = next(
        file.path for file in corpus(name).files if file.path.endswith(".zip")
    )
    rates = frame["sr"].to_numpy()
    own = int(rates[0]) if len(rates) else (sampling_rate or 16_000)
    rate = int(sampling_rate or own)
    if len(rates) and (rates != own).any() and sampling_rate is None:
        raise DataError(f"{name} mixes sampling rates: give sampling_rate.")
    waveforms = []
    try:
        with zipfile.ZipFile(folder / archive_name) as archive:
            for member, found in zip(frame["path"], rates, strict=True):
                waveform = _decode(archive, member, int(found))
                waveforms.append(resample(waveform, int(found), rate))
    except zipfile.BadZipFile as error:
        raise ArchiveError(
            f"{folder / archive_name} is damaged ({error}). Run "
            f"`course data check {name}`."
        ) from error
    frame = frame.assign(sr=rate, samples=[len(waveform) for waveform in waveforms])
    return AudioCorpus(name, waveforms, rate, frame, read_segments(folder, frame))


def load_fsdd(
    sampling_rate: int | None = None, select: Select | None = None, **options: Any
) -> AudioCorpus:
    """Free Spoken Digit Dataset: 3,000 English digits, 8 kHz.

    Columns: speaker, digit (0-9), take (0-49), split (official: train, test), gender,
    accent. Arguments as :func:`load_audio`.
    """
    return load_audio("fsdd", sampling_rate, select, **options)


def load_arabic_digits(
    sampling_rate: int | None = None, select: Select | None = None, **options: Any
) -> AudioCorpus:
    """Arabic Speech Commands, digits: 30 speakers x 10 digits x 8 takes of 1 s, 16 kHz.

    Columns: speaker, digit, word, take (1-8), split (official, by speaker: train, val,
    test), rms_db, active_start_s, active_end_s. Arguments as :func:`load_audio`.
    """
    return load_audio("arabic_digits", sampling_rate, select, **options)


def load_ravdess(
    sampling_rate: int | None = None, select: Select | None = None, **options: Any
) -> AudioCorpus:
    """RAVDESS speech: 24 actors, two sentences, seven conditions, 16 kHz.

    Non-commercial use only. Columns: speaker, gender, emotion, intensity, effort_proxy
    (low, normal, raised, high), statement, text, repetition, rms_db. Arguments as
    :func:`load_audio`.
    """
    return load_audio("ravdess", sampling_rate, select, **options)


def load_librispeech(
    sampling_rate: int | None = None, select: Select | None = None, **options: Any
) -> AudioCorpus:
    """LibriSpeech excerpts: 261 speakers, 351 utterances, 16 kHz.

    Columns: speaker, sex (F, M), subset (test-other: 10 speakers x 10 utterances;
    train-clean-100: 251 x 1), utterance, duration_s. Arguments as :func:`load_audio`.
    """
    return load_audio("librispeech", sampling_rate, select, **options)


def load_ami_excerpts(
    sampling_rate: int | None = None, select: Select | None = None, **options: Any
) -> AudioCorpus:
    """AMI meetings: 14 excerpts of 30 s with turns in ``segments``, 16 kHz.

    Columns: split (train, dev, test), n_speakers, speech_s, overlap_s. Arguments as
    :func:`load_audio`.
    """
    return load_audio("ami_excerpts", sampling_rate, select, **options)


def load_audio_excerpts(
    sampling_rate: int | None = None, select: Select | None = None, **options: Any
) -> AudioCorpus:
    """Music, singing, speech, noise and animals: 64 excerpts, 16 kHz.

    Four files are for non-commercial use only (:func:`commercial_use`). Columns: label
    (music, music_with_vocals, singing, speech, noise, animal), title, author, license,
    source_url, gain. Arguments as :func:`load_audio`.
    """
    return load_audio("audio_excerpts", sampling_rate, select, **options)


def load_esc10(
    sampling_rate: int | None = None, select: Select | None = None, **options: Any
) -> AudioCorpus:
    """ESC-10: 200 environmental sounds of 5 s, ten classes, five folds, 16 kHz.

    Columns: label, class_id (0-9), fold (1-5), freesound_id, title, author,
    clip_license. Arguments as :func:`load_audio`.
    """
    return load_audio("esc10", sampling_rate, select, **options)


def load_rir(
    sampling_rate: int | None = None, select: Select | None = None, **options: Any
) -> AudioCorpus:
    """Measured room impulse responses: 62 of 25 places, 16 kHz.

    Eight responses of four rooms are for non-commercial use only
    (:func:`commercial_use`). Columns: room, channel, kind, t60_mid_s, edt_mid_s,
    drr_db, c50_db, gain, license, author. Arguments as :func:`load_audio`.
    """
    return load_audio("rir", sampling_rate, select, **options)


def load_broadcast(
    sampling_rate: int | None = None, **options: Any
) -> dict[str, AudioCorpus]:
    """Speech, music and noise for composed broadcasts: three corpora by name.

    Returns:
        librispeech, audio_excerpts and esc10, all at ``sampling_rate``.
    """
    return {
        part: load_audio(part, sampling_rate, **options)
        for part in corpus("broadcast").parts
    }
