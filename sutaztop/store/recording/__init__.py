"""The recording: what was seen, kept in one file per host and engine, and read again as it was (ADR 0025)."""
