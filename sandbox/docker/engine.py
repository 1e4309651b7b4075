"""Finds the container engine that the environment names: a local, a rootless or a remote one."""

import os
from pathlib import Path

import docker
import requests
from docker.errors import DockerException
from docker.utils import kwargs_from_env

from sandbox.system import EngineNonsense, SandboxUnavailable, reason, root_cause

REQUEST_SECONDS = 60
# What reading an answer throws that has another form than the engine's API says.
NONSENSE = (ValueError, LookupError, TypeError, AttributeError)
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
    except NONSENSE as error:
        raise _nonsense(error) from error
    except DockerException as error:
        # The SDK wraps everything. Without a connection there is no engine; whatever else went wrong was answered.
        if not _is_unreached(error.__cause__):
            raise _nonsense(root_cause(error)) from error
        raise SandboxUnavailable(
            f"No container engine answers: {reason(root_cause(error))}",
            expected="a running Docker engine that this user may talk to",
            advice="Run 'grade doctor': it says what is missing, and what installs or starts it.",
        ) from error


def _is_unreached(cause: BaseException | None) -> bool:
    """Whether nothing listens there, or what listens says nothing. All of requests' errors are OSErrors as well."""
    if isinstance(cause, requests.RequestException):
        return isinstance(cause, requests.ConnectionError | requests.Timeout)
    return cause is None or isinstance(cause, OSError)


def _nonsense(error: BaseException) -> EngineNonsense:
    return EngineNonsense(
        f"What answers as the container engine is none, or not in order: {type(error).__name__}: {reason(error)}",
        expected="an engine that tells the version of its API",
        advice="Look at what DOCKER_HOST names, or start the engine anew ('sudo systemctl restart docker').",
    )


def is_remote(client: docker.APIClient) -> bool:
    """Whether the engine may see another file system than ours, so that a path of ours means nothing to it."""
    return not client.base_url.startswith(("http+docker://", "http+unix://"))
