"""What is stale, executed once."""
