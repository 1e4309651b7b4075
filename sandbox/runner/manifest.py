"""What of ours enters the container: the rooms ``wire/`` and ``runner/``, module by module. A test compares."""

from collections.abc import Iterable, Iterator
from pathlib import Path

SANDBOX = Path(__file__).parents[1]
MODULES = (
    "__init__",
    "runner/__init__",
    "runner/execute",
    "runner/held_request",
    "runner/helper_modules",
    "runner/instrumentation",
    "runner/manifest",
    "runner/recording",
    "runner/result_encoder",
    "runner/stand_ins",
    "runner/supervisor",
    "runner/sysv_ipc",
    "runner/unshared",
    "runner/unused_parameter",
    "wire/__init__",
    "wire/framing",
    "wire/limits",
    "wire/messages",
    "wire/parameters",
    "wire/request_codec",
    "wire/utils_source",
)


def runner_files(modules: Iterable[str] = MODULES) -> Iterator[tuple[str, bytes]]:
    """Each file's name in the folder ``sandbox``, and its content."""
    for module in modules:
        yield f"{module}.py", (SANDBOX / f"{module}.py").read_bytes()
