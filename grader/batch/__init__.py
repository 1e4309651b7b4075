"""A class at once: what was handed in, the jobs that grade it, and the folder of their reports."""
