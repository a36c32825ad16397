"""Series that keep their gaps, at a fixed cost for each container."""
