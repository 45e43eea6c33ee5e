"""The running of chapters: plan, execute, record, build."""
