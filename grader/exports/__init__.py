"""Marks and feedback in the formats of other systems, made from JSON reports and nothing else."""
