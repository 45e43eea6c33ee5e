"""The rows of `support.losses`, from one module a kind of loss."""

from tests.properties.framework import Entry
from tests.properties.losses.classes import OF_CLASSES
from tests.properties.losses.latents import OF_LATENTS, OF_MAPS
from tests.properties.losses.pairs import OF_PAIRS
from tests.properties.losses.partners import (
    OF_MODALITIES,
    OF_PROTOTYPES,
    OF_SEGMENTS,
    OF_TEACHERS,
)

__all__ = ["COMPLETE", "HELPERS", "ROWS"]

COMPLETE = True

ROWS: list[Entry] = (
    OF_CLASSES
    + OF_PAIRS
    + OF_MAPS
    + OF_LATENTS
    + OF_MODALITIES
    + OF_TEACHERS
    + OF_PROTOTYPES
    + OF_SEGMENTS
)

HELPERS: dict[str, str] = {
    "support.losses.pairwise.check_delta": "looks at one number, an option",
    "support.losses.pairwise.sum_blocks": "sums what a function gives",
    "support.losses.pairwise.largest_block": "a size for a device",
}
