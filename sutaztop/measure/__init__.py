"""From two samples to one snapshot: every formula and its source."""
