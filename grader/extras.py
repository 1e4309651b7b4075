"""Packages that some commands need and grading does not, and how to install them where this Goldgrade runs.

Goldgrade is in no package index, so "pip install 'goldgrade[batch]'" would fail, or fetch a stranger's package. The
advice names the packages themselves and the Python that is running: it works in a clone's .venv, in any other
environment, and from every folder.
"""

import shlex
import sys
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from grader.errors import UsageProblem


class Extra(Enum):
    """An extra of pyproject.toml under its name, and its packages; a test compares the two."""

    AUTHORING = ("libcst==1.9.0",)
    BATCH = ("copydetect>=0.5,<0.6", "dulwich>=1.2.21", "jsonschema-rs>=0.30", "matplotlib>=3.9", "pyyaml>=6.0")
    CLUSTER = ("distributed>=2025.1",)

    def missing(self) -> tuple[str, ...]:
        """The names of its packages that are not installed here."""
        names = (package.split("=")[0].rstrip("<>") for package in self.value)
        return tuple(name for name in names if not _is_installed(name))


def how_to_install(*packages: str) -> str:
    """The sentence with the command that installs packages into the environment of this Python."""
    command = [sys.executable, "-m", "pip", "install"]
    if find_spec("pip") is None:  # as in an environment that uv made
        command = ["uv", "pip", "install", "--python", sys.executable]
    return f"Run: {shlex.join([*command, *packages])}"


def extra_missing(happened: str, extra: Extra) -> UsageProblem:
    """What a command that can't go on without an extra raises."""
    return UsageProblem(
        happened,
        expected=f"the packages of Goldgrade's extra '{extra.name.lower()}', as 'make grade' installs them",
        advice=how_to_install(*extra.value),
    )


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True
