"""What one chapter alone needs and its page has no room for."""
