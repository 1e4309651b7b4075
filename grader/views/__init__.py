"""Renderings of a report; each is made from the report and nothing else."""
