"""Readers of one thing each, and the source that runs them all."""
