"""What a project holds: chapters, papers, parameters, methods, corpora."""
