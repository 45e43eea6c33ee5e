"""Logic programs learned from observed states."""
