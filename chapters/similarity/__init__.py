"""What the chapter on similarity trains, stitches, measures and draws."""
