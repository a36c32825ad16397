"""The kernel alone, where the engine's socket may not be opened: containers by id, and nothing to change."""
