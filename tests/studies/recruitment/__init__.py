"""The chapter on recruitment."""
