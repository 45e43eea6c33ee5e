"""What the chapter on AUC for verification trains, measures and draws."""
