"""Makes layers in a container of the system that they are for, and hands finished images to the engine.

All of it goes through the engine's API, so that a remote engine and one of another architecture serve as well. A
Dockerfile would not do: an engine's builder stamps the time of the build on what it makes.
"""

import contextlib
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import docker
from docker.errors import NotFound

from sandbox.docker import owner_labels
from sandbox.image.tar_layers import ImageLayer, TarEntry, write_image, write_layer
from sandbox.system import SandboxUnavailable

HERE = Path(__file__).parent
# What runs in there: a script and what it imports. Their packages are empty there.
SCRIPT_MODULES = ("rootfs_selection", "tar_layers")
SCRIPT = "import sys; sys.path[:0] = ['/tmp/build']; from sandbox.image.rootfs_selection import main; main()"
PLACE = "tmp/build"
MAKE_SECONDS = 600
MOVE_SECONDS = 600  # a remote engine may be far away


def make_layer(
    client: docker.APIClient, *, image: str, files: Iterable[TarEntry], output: Path, with_system: bool = False
) -> dict[str, Any]:
    """Write a layer of compiled files to ``output``; returns the inventory of what the system added to it.

    ``image`` is an image's id; ``with_system`` adds its Python and what that needs. Raises SandboxUnavailable.
    """
    with tempfile.TemporaryFile() as context, _container(client, image, with_system=with_system) as container:
        _write_context(files, context)
        with patience(client, MOVE_SECONDS):
            client.put_archive(container, "/", context)
        client.start(container)
        status = client.wait(container, timeout=MAKE_SECONDS)["StatusCode"]
        if status != 0:
            words = client.logs(container, tail=8).decode(errors="replace").strip()
            raise SandboxUnavailable(
                f"The image's build failed with status {status}: {words}",
                expected="a build that needs nothing but the files it is given",
                advice="Run 'grade doctor' to see what is wrong with the engine, then try again.",
            )
        return _fetch_results(client, container, output)


def take_layers(client: docker.APIClient, image: str, folder: Path) -> list[ImageLayer]:
    """Write the layers of an image that we made into a folder."""
    with tempfile.TemporaryFile() as saved:
        with patience(client, MOVE_SECONDS):
            for part in client.get_image(image):
                saved.write(part)
        saved.seek(0)
        layers = []
        with tarfile.open(fileobj=saved) as archive:
            manifest = json.loads(_content(archive, "manifest.json").read())[0]
            history = json.loads(_content(archive, manifest["Config"]).read())["history"]
            for number, (name, step) in enumerate(zip(manifest["Layers"], history, strict=True)):
                path = folder / f"taken-{number}.tar"
                with path.open("wb") as file:
                    shutil.copyfileobj(_content(archive, name), file)
                layers.append(ImageLayer(path=str(path), made_by=step["created_by"]))
    return layers


def load(
    client: docker.APIClient,
    *,
    tag: str,
    architecture: str,
    config: Mapping[str, Any],
    layers: Iterable[ImageLayer],
) -> str:
    """Hand an image to the engine; returns its id there."""
    with tempfile.TemporaryFile() as file:
        write_image(file, tag=tag, architecture=architecture, config=config, layers=layers)
        file.seek(0)
        with patience(client, MOVE_SECONDS):
            for step in client.load_image(file):
                if "error" in step:
                    raise SandboxUnavailable(
                        f"The container engine does not take the image {tag}: {step['error']}",
                        expected="an engine that loads images ('docker load')",
                        advice="Run 'grade doctor' to see what is wrong with it, then try again.",
                    )
    image_id: str = client.inspect_image(tag)["Id"]
    repository, _, version = tag.partition(":")
    client.tag(image_id, repository, version)  # loading alone leaves no time by which an old one is known
    return image_id


@contextlib.contextmanager
def patience(client: Any, seconds: float) -> Iterator[None]:
    """Let the client wait this long for an answer, instead of its usual time."""
    usual = client.timeout
    client.timeout = seconds
    try:
        yield
    finally:
        client.timeout = usual


@contextlib.contextmanager
def _container(client: docker.APIClient, image: str, *, with_system: bool) -> Iterator[str]:
    created = client.create_container(
        image=image,
        entrypoint=["python3", "-P", "-s", "-S", "-c", SCRIPT, f"/{PLACE}", *(["system"] if with_system else [])],
        environment={"PYTHONHASHSEED": "0", "LANG": "C.UTF-8"},  # both show in compiled files
        hostname="workshop",
        user="0:0",
        network_disabled=True,
        labels=owner_labels("container"),  # so that one whose maker was killed is found and removed
        host_config=client.create_host_config(cap_drop=["ALL"], security_opt=["no-new-privileges"]),
    )
    container: str = created["Id"]
    try:
        yield container
    finally:
        with contextlib.suppress(NotFound):
            client.remove_container(container, force=True, v=True)


def _write_context(files: Iterable[TarEntry], context: IO[bytes]) -> None:
    script = [
        *(TarEntry(name=f"{PLACE}/{package}/__init__.py", content=b"") for package in ("sandbox", "sandbox/image")),
        *(
            TarEntry(name=f"{PLACE}/sandbox/image/{module}.py", content=(HERE / f"{module}.py").read_bytes())
            for module in SCRIPT_MODULES
        ),
    ]
    with tempfile.TemporaryFile() as inner:
        write_layer(files, inner)
        inner.seek(0)
        # The folder /tmp keeps the mode that it must have.
        write_layer(
            [*script, TarEntry(name=f"{PLACE}/context.tar", content=inner.read())], context, folders={"tmp": 0o1777}
        )
    context.seek(0)


def _fetch_results(client: docker.APIClient, container: str, output: Path) -> dict[str, Any]:
    with tempfile.TemporaryFile() as fetched:
        with patience(client, MOVE_SECONDS):
            parts, _ = client.get_archive(container, f"/{PLACE}/out")
            for part in parts:
                fetched.write(part)
        fetched.seek(0)
        with tarfile.open(fileobj=fetched) as archive:
            with output.open("wb") as file:
                shutil.copyfileobj(_content(archive, "out/layer.tar"), file)
            inventory: dict[str, Any] = json.loads(_content(archive, "out/inventory.json").read())
            return inventory


def _content(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    content = archive.extractfile(name)
    assert content is not None, name
    return content
