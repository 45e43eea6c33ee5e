"""The experiment on claimed speakers and phrases that several chapters share."""
