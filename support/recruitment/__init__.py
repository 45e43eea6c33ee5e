"""The testbed of recruitment, shared by two chapters: applications and scorers."""
