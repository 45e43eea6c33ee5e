"""The chapter's data in a size for tests."""

from functools import cache

from chapters.proxy_segmentation.data import Data, load
from tests.segmentation.small import SMALL

__all__ = ["data"]


@cache
def data() -> Data:
    return load("embedded", "quick", 0, setting=SMALL)
