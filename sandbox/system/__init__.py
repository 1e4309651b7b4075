"""What a run needs of this machine: temporary folders and their owners, signals, a limited child, our errors."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from sandbox.system.cache_dir import cache_folder
    from sandbox.system.errors import (
        EngineNonsense,
        GoldgradeError,
        SandboxUnavailable,
        plain_line,
        reason,
        root_cause,
    )
    from sandbox.system.exit_code import ExitCode
    from sandbox.system.forked_worker import Child, Say
    from sandbox.system.limited_child import ChildLimits, TooCostly, WorkFailed, in_limited_child
    from sandbox.system.owned_temp_dir import (
        FORGOTTEN_SECONDS,
        SYSTEMS_FOLDER,
        OwnedFolder,
        find_folders,
        folder_bytes,
        make_folder,
        owned_folder,
        remove_folder,
    )
    from sandbox.system.process_identity import ProcessIdentity
    from sandbox.system.signals import ShutdownSignals, deferred_signals, noted_interrupts
else:
    __getattr__ = lazy(
        __name__,
        {
            "cache_dir": ("cache_folder",),
            "errors": (
                "EngineNonsense",
                "GoldgradeError",
                "SandboxUnavailable",
                "plain_line",
                "reason",
                "root_cause",
            ),
            "exit_code": ("ExitCode",),
            "forked_worker": ("Child", "Say"),
            "limited_child": ("ChildLimits", "TooCostly", "WorkFailed", "in_limited_child"),
            "owned_temp_dir": (
                "FORGOTTEN_SECONDS",
                "OwnedFolder",
                "SYSTEMS_FOLDER",
                "find_folders",
                "folder_bytes",
                "make_folder",
                "owned_folder",
                "remove_folder",
            ),
            "process_identity": ("ProcessIdentity",),
            "signals": ("ShutdownSignals", "deferred_signals", "noted_interrupts"),
        },
    )

__all__ = [
    "FORGOTTEN_SECONDS",
    "SYSTEMS_FOLDER",
    "Child",
    "ChildLimits",
    "EngineNonsense",
    "ExitCode",
    "GoldgradeError",
    "OwnedFolder",
    "ProcessIdentity",
    "SandboxUnavailable",
    "Say",
    "ShutdownSignals",
    "TooCostly",
    "WorkFailed",
    "cache_folder",
    "deferred_signals",
    "find_folders",
    "folder_bytes",
    "in_limited_child",
    "make_folder",
    "noted_interrupts",
    "owned_folder",
    "plain_line",
    "reason",
    "remove_folder",
    "root_cause",
]
