"""Swarm services over the same HTTP API."""
