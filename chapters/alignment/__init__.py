"""What the chapter alignment alone needs; its lesson lies beside."""
