"""Adapters to container engines."""
