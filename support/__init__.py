"""Models, losses, metrics and the running of the chapters."""
