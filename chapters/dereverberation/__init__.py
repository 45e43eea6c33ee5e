"""What the chapter dereverberation alone needs; its lesson lies beside."""
