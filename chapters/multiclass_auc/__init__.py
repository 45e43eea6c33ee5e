"""The chapter on AUC losses for several classes."""
