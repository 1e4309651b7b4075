"""What crosses the container's wall, on both of its sides: messages, limits, parameters and how they are framed."""
