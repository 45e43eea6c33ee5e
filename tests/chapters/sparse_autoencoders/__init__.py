"""Tests of the chapter on sparse autoencoders."""
