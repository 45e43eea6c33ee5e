"""One notebook executed in one kernel."""
