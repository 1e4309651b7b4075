"""The image that the sandbox's image stands on: Python and NumPy, and the few files of a system that they need.

The files are picked out of a registry's slim Python, or of a system made of Debian packages. That system itself
does not stay.
"""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.image import numpy_wheel
from sandbox.image.inventory import LABEL, Inventory, Package
from sandbox.image.tar_layers import ImageLayer
from sandbox.system import SYSTEMS_FOLDER, SandboxUnavailable, owned_folder

if TYPE_CHECKING:
    import docker

REPOSITORY = "goldgrade-base"
REGISTRY_IMAGE = ("python", "3.11-slim-bookworm")
REGISTRY_SECONDS = 8.0  # an engine behind a firewall would try for minutes
UNCHECKED = "packages, signatures not checked"
HERE = Path(__file__).parent
RECIPE = "base.sh"
# What decides which bytes get in, besides the packages themselves.
MADE_BY = (RECIPE, "rootfs_selection.py", "tar_layers.py")


class BaseChoice(Enum):
    """Where the base comes from, as the variable GOLDGRADE_BASE says it."""

    AUTO = ""  # the registry if it answers, else Debian
    REGISTRY = "registry"
    DEBIAN = "debian"


@dataclass(frozen=True, kw_only=True)
class BaseSystem:
    """A whole system on the engine, from which files are taken."""

    image: str  # its id
    origin: str  # for the inventory


def base_tag() -> str:
    """Names the base by what it is made from."""
    made_from = hashlib.sha256()
    for name in MADE_BY:
        content = (HERE / name).read_bytes()
        made_from.update(f"{name} {len(content)}\n".encode() + content)
    wheels = [(wheel.file_name, wheel.sha256) for _, wheel in sorted(numpy_wheel.WHEELS.items())]
    left_out = (sorted(numpy_wheel.LEFT_OUT_FOLDERS), numpy_wheel.LEFT_OUT_ENDINGS)
    made_from.update(repr((REGISTRY_IMAGE, wheels, left_out)).encode())
    return f"{REPOSITORY}:{made_from.hexdigest()[:12]}"


def find_or_make_base(client: "docker.APIClient", *, architecture: str, say: Callable[[str], None]) -> str:
    """The id of a base image that is on the engine when this returns."""
    from docker.errors import ImageNotFound

    tag = base_tag()
    with contextlib.suppress(ImageNotFound):
        found: str = client.inspect_image(tag)["Id"]
        return found
    return make_base(client, tag, architecture=architecture, say=say)


def make_base(client: "docker.APIClient", tag: str, *, architecture: str, say: Callable[[str], None]) -> str:
    """Make the base anew under a tag; returns its id, which the same packages make the same."""
    from sandbox.image.layer_builder import load, make_layer

    wheel = numpy_wheel.find_wheel(architecture, say=say)
    with (
        a_system(client, architecture=architecture, say=say) as system,
        owned_folder("base") as folder,
    ):
        say("Picking the files that a sandbox needs ...")
        path = folder / "layer.tar"
        files = numpy_wheel.entries(wheel)
        found = make_layer(client, image=system.image, files=files, output=path, with_system=True)
        inventory = Inventory(
            **found | {"packages": tuple(Package(**package) for package in found["packages"])},
            origin=system.origin,
            numpy=numpy_wheel.NUMPY_VERSION,
            wheel=wheel.name,
            wheel_sha256=numpy_wheel.WHEELS[architecture].sha256,
            openblas=numpy_wheel.openblas_version(files),
        )
        made_by = (
            f"Python {inventory.python} and NumPy {inventory.numpy}, picked by sandbox/image/rootfs_selection.py"
        )
        labels = {"goldgrade": "base", LABEL: inventory.to_label()}
        layers = [ImageLayer(path=str(path), made_by=made_by)]
        return load(client, tag=tag, architecture=architecture, config={"Labels": labels}, layers=layers)


