"""Sandboxes without an engine: a plain process, and the same inside of bubblewrap."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from sandbox.process.bubblewrap import program
    from sandbox.process.bubblewrap_sandbox import BubblewrapSandbox, bubblewrap_settings
    from sandbox.process.orphans import end_left_processes, end_user_of, find_left_processes, tidy_up_here
    from sandbox.process.process_sandbox import AS_OURSELVES, AS_ROOT, ProcessSandbox
    from sandbox.process.runner_process import ProcessSettings, RunnerProcess
else:
    __getattr__ = lazy(
        __name__,
        {
            "bubblewrap": ("program",),
            "bubblewrap_sandbox": ("BubblewrapSandbox", "bubblewrap_settings"),
            "orphans": ("end_left_processes", "end_user_of", "find_left_processes", "tidy_up_here"),
            "process_sandbox": ("AS_OURSELVES", "AS_ROOT", "ProcessSandbox"),
            "runner_process": ("RunnerProcess", "ProcessSettings"),
        },
    )

__all__ = [
    "AS_OURSELVES",
    "AS_ROOT",
    "BubblewrapSandbox",
    "ProcessSandbox",
    "ProcessSettings",
    "RunnerProcess",
    "bubblewrap_settings",
    "end_left_processes",
    "end_user_of",
    "find_left_processes",
    "program",
    "tidy_up_here",
]
