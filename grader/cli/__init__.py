"""The commands. Nobody imports this room."""
