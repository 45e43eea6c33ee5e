"""What the chapter new_chapter alone needs; its lesson lies beside."""
