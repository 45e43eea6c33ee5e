"""Serve the built book beside a Jupyter server, so that its cells run here."""
