"""What the chapter prototypes alone needs; its lesson lies beside."""
