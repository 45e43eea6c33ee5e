"""What a teacher takes into a room, made from a chapter and its execution."""
