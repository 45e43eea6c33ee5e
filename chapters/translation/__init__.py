"""What the chapter on translation alone needs; its lesson lies beside."""
