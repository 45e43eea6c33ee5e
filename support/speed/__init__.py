"""Our kernels and their peers in well-kept libraries, timed side by side."""
