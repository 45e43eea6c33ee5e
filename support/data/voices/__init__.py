"""Synthetic voices: speakers who say fixed phrases on different days."""
