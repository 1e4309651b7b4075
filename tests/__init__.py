"""Tests by the rooms of what they test; what several of them use lies in ``support``."""
