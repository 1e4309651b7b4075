"""The sandbox's image: named by what it is made from, so that it is built when that changes and only then.

``python -m sandbox.image`` builds it. It has two layers: ``base_image.py`` makes the first one, and the second has
our runner. Both are made so that the same inputs give the same bytes, and the image the same id.
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.image import base_image
from sandbox.image.inventory import Inventory
from sandbox.image.tar_layers import ImageLayer, TarEntry
from sandbox.runner import runner_files
from sandbox.system import ExitCode, SandboxUnavailable, cache_folder, owned_folder

if TYPE_CHECKING:
    import docker

REPOSITORY = "goldgrade-sandbox"
REPOSITORIES = (REPOSITORY, base_image.REPOSITORY)
# One BLAS thread: a second one would only cost start-up time. A fixed hash seed gives a set the same order in
# every run of a submission. That is why the flags below are -P -s and not -I, which ignores the variable.
CONFIG = {
    "Entrypoint": [
        *("python3", "-P", "-s", "-S", "-c"),
        "import sys; sys.path[:0] = ['/opt/goldgrade', '/opt/goldgrade/site-packages']; "
        "from sandbox.runner.supervisor import main; main()",
    ],
    "Env": [
        "HOME=/tmp",
        "LANG=C.UTF-8",
        "OPENBLAS_NUM_THREADS=1",
        "PYTHONDONTWRITEBYTECODE=1",
        "PYTHONHASHSEED=0",
    ],
    "User": "65534:65534",
    "WorkingDir": "/tmp",
}
# An image that was built this recently may be in the hands of a grader of another checkout.
KEEP_SECONDS = 3600


def image_tag() -> str:
    """The image's name, from the contents of everything that it is made from. Takes under a millisecond."""
    made_from = hashlib.sha256()
    for name, content in runner_files():
        made_from.update(f"{name} {len(content)}\n".encode() + content)
    made_from.update(repr((base_image.base_tag(), CONFIG)).encode())
    return f"{REPOSITORY}:{made_from.hexdigest()[:12]}"


def current_tags() -> tuple[str, str]:
    """The names of the image and of its base."""
    return image_tag(), base_image.base_tag()


def find(client: "docker.APIClient") -> str | None:
    """The current image's id, or None when this engine does not have it."""
    from docker.errors import ImageNotFound

    try:
        image_id: str = client.inspect_image(image_tag())["Id"]
    except ImageNotFound:
        return None
    return image_id


def find_or_build(client: "docker.APIClient", *, say: Callable[[str], None]) -> str:
    """The current image's id; one question to the engine when it is there. ``say`` gets lines on progress."""
    from sandbox.docker import engine_faults

    with engine_faults("looking for the sandbox's image"):
        if found := find(client):
            return found
    with _one_at_a_time(say), engine_faults("building the sandbox's image"):
        return find(client) or _build(client, say)  # the other one has built it meanwhile


def _build(client: "docker.APIClient", say: Callable[[str], None]) -> str:
    tag, architecture = image_tag(), str(client.version()["Arch"])
    base = base_image.find_or_make_base(client, architecture=architecture, say=say)
    say(f"Building the sandbox's image {tag} ...")
    built = assemble(client, tag, base=base, architecture=architecture)
    _remove_old(client, REPOSITORY, keep=tag, say=say)
    _remove_old(client, base_image.REPOSITORY, keep=base_image.base_tag(), say=say)
    return built


def assemble(client: "docker.APIClient", tag: str, *, base: str, architecture: str) -> str:
    """Put the runner upon a base, under a tag; returns the image's id."""
    from sandbox.image.layer_builder import load, make_layer, take_layers

    with owned_folder("image") as folder:
        path = folder / "layer.tar"
        make_layer(client, image=base, files=_runner(), output=path)
        below = take_layers(client, base, folder)
        labels = client.inspect_image(base)["Config"]["Labels"] | {"goldgrade": "sandbox"}
        return load(
            client,
            tag=tag,
            architecture=architecture,
            config=CONFIG | {"Labels": labels},
            layers=[*below, ImageLayer(path=str(path), made_by="the runner, and what it imports")],
        )


def _runner() -> list[TarEntry]:
    return [TarEntry(name=f"opt/goldgrade/sandbox/{name}", content=content) for name, content in runner_files()]


