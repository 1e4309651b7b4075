"""The host's side of a run: what is asked of the runner, how its answer is read, and how long it may take."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from sandbox.host.channel import (
        Blame,
        ReadDeadline,
        RunnerGone,
        RunnerSilent,
        SocketChannel,
        StreamCorrupt,
        StreamLoss,
    )
    from sandbox.host.in_process import check_trusted_utils, run_trusted
    from sandbox.host.result_decoder import most_bytes
    from sandbox.host.runner_session import RunnerSession
    from sandbox.host.seccomp import check_library, filter_program, profile
    from sandbox.host.serving import serve
else:
    __getattr__ = lazy(
        __name__,
        {
            "channel": (
                "Blame",
                "ReadDeadline",
                "RunnerGone",
                "RunnerSilent",
                "SocketChannel",
                "StreamCorrupt",
                "StreamLoss",
            ),
            "in_process": ("check_trusted_utils", "run_trusted"),
            "result_decoder": ("most_bytes",),
            "runner_session": ("RunnerSession",),
            "seccomp": ("check_library", "filter_program", "profile"),
            "serving": ("serve",),
        },
    )

__all__ = [
    "Blame",
    "ReadDeadline",
    "RunnerGone",
    "RunnerSession",
    "RunnerSilent",
    "SocketChannel",
    "StreamCorrupt",
    "StreamLoss",
    "check_library",
    "check_trusted_utils",
    "filter_program",
    "most_bytes",
    "profile",
    "run_trusted",
    "serve",
]
