"""The record: read in one place, judged in one place."""
