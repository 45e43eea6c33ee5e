"""What the chapter unlearning alone needs; its lesson lies beside."""
