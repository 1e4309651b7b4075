"""The image that the sandbox's image stands on: a registry's slim Python, or one made of Debian packages."""

import contextlib
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.errors import SandboxUnavailable

if TYPE_CHECKING:
    import docker

REPOSITORY = "goldgrade-base"
REGISTRY_IMAGE = ("python", "3.11-slim-bookworm")
REGISTRY_SECONDS = 8.0  # an engine behind a firewall would try for minutes
IMPORT_SECONDS = 600  # a remote engine may be far away
RECIPE = Path(__file__).with_name("base.sh")


class BaseChoice(Enum):
    """Where the base comes from, as the variable GOLDGRADE_BASE says it."""

    AUTO = ""  # the registry if it answers, else Debian
    REGISTRY = "registry"
    DEBIAN = "debian"


def base_tag() -> str:
    """Names the base by what it is made from."""
    made_from = RECIPE.read_bytes() + ":".join(REGISTRY_IMAGE).encode()
    return f"{REPOSITORY}:{hashlib.sha256(made_from).hexdigest()[:12]}"


def find_or_make_base(client: "docker.APIClient", *, architecture: str, say: Callable[[str], None]) -> str:
    """The tag of a base image that is on the engine when this returns."""
    from docker.errors import ImageNotFound

    tag = base_tag()
    with contextlib.suppress(ImageNotFound):
        client.inspect_image(tag)
        return tag
    choice = chosen_base()
    if choice is BaseChoice.DEBIAN or not _pulled(client, tag, say=say):
        if choice is BaseChoice.REGISTRY:
            raise SandboxUnavailable(
                f"The container engine can't pull {':'.join(REGISTRY_IMAGE)}",
                expected="an image registry that the engine reaches, because GOLDGRADE_BASE=registry asks for it",
                advice="Unset GOLDGRADE_BASE: the base is then made of Debian packages.",
            )
        _make_of_debian_packages(client, tag, architecture, say)
    return tag


def chosen_base() -> BaseChoice:
    """What GOLDGRADE_BASE says."""
    value = os.environ.get("GOLDGRADE_BASE", "")
    try:
        return BaseChoice(value)
    except ValueError:
        raise SandboxUnavailable(
            f"GOLDGRADE_BASE is {value!r}",
            expected="'registry', 'debian', or nothing at all",
            advice="Unset it to let Goldgrade find out which of the two works.",
        ) from None


def _pulled(client: "docker.APIClient", tag: str, *, say: Callable[[str], None]) -> bool:
    """Pull the registry's Python and give it our tag; False when no registry answers quickly."""
    import requests
    from docker.errors import APIError

    name, version = REGISTRY_IMAGE
    try:
        with _patience(client, REGISTRY_SECONDS):
            client.inspect_distribution(f"{name}:{version}")
        say(f"Downloading the base image {name}:{version} ...")
        for step in client.pull(name, tag=version, stream=True, decode=True):
            if "error" in step:
                say(f"The download failed: {step['error']}")
                return False
        client.tag(f"{name}:{version}", repository=REPOSITORY, tag=tag.removeprefix(f"{REPOSITORY}:"))
    except (APIError, requests.RequestException):
        say("No image registry answers; the base image will be made of Debian packages.")
        return False
    return True


def _make_of_debian_packages(
    client: "docker.APIClient", tag: str, architecture: str, say: Callable[[str], None]
) -> None:
    with tempfile.TemporaryDirectory(prefix="goldgrade-", dir="/var/tmp") as folder:
        archive = Path(folder) / "base.tar"
        _run_recipe(archive, architecture, say)
        say("Handing it to the container engine ...")
        with _patience(client, IMPORT_SECONDS), archive.open("rb") as data:
            version = tag.removeprefix(f"{REPOSITORY}:")
            client.import_image_from_data(data, repository=REPOSITORY, tag=version)


def _run_recipe(archive: Path, architecture: str, say: Callable[[str], None]) -> None:
    command = ["sh", str(RECIPE), str(archive), architecture]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as recipe,
    ):
        assert recipe.stdout is not None
        for line in recipe.stdout:
            say(line.rstrip())
        status = recipe.wait()
        complaints.seek(0)
        words = complaints.read().strip()
    if status != 0:
        raise SandboxUnavailable(
            "The sandbox's base image could not be made",
            expected="an image registry that the engine reaches, or root on Debian with debootstrap",
            advice=words or f"The recipe {RECIPE} ended with status {status}.",
        )


@contextlib.contextmanager
def _patience(client: Any, seconds: float) -> Iterator[None]:
    """Let the client wait this long for an answer, instead of its usual time."""
    usual = client.timeout
    client.timeout = seconds
    try:
        yield
    finally:
        client.timeout = usual
