"""Small mixtures and few updates, shared by the chapter's tests."""

import pytest

from chapters.nmf_segmentation.data import Data
from chapters.nmf_segmentation.probing import FACTORS, KNOWN, events, order, voices
from support.segmentation.experiment import Setting, log_spectrogram, prepare

SMALL = Setting(
    train=16, test=8, components=8, frames=400, channels=8, hidden=16, updates=20
)


@pytest.fixture(scope="session")
def small():
    """Eight components, twenty updates, and the probing sets of a full run."""
    prepared = prepare("embedded", "quick", 0, splits=("train", "test"), setting=SMALL)
    made = voices(log_spectrogram, 0)
    made["event"] = events(log_spectrogram, 0)
    made["order"] = order(log_spectrogram, "embedded", 0)
    return Data(prepared, {name: made[name] for name in FACTORS}, made[KNOWN])
