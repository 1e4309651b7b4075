"""Containers of an engine: found, started, talked to and removed."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from sandbox.docker.bank_volume import mountable_bank
    from sandbox.docker.container import (
        LABEL,
        OWNER_LABEL,
        STARTED_LABEL,
        SYSTEM_LABEL,
        Container,
        ContainerSettings,
        engine_faults,
        owner_labels,
    )
    from sandbox.docker.docker_sandbox import DockerSandbox
    from sandbox.docker.engine import ENGINE_SCRIPT, connect
else:
    __getattr__ = lazy(
        __name__,
        {
            "bank_volume": ("mountable_bank",),
            "container": (
                "Container",
                "ContainerSettings",
                "LABEL",
                "OWNER_LABEL",
                "STARTED_LABEL",
                "SYSTEM_LABEL",
                "engine_faults",
                "owner_labels",
            ),
            "docker_sandbox": ("DockerSandbox",),
            "engine": ("ENGINE_SCRIPT", "connect"),
        },
    )

__all__ = [
    "ENGINE_SCRIPT",
    "LABEL",
    "OWNER_LABEL",
    "STARTED_LABEL",
    "SYSTEM_LABEL",
    "Container",
    "ContainerSettings",
    "DockerSandbox",
    "connect",
    "engine_faults",
    "mountable_bank",
    "owner_labels",
]
