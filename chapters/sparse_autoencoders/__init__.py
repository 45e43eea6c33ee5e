"""What the chapter sparse_autoencoders alone needs; its lesson lies beside."""
