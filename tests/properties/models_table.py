"""The rows of `support.models`: examples, and what each function declares."""

from tests.properties.framework import Entry

__all__ = ["COMPLETE", "HELPERS", "ROWS"]

COMPLETE = False

ROWS: list[Entry] = []

HELPERS: dict[str, str] = {}
