"""Metrics: pure functions of tensors, no parameters, no state."""
