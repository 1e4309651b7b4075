"""Runs a request in bubblewrap: a sandbox for machines on which no container engine may run."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.process.bubblewrap import find_bubblewrap
from sandbox.process.process_sandbox import ProcessSandbox
from sandbox.process.runner_process import (
    ProcessSettings,
    RunnerProcess,
    is_open_to_all,
    packages_of_numpy,
    this_python,
)
from sandbox.system import SandboxUnavailable

SYSTEMS_FOLDERS = ("/usr/bin", "/usr/local/bin")


class BubblewrapSandbox(ProcessSandbox):
    """``with BubblewrapSandbox(...) as sandbox:`` starts one; ``sandbox.run`` uses it."""

    backend = "bubblewrap"

    @contextmanager
    def _process(self) -> Iterator[RunnerProcess]:
        with super()._process() as process:
            try:
                yield process
            except SandboxUnavailable as error:
                if not process.complaint:
                    raise
                raise SandboxUnavailable(
                    f"Bubblewrap can't make a sandbox here: {process.complaint}",
                    expected="a kernel that lets this user make namespaces",
                    advice="Run 'grade doctor'; docs/backends.md has the settings that some systems need.",
                ) from error


def bubblewrap_settings(bank: Path) -> ProcessSettings:
    """With this Python and NumPy, or the system's own Python of the same version where root's is private.

    Raises SandboxUnavailable where bubblewrap is missing or too old.
    """
    python, packages = this_python(), packages_of_numpy()
    if os.getuid() == 0 and not is_open_to_all(python):
        name = f"python{sys.version_info.major}.{sys.version_info.minor}"
        others = (Path(folder, name) for folder in SYSTEMS_FOLDERS)
        python = next((path.resolve() for path in others if path.exists() and is_open_to_all(path)), python)
    found = find_bubblewrap(python=python, site_packages=packages)
    return ProcessSettings(bank=bank, python=python, site_packages=packages, bubblewrap=found)
