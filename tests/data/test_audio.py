"""Recordings: facts of the real corpora, decoding, resampling, picking, refusals."""

import io
import math
import zipfile

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from support.data import audio
from support.data.acquisition import registry
from support.data.audio import (
    commercial_use,
    load_ami_excerpts,
    load_audio,
    load_broadcast,
    read_manifest,
    resample,
)
from support.data.errors import ArchiveError, DataError

# name: files, rate in Hz, minutes, as the corpora are described
FACTS = {
    "fsdd": (3_000, 8_000, 21.9),
    "arabic_digits": (2_400, 16_000, 40.0),
    "ravdess": (672, 16_000, 24.6),
    "librispeech": (351, 16_000, 20.7),
    "ami_excerpts": (14, 16_000, 7.0),
    "audio_excerpts": (64, 16_000, 15.9),
    "esc10": (200, 16_000, 16.7),
    "rir": (62, 16_000, 1.5),
}


@pytest.mark.parametrize("name", FACTS)
def test_corpora_match_their_description(real_corpora, name):
    files, rate, minutes = FACTS[name]
    # The long corpora are decoded in part; their manifests are read whole.
    frame = read_manifest(name)
    assert len(frame) == files
    assert set(frame["sr"]) == {rate}
    if "samples" in frame:
        assert frame["samples"].sum() / rate / 60 == pytest.approx(minutes, abs=0.06)
    every = max(1, files // 60)
    corpus = load_audio(name, select=lambda table: table.index % every == 0)
    assert corpus.sampling_rate == rate
    assert len(corpus) == len(corpus.manifest) == -(-files // every)
    for waveform in corpus.waveforms:
        assert waveform.dtype == np.float32
        assert waveform.ndim == 1
        assert -1 <= waveform.min() < waveform.max() <= 1
    expected = frame.iloc[::every].reset_index(drop=True)
    assert corpus.manifest["path"].tolist() == expected["path"].tolist()
    if "samples" in frame:
        assert corpus.manifest["samples"].tolist() == expected["samples"].tolist()


@pytest.mark.parametrize("name", [*FACTS, "broadcast"])
def test_the_loader_of_the_row_loads_this_corpus(monkeypatch, name):
    asked = []
    monkeypatch.setattr(audio, "load_audio", lambda name, *a, **k: asked.append(name))
    registry.load(name)
    assert asked == list(registry.corpus(name).parts or [name])


def test_speakers_splits_and_folds(real_corpora):
    digits = read_manifest("fsdd")
    assert digits.groupby(["speaker", "digit"]).size().tolist() == [50] * 60
    assert set(digits.loc[digits["split"] == "test", "take"]) == set(range(5))
    arabic = read_manifest("arabic_digits")
    by_split = arabic.groupby("split")["speaker"].nunique()
    assert by_split.to_dict() == {"train": 18, "val": 6, "test": 6}
    books = read_manifest("librispeech")
    assert books["speaker"].nunique() == 261
    assert set(books["speaker"].map(type)) == {str}  # a code, not a number
    assert read_manifest("esc10").groupby("fold").size().tolist() == [40] * 5
    assert (read_manifest("ravdess")["gender"] == "female").sum() == 336


def test_ami_turns_belong_to_the_chosen_excerpts(real_corpora):
    everything = load_ami_excerpts()
    assert len(everything.segments) == 121
    part = load_ami_excerpts(8_000, {"split": "dev"})
    assert part.sampling_rate == 8_000
    assert [len(waveform) for waveform in part.waveforms] == [240_000] * 2
    assert part.manifest["samples"].tolist() == [240_000] * 2
    assert set(part.segments["path"]) == {"dev00.flac", "dev01.flac"}
    assert (part.segments["end_s"] <= 30.0 + 1e-9).all()


def test_noncommercial_files_can_be_left_out(real_corpora):
    assert (~commercial_use(read_manifest("rir"))).sum() == 8
    assert (~commercial_use(read_manifest("audio_excerpts"))).sum() == 4
    assert commercial_use(read_manifest("esc10")).all()
    with pytest.raises(ValueError, match="no column license"):
        commercial_use(read_manifest("fsdd"))


def test_broadcast_is_three_corpora(real_corpora, monkeypatch):
    loaded = load_broadcast(16_000, select=lambda table: table.index < 2)
    assert list(loaded) == ["librispeech", "audio_excerpts", "esc10"]
    assert all(len(corpus) == 2 for corpus in loaded.values())


# --- a corpus of our own ------------------------------------------------------------


def flac(waveform, rate=8_000):
    buffer = io.BytesIO()
    soundfile.write(buffer, waveform, rate, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def tone(seconds=0.5, rate=8_000, hertz=440.0):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


@pytest.fixture
def make(tiny, tmp_path):
    def build(members=None, rows=None, name="fsdd", archive_bytes=None):
        members = members or {"a/0.flac": flac(tone()), "b/1.flac": flac(tone(0.25))}
        rows = rows or [
            {"path": "a/0.flac", "speaker": "01", "digit": 0, "sr": 8_000, "note": ""},
            {"path": "b/1.flac", "speaker": "02", "digit": 1, "sr": 8_000, "note": "x"},
        ]
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        files = {
            f"{name}.zip": archive_bytes or buffer.getvalue(),
            "manifest.csv": pd.DataFrame(rows).to_csv(index=False).encode(),
        }
        tiny.add(name, files, kind="audio")
        return tiny.place(tmp_path / "here", name)

    return build


def test_waveforms_and_manifest_stay_in_step(make):
    corpus = load_audio("fsdd", data_dir=make())
    assert [len(waveform) for waveform in corpus.waveforms] == [4_000, 2_000]
    np.testing.assert_allclose(corpus.waveforms[0], tone(), atol=1 / 32_768)
    assert corpus.manifest["speaker"].tolist() == ["01", "02"]
    assert corpus.manifest["note"].tolist() == ["", "x"]
    assert corpus.manifest["samples"].tolist() == [4_000, 2_000]
    assert corpus.segments is None


def test_picking(make):
    folder = make()

    def paths(select):
        return (
            load_audio("fsdd", None, select, data_dir=folder).manifest["path"].tolist()
        )

    assert paths({"digit": 1}) == ["b/1.flac"]
    assert paths({"digit": [0, 1], "speaker": "01"}) == ["a/0.flac"]
    assert paths({"digit": range(2)}) == ["a/0.flac", "b/1.flac"]
    assert paths(lambda frame: frame["digit"] > 0) == ["b/1.flac"]
    assert paths(lambda frame: [False, False]) == []


@pytest.mark.parametrize(
    ("select", "kind", "message"),
    [
        ({"digti": 1}, ValueError, "'digti'; the manifest of fsdd has path, speaker"),
        ({"digit": 7}, ValueError, "digit = 7, which does not occur in fsdd; it has 0"),
        (lambda frame: frame["digit"], ValueError, "one True or False a line"),
        (lambda frame: True, ValueError, "one True or False a line"),
        ([0, 1], TypeError, "mapping of column"),
    ],
)
def test_bad_picks_are_refused(make, select, kind, message):
    with pytest.raises(kind, match=message):
        load_audio("fsdd", select=select, data_dir=make())


@pytest.mark.parametrize("rate", [0, -8_000, 999, 8_000.5, "8000", True, 10**7])
def test_bad_rates_are_refused(rate):
    with pytest.raises(ValueError, match="sampling_rate must be a whole number"):
        load_audio("fsdd", rate)


def test_other_corpora_are_refused():
    with pytest.raises(DataError, match=r"mnist is no audio corpus .*load_mnist"):
        load_audio("mnist")
    with pytest.raises(DataError, match="fetch its parts"):
        load_audio("broadcast")
    with pytest.raises(registry.UnknownCorpusError, match="Did you mean librispeech"):
        load_audio("librispech")


def test_mixed_rates_need_a_common_one(make):
    members = {"a": flac(tone()), "b": flac(tone(rate=16_000), 16_000)}
    rows = [{"path": "a", "sr": 8_000}, {"path": "b", "sr": 16_000}]
    folder = make(members, rows)
    with pytest.raises(DataError, match="mixes sampling rates"):
        load_audio("fsdd", data_dir=folder)
    corpus = load_audio("fsdd", 8_000, data_dir=folder)
    assert [len(waveform) for waveform in corpus.waveforms] == [4_000, 4_000]


@pytest.mark.parametrize(
    ("member", "sr", "message"),
    [
        (flac(np.zeros((100, 2))), 8_000, r"found 2 dimension\(s\)"),
        (flac(tone()), 16_000, "found 1 dimension.* at 8000 Hz"),
        (None, 8_000, "has no member a, which its manifest names"),
    ],
)
def test_files_that_contradict_the_manifest(make, member, sr, message):
    members = {"a": member} if member else {"b": flac(tone())}
    folder = make(members, [{"path": "a", "sr": sr}])
    with pytest.raises(DataError, match=message):
        load_audio("fsdd", data_dir=folder)


def test_damaged_archives_and_manifests(make):
    folder = make(archive_bytes=b"PK not really")
    with pytest.raises(ArchiveError, match="is damaged"):
        load_audio("fsdd", data_dir=folder)
    folder = make(rows=[{"path": "a", "sr": 1}, {"path": "a", "sr": 1}])
    with pytest.raises(DataError, match="needs the columns path"):
        read_manifest("fsdd", data_dir=folder)


# --- resampling ---------------------------------------------------------------------


def test_resampling_keeps_a_tone():
    slow = resample(tone(rate=16_000), 16_000, 8_000)
    np.testing.assert_allclose(slow[200:-200], tone()[200:-200], atol=2e-3)
    fast = resample(tone(), 8_000, 16_000)
    np.testing.assert_allclose(fast[400:-400], tone(rate=16_000)[400:-400], atol=2e-3)


def test_resampling_removes_what_does_not_fit():
    high = tone(rate=16_000, hertz=6_000.0)  # above the new Nyquist frequency
    assert np.abs(resample(high, 16_000, 8_000)[200:-200]).max() < 0.01


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.sampled_from([8_000, 11_025, 16_000, 22_050, 44_100]),
       st.sampled_from([8_000, 16_000, 24_000]))  # fmt: skip
def test_resampled_length_type_and_linearity(samples, source, target):
    waveform = np.random.default_rng(samples).normal(size=samples).astype(np.float32)
    changed = resample(waveform, source, target)
    assert len(changed) == math.ceil(samples * target / source)
    assert changed.dtype == np.float32
    np.testing.assert_allclose(
        resample(2 * waveform, source, target), 2 * changed, rtol=1e-3, atol=1e-5
    )


@pytest.mark.parametrize(
    ("waveform", "source", "target", "message"),
    [
        (np.zeros((2, 3)), 8_000, 8_000, "one-dimensional"),
        (np.zeros(3, int), 8_000, 8_000, "floats"),
        (np.zeros(3), 0, 8_000, "source must be"),
        (np.zeros(3), 8_000, 1.5, "target must be"),
    ],
)
def test_resampling_refuses(waveform, source, target, message):
    with pytest.raises(ValueError, match=message):
        resample(waveform, source, target)


def test_resampling_of_nothing_and_to_the_same_rate():
    assert resample(np.zeros(0), 8_000, 16_000).shape == (0,)
    same = tone()
    assert resample(same, 8_000, 8_000) is same
