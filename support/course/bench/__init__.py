"""The benchmark: many runs of many chapters, on one machine or many, resumable."""
