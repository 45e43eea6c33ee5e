"""The chapter on segmentation by design, and what probes read off its code."""
