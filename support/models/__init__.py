"""Torch modules, one family a file."""
