"""One module a family of kernels; each holds its ``COMPARISONS``."""
