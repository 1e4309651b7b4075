"""Assignments: what students are asked, and how it is judged."""
