"""Finds the container engine that the environment names: a local, a rootless or a remote one."""

import os
from pathlib import Path

import docker
from docker.errors import DockerException
from docker.utils import kwargs_from_env

from sandbox.system import SandboxUnavailable, reason, root_cause

REQUEST_SECONDS = 60
# Finds an engine, or installs and starts one, or says what to do.
ENGINE_SCRIPT = Path(__file__).with_name("engine.sh")


def connect() -> docker.APIClient:
    """A client of the engine at ``DOCKER_HOST``, the default socket, or the user's own rootless socket."""
    settings = kwargs_from_env()
    rootless = Path(os.environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")) / "docker.sock"
    if "base_url" not in settings and not Path("/var/run/docker.sock").exists() and rootless.exists():
        settings["base_url"] = f"unix://{rootless}"
    try:
        return docker.APIClient(version="auto", timeout=REQUEST_SECONDS, **settings)
    except DockerException as error:
        raise SandboxUnavailable(
            f"No container engine answers: {reason(root_cause(error))}",
            expected="a running Docker engine that this user may talk to",
            advice="Run 'grade doctor': it says what is missing, and what installs or starts it.",
        ) from error


def is_remote(client: docker.APIClient) -> bool:
    """Whether the engine may see another file system than ours, so that a path of ours means nothing to it."""
    return not client.base_url.startswith(("http+docker://", "http+unix://"))
