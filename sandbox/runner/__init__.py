"""What runs a student's program inside the sandbox. With ``wire/`` it enters the container, nothing else does.

The seam is written out here: what the other rooms make theirs with is not in the container.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.runner.execute import MODULE_NAME, load_utils, run_program
    from sandbox.runner.helper_modules import make_importable
    from sandbox.runner.instrumentation import UtilsMalformed, check_utils
    from sandbox.runner.manifest import MODULES, runner_files
    from sandbox.runner.recording import in_order
    from sandbox.runner.result_encoder import encode_case
    from sandbox.runner.supervisor import kill_everything_else, serve
    from sandbox.runner.sysv_ipc import remove_all_of
else:
    _HOMES = {
        "MODULES": "manifest",
        "MODULE_NAME": "execute",
        "UtilsMalformed": "instrumentation",
        "check_utils": "instrumentation",
        "encode_case": "result_encoder",
        "in_order": "recording",
        "kill_everything_else": "supervisor",
        "load_utils": "execute",
        "make_importable": "helper_modules",
        "remove_all_of": "sysv_ipc",
        "run_program": "execute",
        "runner_files": "manifest",
        "serve": "supervisor",
    }

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = [
    "MODULES",
    "MODULE_NAME",
    "UtilsMalformed",
    "check_utils",
    "encode_case",
    "in_order",
    "kill_everything_else",
    "load_utils",
    "make_importable",
    "remove_all_of",
    "run_program",
    "runner_files",
    "serve",
]
