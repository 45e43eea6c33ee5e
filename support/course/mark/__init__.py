"""Marking: students' answers, tried by a chapter's own checks in fenced kernels."""
