"""Segmentation of audio that says which frequencies decided, for two chapters."""
