"""Recordings: one SQLite file per host and engine, written by one program and read by any."""
