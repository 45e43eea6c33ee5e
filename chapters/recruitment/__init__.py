"""What the chapter on recruitment trains, measures and draws."""
