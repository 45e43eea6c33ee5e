"""A corpus small enough for a test."""

from support.segmentation.experiment import Prepared, Setting, prepare

SMALL = Setting(
    train=6, test=3, components=5, frames=200, channels=8, hidden=8, updates=4
)


def prepared() -> Prepared:
    return prepare("embedded", "quick", 0, setting=SMALL)
