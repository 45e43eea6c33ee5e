"""The chapter on concept bottlenecks."""
