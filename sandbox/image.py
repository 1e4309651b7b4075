"""The sandbox's image: named by what it is made from, so that it is built when that changes and only then.

``python -m sandbox.image`` builds it.
"""

import contextlib
import fcntl
import hashlib
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import base_image, numpy_wheel
from sandbox.cache import cache_folder
from sandbox.errors import SandboxUnavailable
from sandbox.owned_folder import owned_folder

if TYPE_CHECKING:
    import docker

REPOSITORY = "goldgrade-sandbox"
LABELS = {"goldgrade": "sandbox"}
HERE = Path(__file__).parent
DOCKERFILE = "Dockerfile"
# The runner and all that it imports; nothing else of ours enters the image. A test compares.
RUNNER_MODULES = (
    "__init__",
    "framing",
    "grading_mode",
    "limits",
    "messages",
    "parameters",
    "program",
    "request_codec",
    "result_encoding",
    "runner",
)
# An image that was built this recently may be in the hands of a grader of another checkout.
KEEP_SECONDS = 3600
BUILD_SECONDS = 600


def image_tag() -> str:
    """The image's name, from the contents of everything that it is made from. Takes under a millisecond."""
    made_from = hashlib.sha256()
    for path in (HERE / DOCKERFILE, *(HERE / f"{module}.py" for module in RUNNER_MODULES)):
        content = path.read_bytes()
        made_from.update(f"{path.name} {len(content)}\n".encode() + content)
    wheels = [(wheel.file_name, wheel.sha256) for _, wheel in sorted(numpy_wheel.WHEELS.items())]
    left_out = (sorted(numpy_wheel.LEFT_OUT_FOLDERS), numpy_wheel.LEFT_OUT_ENDINGS)
    made_from.update(repr((base_image.base_tag(), wheels, left_out)).encode())
    return f"{REPOSITORY}:{made_from.hexdigest()[:12]}"


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
    from sandbox.container import engine_faults

    with engine_faults("looking for the sandbox's image"):
        if found := find(client):
            return found
    with _one_at_a_time(say), engine_faults("building the sandbox's image"):
        return find(client) or _build(client, say)  # the other one has built it meanwhile


def _build(client: "docker.APIClient", say: Callable[[str], None]) -> str:
    tag = image_tag()
    architecture = str(client.version()["Arch"])
    base = base_image.find_or_make_base(client, architecture=architecture, say=say)
    wheel = numpy_wheel.find_wheel(architecture, say=say)
    say(f"Building the sandbox's image {tag} ...")
    with owned_folder("image") as context:
        _lay_out(context, wheel)
        steps = client.build(
            path=str(context),
            tag=tag,
            buildargs={"BASE": base},
            labels=LABELS,
            network_mode="none",  # everything it needs is in the context
            rm=True,
            forcerm=True,
            decode=True,
            timeout=BUILD_SECONDS,
        )
        printed: list[str] = []
        for step in steps:
            printed.append(str(step.get("stream", "")))
            if "error" in step:
                raise SandboxUnavailable(
                    f"The image's build failed: {step['error']}\n{''.join(printed[-8:]).strip()}",
                    expected="a build that needs nothing but the files it is given",
                    advice="Run 'grade doctor' to see what is wrong with the engine, then 'make image'.",
                )
    built: str = client.inspect_image(tag)["Id"]
    _remove_old(client, REPOSITORY, keep=tag, say=say)
    _remove_old(client, base_image.REPOSITORY, keep=base, say=say)
    return built


def _lay_out(context: Path, wheel: Path) -> None:
    """Write the build's context: what the Dockerfile's head lists."""
    numpy_wheel.unpack(wheel, context / "site-packages")
    (context / "sandbox").mkdir()
    for module in RUNNER_MODULES:
        shutil.copyfile(HERE / f"{module}.py", context / "sandbox" / f"{module}.py")
    shutil.copyfile(HERE / DOCKERFILE, context / DOCKERFILE)
    for path in context.rglob("*"):  # whatever umask this process has, the container's user can read
        path.chmod(0o755 if path.is_dir() else 0o644)


def _remove_old(client: "docker.APIClient", repository: str, *, keep: str, say: Callable[[str], None]) -> None:
    from docker.errors import APIError

    long_ago = time.time() - KEEP_SECONDS
    for image in client.images(name=repository):
        for tag in image["RepoTags"] or ():
            if tag.startswith(f"{repository}:") and tag != keep and image["Created"] < long_ago:
                with contextlib.suppress(APIError):  # a container uses it, or it is gone already
                    client.remove_image(tag)
                    say(f"Removed the old image {tag}.")


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


def main() -> int:
    """Build the image; returns the exit code."""
    from sandbox.engine import connect

    def say(line: str) -> None:
        print(line, flush=True)

    try:
        find_or_build(connect(), say=say)
    except SandboxUnavailable as error:
        print(error, file=sys.stderr)
        return 4
    except KeyboardInterrupt:
        return 130
    say(f"The sandbox's image is ready: {image_tag()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
