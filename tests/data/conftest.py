"""Fixtures of the data layer's tests."""

from tests.data_fixtures import cache, real_corpora, tiny, web

__all__ = ["cache", "real_corpora", "tiny", "web"]
