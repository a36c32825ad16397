"""One decision after another: from what was measured to what may be done, each step kept."""
