"""Where submissions run: which of the backends, and a factory of fresh sandboxes from it.

"auto" takes Docker where an engine answers, else bubblewrap, and never anything weaker: a plain process has to be
asked for by name.
"""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, assert_never

from sandbox.interface import Sandbox
from sandbox.system import EngineNonsense, SandboxUnavailable
from sandbox.wire.limits import Limits

if TYPE_CHECKING:
    import docker


APPARMOR_VARIABLE = "GOLDGRADE_APPARMOR"  # names a profile that the engine's host has loaded


class Backend(Enum):
    """What a submission can run in, strongest first."""

    AUTO = "auto"
    DOCKER = "docker"
    BUBBLEWRAP = "bubblewrap"
    PROCESS = "process"  # no sandbox


class SandboxFactory(Protocol):
    """Sandboxes of one backend, as long as the block of ``open_factory`` lasts."""

    @property
    def backend(self) -> Backend: ...
    def sandbox(self, *, bank: Path, limits: Limits) -> AbstractContextManager[Sandbox]:
        """A new one, which begins to start when its block is entered. Raises SandboxUnavailable."""
        ...


@dataclass
class DockerFactory:
    """Containers of an engine."""

    client: "docker.APIClient"
    image: str
    runtime: str | None
    backend: ClassVar = Backend.DOCKER
    _has_tidied: bool = field(default=False, init=False)

    def sandbox(self, *, bank: Path, limits: Limits) -> AbstractContextManager[Sandbox]:
        from sandbox.docker import ContainerSettings, DockerSandbox, mountable_bank
        from sandbox.leftovers import tidy_up

        settings = ContainerSettings(
            image=self.image,
            bank=mountable_bank(self.client, bank, self.image),
            runtime=self.runtime,
            apparmor=os.environ.get(APPARMOR_VARIABLE) or None,
        )
        aside = None if self._has_tidied else partial(tidy_up, self.client)
        self._has_tidied = True
        return DockerSandbox(self.client, settings, limits, aside=aside)


class BubblewrapFactory:
    """Namespaces of this machine's kernel."""

    backend = Backend.BUBBLEWRAP

    def sandbox(self, *, bank: Path, limits: Limits) -> AbstractContextManager[Sandbox]:
        from sandbox.process import BubblewrapSandbox, bubblewrap_settings

        return BubblewrapSandbox(bubblewrap_settings(bank), limits)


class ProcessFactory:
    """Plain processes, for those who have said that they know what that is."""

    backend = Backend.PROCESS

    def sandbox(self, *, bank: Path, limits: Limits) -> AbstractContextManager[Sandbox]:
        from sandbox.process import ProcessSandbox, ProcessSettings

        return ProcessSandbox(ProcessSettings(bank=bank), limits)


@contextmanager
def open_factory(backend: Backend, runtime: str | None, say: Callable[[str], None]) -> Iterator[SandboxFactory]:
    """The backend made ready, and which one it is where that was left open. Raises SandboxUnavailable.

    A container runtime is only ever an engine's, so with one "auto" is Docker.
    """
    match backend:
        case Backend.BUBBLEWRAP:
            opened = _bubblewrap()
        case Backend.PROCESS:
            opened = _process(say)
        case Backend.AUTO | Backend.DOCKER:
            load_ahead(backend)
            from sandbox.docker import connect

            try:
                client = connect()
            except EngineNonsense:
                raise  # there is one, and it is not in order: nothing takes its place unasked
            except SandboxUnavailable as error:
                if backend is Backend.DOCKER or runtime is not None:
                    raise
                opened = _instead_of_docker(error, say)
            else:
                opened = _docker(client, runtime, say)
    with opened as factory:
        yield factory


@contextmanager
def open_sandbox(
    backend: Backend, *, bank: Path, limits: Limits, runtime: str | None = None, say: Callable[[str], None] = print
) -> Iterator[Sandbox]:
    """One sandbox of that backend, and nothing of it afterwards. Raises SandboxUnavailable."""
    with open_factory(backend, runtime, say) as factory, factory.sandbox(bank=bank, limits=limits) as sandbox:
        yield sandbox


def python_of(backend: Backend) -> tuple[int, int]:
    """The version of the Python that runs submissions, which decides what is syntax.

    What is left open counts as Docker: where bubblewrap takes its place, marks are the same. Bubblewrap and plain
    processes run the Python that runs the grader.
    """
    match backend:
        case Backend.AUTO | Backend.DOCKER:
            from sandbox.image import IMAGE_PYTHON

            major, minor = map(int, IMAGE_PYTHON.split("."))
            return major, minor
        case Backend.BUBBLEWRAP | Backend.PROCESS:
            return sys.version_info[0], sys.version_info[1]
        case _:
            assert_never(backend)


def load_ahead(backend: Backend) -> None:
    """Import what opening a sandbox takes longest for: Docker's SDK, on a stack of its own.

    Python keeps its frames in pieces of 16 KiB. The SDK compiles dozens of regular expressions, which goes in and
    out of deep calls; where that crosses the end of a piece, each time one is asked of the system and given back.
    At the depth at which a command comes here that was 3,000 calls of mmap, and 4% of a grading's processor time.
    """
    if backend not in (Backend.AUTO, Backend.DOCKER) or "docker" in sys.modules:
        return
    with ThreadPoolExecutor(max_workers=1) as aside:
        aside.submit(import_module, "docker").result()


@contextmanager
def _docker(
    client: "docker.APIClient", runtime: str | None, say: Callable[[str], None]
) -> Iterator[SandboxFactory]:
    """The engine that the environment names; the image is built when it is missing."""
    from sandbox.image import find_or_build

    with closing(client):
        yield DockerFactory(client, find_or_build(client, say=say), runtime)


@contextmanager
def _bubblewrap() -> Iterator[SandboxFactory]:
    """Raises SandboxUnavailable where something for it is missing."""
    from sandbox.host import check_library
    from sandbox.process import program, tidy_up_here

    program()
    check_library()
    try:
        yield BubblewrapFactory()
    finally:
        tidy_up_here()  # engines are not asked: perhaps there is none


@contextmanager
def _process(say: Callable[[str], None]) -> Iterator[SandboxFactory]:
    from sandbox.process import AS_OURSELVES, AS_ROOT, tidy_up_here

    say(AS_ROOT if os.getuid() == 0 else AS_OURSELVES)
    try:
        yield ProcessFactory()
    finally:
        tidy_up_here()


@contextmanager
def _instead_of_docker(no_engine: SandboxUnavailable, say: Callable[[str], None]) -> Iterator[SandboxFactory]:
    with ExitStack() as held:
        try:
            factory = held.enter_context(_bubblewrap())
        except SandboxUnavailable as error:
            raise SandboxUnavailable(
                f"{no_engine.happened}. {error.happened}",
                expected="a running Docker engine that this user may talk to, or else bubblewrap",
                advice="Run 'grade doctor': it says what is missing. docs/backends.md tells what each of them "
                "needs.",
            ) from error
        say(f"{no_engine.happened}. Submissions run in bubblewrap instead.")
        yield factory
