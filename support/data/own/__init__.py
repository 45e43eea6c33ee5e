"""Data of a reader's own: read, checked, and put behind a chapter's door."""
