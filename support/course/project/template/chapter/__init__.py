"""A new chapter."""
