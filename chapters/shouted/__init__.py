"""What the chapter shouted alone needs; its lesson lies beside."""
