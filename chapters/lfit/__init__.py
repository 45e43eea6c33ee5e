"""The chapter on rules learned from a black box."""
