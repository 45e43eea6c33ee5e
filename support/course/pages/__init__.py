"""Pages of the book that are made from data."""
