"""Copies of what is shipped, for tests that change it: the sources alone, which are a third of the files."""

import shutil
from pathlib import Path


def copy_sources(source: Path, target: Path, *aside: str) -> Path:
    """Copies a folder without compiled files, and without what ``aside`` names by pattern."""
    return Path(shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", *aside)))
