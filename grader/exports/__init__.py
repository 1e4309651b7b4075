"""Reports in the formats of other systems."""
