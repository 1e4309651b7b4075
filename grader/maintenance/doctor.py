"""What works on this machine, and what to do about what does not. Cheap questions first."""

import os
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exercises.errors import AssignmentBroken
from exercises.loader import load_assignment
from grader.course import FOLDER_VARIABLES, check_secret, read_private_assignment
from grader.errors import PrivateAssignmentUnusable
from grader.extras import Extra, how_to_install
from grader.finding import Finding, State
from grader.wording import listed
from sandbox.image import NUMPY_VERSION, find, image_tag
from sandbox.system import EngineNonsense, SandboxUnavailable, plain_line, reason, root_cause

if TYPE_CHECKING:
    import docker

OLDEST_PYTHON = (3, 11)
OLDEST_ENGINE = (20, 10)
PINNED_NUMPY = f"numpy=={NUMPY_VERSION}"
ENGINE_VARIABLES = ("DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
NEEDED_BY = {
    Extra.AUTHORING: "the mutants of 'grade check-exercise'",
    Extra.BATCH: "Gradescope's and GitHub Classroom's downloads, 'grade similar', plots, and fast reading",
    Extra.CLUSTER: "'grade batch --cluster'",
}


def examine() -> tuple[Finding, ...]:
    """Look at everything. A later look that an earlier finding makes pointless is left out."""
    return tuple(_findings())


def _findings() -> Iterator[Finding]:
    yield _python()
    yield _numpy()
    yield _notebooks()
    yield from _extras()
    bubblewrap, serves = _bubblewrap()
    yield bubblewrap
    if named := next(filter(None, map(os.environ.get, FOLDER_VARIABLES)), None):
        yield _private_assignment(Path(named))
    sdk = _docker_sdk()
    yield sdk
    if not sdk.works:
        return
    for finding, can_be_replaced in _engine_findings():
        if serves and not finding.works and can_be_replaced:
            yield replace(finding, state=State.WARNING, found=f"{finding.found}; bubblewrap serves instead")
        else:
            yield finding


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return Finding(title="Python", state=State.OK, found=found)
    oldest = ".".join(map(str, OLDEST_PYTHON))
    return Finding(
        title="Python",
        state=State.BROKEN,
        found=f"{found}; Goldgrade needs {oldest} or newer",
        advice=f"Make an environment with Python {oldest} or newer and install Goldgrade there. In a clone, "
        f"'make clean' and 'make grade PYTHON=python{oldest}' do that.",
    )


def _numpy() -> Finding:
    found = _version("numpy")
    if found is None:
        return Finding(
            title="NumPy", state=State.BROKEN, found="not installed", advice=how_to_install(PINNED_NUMPY)
        )
    if found != NUMPY_VERSION:
        return Finding(
            title="NumPy",
            state=State.WARNING,
            found=f"{found}; golden outputs were made with {NUMPY_VERSION}",
            advice=how_to_install(PINNED_NUMPY),
        )
    return Finding(title="NumPy", state=State.OK, found=found)


def _notebooks() -> Finding:
    title = "Notebooks"
    missing = [name for name in ("nbformat", "IPython") if find_spec(name) is None]
    if missing:
        return Finding(
            title=title,
            state=State.WARNING,
            found=f"{listed(missing)} not installed, so only .py files can be graded",
            advice=how_to_install(*missing),
        )
    return Finding(title=title, state=State.OK, found="can be read")


def _extras() -> Iterator[Finding]:
    """What is missing for some commands only."""
    for extra in Extra:
        title, missing = f"Extra {extra.name.lower()}", extra.missing()
        if missing:
            found = f"not installed: {', '.join(missing)}; for {NEEDED_BY[extra]}"
            yield Finding(title=title, state=State.WARNING, found=found, advice=how_to_install(*extra.value))
        else:
            yield Finding(title=title, state=State.OK, found=f"for {NEEDED_BY[extra]}")


def _bubblewrap() -> tuple[Finding, bool]:
    """What can be told of it, and whether it can serve where no engine does: it is tried, as grading does."""
    from sandbox.host import RunnerGone, RunnerSilent
    from sandbox.process import RunnerProcess, bubblewrap_settings, program
    from sandbox.wire.framing import FrameKind, pack
    from sandbox.wire.limits import Limits

    title = "Bubblewrap"
    try:
        program()
    except SandboxUnavailable as error:
        found = f"{error.happened}; it is needed only where no engine answers"
        return Finding(title=title, state=State.OK, found=found), False
    limits, started = Limits(), time.monotonic()
    try:
        with (
            tempfile.TemporaryDirectory() as bank,
            RunnerProcess(bubblewrap_settings(Path(bank)), limits) as process,
        ):
            try:
                ready = process.receive(deadline=started + limits.start_seconds) == pack(FrameKind.READY)
            except (RunnerGone, RunnerSilent):
                ready = False
            seconds, bounded, complaint = time.monotonic() - started, process.is_bounded, process.complaint
    except SandboxUnavailable as error:
        return Finding(title=title, state=State.WARNING, found=error.happened, advice=error.advice), False
    if not ready:
        return Finding(
            title=title,
            state=State.WARNING,
            found=f"it can't make a sandbox here: {complaint or 'its runner does not get ready'}",
            advice="docs/backends.md has the settings that some systems need.",
        ), False
    found = f"starts, and is ready after {seconds:.2f} s, with Goldgrade's filter of system calls"
    if bounded:
        return Finding(title=title, state=State.OK, found=f"{found} and a control group"), True
    return Finding(
        title=title,
        state=State.WARNING,
        found=f"{found}, but without a control group: memory is bounded for each process, not for all together",
        advice="Where there is systemd: 'systemd-run --user --scope -p Delegate=yes grade ...'; docs/backends.md.",
    ), True


def _private_assignment(folder: Path) -> Finding:
    title = "Private assignment"
    try:
        loaded = read_private_assignment(folder)
        for exercise in load_assignment(loaded.assignment).exercises:
            check_secret(exercise, loaded.grading_secret)
    except (PrivateAssignmentUnusable, AssignmentBroken) as error:
        return Finding(title=title, state=State.BROKEN, found=error.happened, advice=error.advice)
    return Finding(title=title, state=State.OK, found=str(loaded.folder))


def _docker_sdk() -> Finding:
    title = "Docker SDK"
    found = _version("docker")
    if found is None or find_spec("docker") is None:
        return Finding(title=title, state=State.BROKEN, found="not installed", advice=how_to_install("docker"))
    return Finding(title=title, state=State.OK, found=found)


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _engine_findings() -> Iterator[tuple[Finding, bool]]:
    """Each with whether another sandbox takes the engine's place: only where none answers, as in grading."""
    from docker.errors import DockerException

    from sandbox.docker import connect, engine_faults

    title = "Container engine"
    try:
        client = connect()
    except EngineNonsense as error:
        yield _nonsense(title, error), False
        return
    except (SandboxUnavailable, DockerException) as error:
        yield _unreachable(title, root_cause(error)), True
        return
    with client:
        try:
            with engine_faults("telling about itself"):
                for finding in _engine(title, client):
                    yield replace(finding, found=plain_line(finding.found)), False
        except EngineNonsense as error:
            yield _nonsense(title, error), False
        except SandboxUnavailable as error:
            yield Finding(title=title, state=State.BROKEN, found=error.happened, advice=error.advice), False


def _nonsense(title: str, error: EngineNonsense) -> Finding:
    return Finding(title=title, state=State.BROKEN, found=error.happened, advice=error.advice)


def _engine(title: str, client: "docker.APIClient") -> Iterator[Finding]:
    """What an engine that answers can do. Raises SandboxUnavailable."""
    from sandbox.docker import engine_faults

    try:
        with engine_faults("telling about itself"):
            engine, info = client.version(), client.info()
    except EngineNonsense:
        raise
    except SandboxUnavailable as error:
        yield Finding(title=title, state=State.BROKEN, found=error.happened, advice="Start the engine anew.")
        return
    yield _engine_version(title, engine)
    yield _storage(info)
    yield _limits(info)
    yield _system_calls(info)
    yield _gvisor(info)
    image = _image(client)
    yield image
    if image.state is State.OK:
        yield _container(client)


def _unreachable(title: str, cause: BaseException) -> Finding:
    from sandbox.docker import ENGINE_SCRIPT

    variables = [f"{name}={os.environ[name]}" for name in ENGINE_VARIABLES if os.environ.get(name)]
    match cause:
        case PermissionError():
            found = "this user may not talk to it"
            advice = "Run 'sudo usermod -aG docker $USER' and log in again."
        case _ if variables:
            found = f"with {listed(variables)} none answers: {reason(cause)}"
            advice = (
                "Start that engine or correct its address; unset the variable to use this machine's own engine."
            )
        case FileNotFoundError() | ConnectionRefusedError():
            found = "none is running"
            advice = (
                f"Run: PYTHON={shlex.quote(sys.executable)} sh {shlex.quote(str(ENGINE_SCRIPT))}\n"
                "As root on Debian it installs and starts one, otherwise it says what to run."
            )
        case _:
            found = f"it does not answer: {reason(cause)}"
            advice = "Start it anew ('sudo systemctl restart docker'), then look again."
    return Finding(title=title, state=State.BROKEN, found=found, advice=advice)


def _engine_version(title: str, engine: Mapping[str, Any]) -> Finding:
    number = str(engine.get("Version", "unknown"))
    found = f"version {number}, API {engine.get('ApiVersion', 'unknown')}"
    parts = tuple(int(part) for part in number.split(".")[:2] if part.isdigit())
    if len(parts) == 2 and parts < OLDEST_ENGINE:
        oldest = ".".join(map(str, OLDEST_ENGINE))
        return Finding(
            title=title,
            state=State.WARNING,
            found=found,
            advice=f"Goldgrade is tested with {oldest} and newer; update the engine if containers fail.",
        )
    return Finding(title=title, state=State.OK, found=found)


def _storage(info: Mapping[str, Any]) -> Finding:
    driver = str(info.get("Driver", "unknown"))
    if driver == "vfs":
        return Finding(
            title="Storage driver",
            state=State.WARNING,
            found="vfs, which copies the whole image for every container: each start takes seconds",
            advice="Let the engine keep its data on a file system that overlay2 works on, such as ext4 or xfs.",
        )
    return Finding(title="Storage driver", state=State.OK, found=driver)


def _limits(info: Mapping[str, Any]) -> Finding:
    title = "Resource limits"
    names = {"MemoryLimit": "memory", "PidsLimit": "processes", "CpuCfsQuota": "processor time"}
    missing = [name for key, name in names.items() if not info.get(key, True)]
    if missing:
        return Finding(
            title=title,
            state=State.BROKEN,
            found=f"the engine can't limit {listed(missing)}",
            advice="Give the engine the control groups it lacks; 'docker info' names them at its end.",
        )
    if not info.get("SwapLimit", True):
        return Finding(
            title=title,
            state=State.WARNING,
            found="the engine can't limit swap, so a greedy program may slow this machine down",
            advice="Turn swap off ('swapoff -a'), or start Linux with 'swapaccount=1'.",
        )
    return Finding(title=title, state=State.OK, found="memory, swap, processes, processor time")


def _system_calls(info: Mapping[str, Any]) -> Finding:
    title = "System call filter"
    if any("name=seccomp" in option for option in info.get("SecurityOptions") or ()):
        return Finding(title=title, state=State.OK, found="seccomp, by Goldgrade's own list")
    return Finding(
        title=title,
        state=State.BROKEN,
        found="this engine has no seccomp, and refuses a container that asks for it",
        advice="Use a Linux and an engine with seccomp; every current one has it.",
    )


def _gvisor(info: Mapping[str, Any]) -> Finding:
    if "runsc" in (info.get("Runtimes") or {}):
        found = "there; 'grade --runtime runsc' puts it between a submission and this machine's kernel"
    else:
        found = "not there, and not needed; it would be one more wall ('grade --runtime runsc')"
    return Finding(title="gVisor", state=State.OK, found=found)


def _image(client: "docker.APIClient") -> Finding:
    title = "Sandbox image"
    image_id = find(client)
    if image_id is not None:
        return Finding(title=title, state=State.OK, found=f"{image_tag()}, id {image_id[:19]}")
    repository, _, _ = image_tag().partition(":")
    older = client.images(name=repository, quiet=True)
    return Finding(
        title=title,
        state=State.WARNING,
        found="older than its sources" if older else "not built yet",
        advice=f"Run: {shlex.quote(sys.executable)} -m sandbox.image\nOtherwise the next grading builds it first.",
    )


def _container(client: "docker.APIClient") -> Finding:
    """Start a container as grading does, and wait until its runner is ready for a submission."""
    from sandbox.docker import Container, ContainerSettings
    from sandbox.host import RunnerGone, RunnerSilent, StreamCorrupt
    from sandbox.wire.framing import FrameKind, pack
    from sandbox.wire.limits import Limits

    title = "A container"
    limits = Limits()
    started = time.monotonic()
    try:
        with Container(
            client, ContainerSettings(image=find(client) or image_tag(), bank=None), limits
        ) as container:
            ready = container.receive(deadline=started + limits.start_seconds) == pack(FrameKind.READY)
            seconds = time.monotonic() - started
    except EngineNonsense:
        raise
    except SandboxUnavailable as error:
        return Finding(title=title, state=State.BROKEN, found=error.happened, advice=error.advice)
    except (RunnerGone, RunnerSilent, StreamCorrupt):
        ready = False
    if not ready:
        return Finding(
            title=title,
            state=State.BROKEN,
            found="starts, but its runner does not get ready",
            advice=f"Remove the image ('docker image rm {image_tag()}'); the next grading builds it again.",
        )
    return Finding(title=title, state=State.OK, found=f"starts, and is ready with NumPy after {seconds:.2f} s")
