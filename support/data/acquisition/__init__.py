"""Finding, fetching and checking public corpora; no measured value passes through."""
