"""The chapter on learned rules."""
