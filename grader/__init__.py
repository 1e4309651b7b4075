"""Goldgrade's trusted side: reads submissions, compares arrays, writes reports."""
