"""Settings and themes from YAML, with errors that name file, line and key."""
