"""The command course."""
