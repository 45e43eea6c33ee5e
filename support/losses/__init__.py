"""Losses: pure functions of tensors; a module only where one holds parameters."""
