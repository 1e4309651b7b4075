"""What only a terminal shows: progress, and results as they stand in it."""