@contextlib.contextmanager
def a_system(client: "docker.APIClient", *, architecture: str, say: Callable[[str], None]) -> Iterator[BaseSystem]:
    """A system with Python on the engine, from a registry or made here. One made here is removed in the end."""
    choice = chosen_base()
    pulled = None if choice is BaseChoice.DEBIAN else _pulled(client, say=say)
    if pulled is not None:
        yield pulled
        return
    if choice is BaseChoice.REGISTRY:
        raise SandboxUnavailable(
            f"The container engine can't pull {':'.join(REGISTRY_IMAGE)}",
            expected="an image registry that the engine reaches, because GOLDGRADE_BASE=registry asks for it",
            advice="Unset GOLDGRADE_BASE: the base is then made of Debian packages.",
        )
    tag = f"whole-{os.getpid()}"
    image = _make_of_debian_packages(client, tag, architecture, say)
    try:
        yield BaseSystem(image=image, origin="packages" if signatures_are_checked() else UNCHECKED)
    finally:
        client.remove_image(f"{REPOSITORY}:{tag}")


def signatures_are_checked() -> bool:
    """Whether Debian's packages are only taken with the archive's signature; ``base.sh`` refuses other values."""
    return os.environ.get("GOLDGRADE_DEBIAN_UNSIGNED", "") == ""


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


def _pulled(client: "docker.APIClient", *, say: Callable[[str], None]) -> BaseSystem | None:
    """The registry's Python; None when no registry answers quickly.

    Which digest it has is asked first, and then that very image is fetched. No digest is written down here, as it
    changes with every mended hole; the inventory keeps the one that it was.
    """
    import requests
    from docker.errors import APIError

    from sandbox.image.layer_builder import patience

    name, version = REGISTRY_IMAGE
    try:
        with patience(client, REGISTRY_SECONDS):
            digest: str = client.inspect_distribution(f"{name}:{version}")["Descriptor"]["digest"]
        say(f"Downloading the base image {name}:{version} ({digest}) ...")
        for step in client.pull(f"{name}@{digest}", stream=True, decode=True):
            if "error" in step:
                say(f"The download failed: {step['error']}")
                return None
        image: str = client.inspect_image(f"{name}@{digest}")["Id"]
    except (APIError, requests.RequestException):
        say("No image registry answers; the base image will be made of Debian packages.")
        return None
    return BaseSystem(image=image, origin=f"{name}:{version}@{digest}")


def _make_of_debian_packages(
    client: "docker.APIClient", tag: str, architecture: str, say: Callable[[str], None]
) -> str:
    from sandbox.image.layer_builder import MOVE_SECONDS, patience

    with owned_folder("base", SYSTEMS_FOLDER) as folder:
        archive = folder / "system.tar"
        _run_recipe(archive, architecture, say)
        say("Handing it to the container engine ...")
        with patience(client, MOVE_SECONDS), archive.open("rb") as data:
            client.import_image_from_data(data, repository=REPOSITORY, tag=tag)
    image: str = client.inspect_image(f"{REPOSITORY}:{tag}")["Id"]
    return image


def _run_recipe(archive: Path, architecture: str, say: Callable[[str], None]) -> None:
    recipe = HERE / RECIPE
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints,
        subprocess.Popen(
            ["sh", str(recipe), str(archive), architecture],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            start_new_session=True,
            env=os.environ | {"PYTHON": sys.executable},  # for what it says to run
        ) as running,
    ):
        assert running.stdout is not None
        try:
            for line in running.stdout:
                say(line.rstrip())
            status = running.wait()
        except BaseException:  # a signal to us: debootstrap would go on for a minute
            os.killpg(running.pid, signal.SIGTERM)
            raise
        complaints.seek(0)
        words = complaints.read().strip()
    if status != 0:
        raise SandboxUnavailable(
            "The sandbox's base image could not be made",
            expected="an image registry that the engine reaches, or root on Debian with debootstrap",
            advice=words or f"The recipe {recipe} ended with status {status}.",
        )
