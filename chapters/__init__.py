"""One folder a paper: its text, its claims, its Python, its record."""