def _remove_old(client: "docker.APIClient", repository: str, *, keep: str, say: Callable[[str], None]) -> None:
    from docker.errors import APIError

    long_ago = time.time() - KEEP_SECONDS
    for image in client.images(name=repository):
        for tag in image["RepoTags"] or ():
            if tag.startswith(f"{repository}:") and tag != keep:
                with contextlib.suppress(APIError):  # a container uses it, or it is gone already
                    if tagged_at(client.inspect_image(tag)) < long_ago:
                        client.remove_image(tag)
                        say(f"Removed the old image {tag}.")


def tagged_at(image: Mapping[str, Any]) -> float:
    """When this engine got an image: every image of ours was "created" on the same day, long ago."""
    found = re.match(r"[\d-]+T[\d:]+", (image.get("Metadata") or {}).get("LastTagTime") or "")
    moment = datetime.fromisoformat(found[0]).replace(tzinfo=UTC) if found else None
    return moment.timestamp() if moment is not None and moment.year > 1 else float("inf")  # unknown: keep it


@contextlib.contextmanager
def _one_at_a_time(say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock that lets only one process of this user build; the kernel lets go of a dead one's."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "image.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another process is building the sandbox's image; waiting for it ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write_bill(client: "docker.APIClient", path: Path) -> None:
    """Write the bill of materials of the current image, which is on the engine, to a file. Raises OSError."""
    from sandbox.image.sbom import bill_of_materials

    image = client.inspect_image(image_tag())
    inventory = Inventory.from_labels(image["Config"]["Labels"])
    assert inventory is not None, "an image of this tag has one"
    document = bill_of_materials(
        inventory,
        image_id=image["Id"],
        layers=image["RootFS"]["Layers"],
        runner={entry.name: entry.content for entry in _runner()},
    )
    path.write_text(document, encoding="utf-8")


def is_reproducible(client: "docker.APIClient", *, say: Callable[[str], None]) -> bool:
    """Make the current image once more, from the distribution's packages up, and compare. Takes minutes."""
    ours = client.inspect_image(image_tag())
    architecture = str(client.version()["Arch"])
    base_tag, tag = (f"{name}-check:{os.getpid()}" for name in (base_image.REPOSITORY, REPOSITORY))
    made = []
    try:
        base = base_image.make_base(client, base_tag, architecture=architecture, say=say)
        made.append(base_tag)
        assemble(client, tag, base=base, architecture=architecture)
        made.append(tag)
        again = client.inspect_image(tag)
    finally:
        for name in made:
            client.remove_image(name)
    say(f"now:    {ours['Id']}\nanew:   {again['Id']}")
    if ours["Id"] == again["Id"]:
        say("The same inputs made the same image.")
        return True
    before, after = (Inventory.from_labels(image["Config"]["Labels"]) for image in (ours, again))
    assert before is not None
    assert after is not None
    changes = before.changes(after)
    say(
        "\n".join(
            ["The inputs are others:", *changes] if changes else ["The inputs are the same, the image is not."]
        )
    )
    return False


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the image; returns the exit code."""
    from sandbox.docker import connect, engine_faults
    from sandbox.system import ShutdownSignals

    ShutdownSignals().watch()

    parser = argparse.ArgumentParser(prog="python -m sandbox.image", description="Builds the sandbox's image.")
    parser.add_argument("--sbom", type=Path, metavar="FILE", help="and write its bill of materials (CycloneDX)")
    parser.add_argument(
        "--check-reproducible", action="store_true", help="and make it once more from nothing, and compare the ids"
    )
    options = parser.parse_args(arguments)

    def say(line: str) -> None:
        print(line, flush=True)

    try:
        with contextlib.closing(connect()) as client:
            find_or_build(client, say=say)
            say(f"The sandbox's image is ready: {image_tag()}")
            if options.sbom:
                with engine_faults("writing the image's bill of materials"):
                    write_bill(client, options.sbom)
                say(f"Its bill of materials: {options.sbom}")
            if options.check_reproducible:
                with engine_faults("building the image once more"):
                    return 0 if is_reproducible(client, say=say) else 1
    except SandboxUnavailable as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    return ExitCode.DONE
