"""What the chapter class_token alone needs; its lesson lies beside."""
