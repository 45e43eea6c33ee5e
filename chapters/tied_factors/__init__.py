"""What the chapter tied_factors alone needs; its lesson lies beside."""
