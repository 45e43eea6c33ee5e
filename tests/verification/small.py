"""A corpus small enough for tests: six and six speakers, four phrases."""

from functools import cache

from support.data.voices.configuration import VoiceConfig
from support.data.voices.corpus import make_corpus
from support.verification.experiment import Prepared, Setting, prepare_corpus

__all__ = ["small_corpus"]


@cache
def small_corpus() -> Prepared:
    """The same for all tests of a process; nobody changes it."""
    sizes = VoiceConfig(background=6, evaluation=6, sessions=7, phrases=4)
    return prepare_corpus(make_corpus(sizes, 11), Setting(epochs=4))
