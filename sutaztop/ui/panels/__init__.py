"""Panels: one subject each, fed with frames."""
