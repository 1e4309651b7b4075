"""Where submissions run: which of the backends, and a factory of fresh sandboxes from it.

"auto" takes Docker where an engine answers, else bubblewrap, and never anything weaker: a plain process has to be
asked for by name.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sandbox.interface import Sandbox
from sandbox.system import SandboxUnavailable
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
    """Sandboxes of one backend. Raises SandboxUnavailable when that fails."""

    def start(self, *, bank: Path, limits: Limits) -> AbstractContextManager[Sandbox]:
        """A new one, which begins to start at once."""
        ...

    def close(self) -> None: ...


class DockerFactory:
    """Containers of the engine that the environment names; the image is built when it is missing."""

    def __init__(self, client: "docker.APIClient", runtime: str | None, say: Callable[[str], None]) -> None:
        from sandbox.image import find_or_build

        self._client = client
        self._runtime = runtime
        self._tidied = False
        try:
            self._image = find_or_build(client, say=say)
        except BaseException:
            client.close()
            raise

    def start(self, *, bank: Path, limits: Limits) -> AbstractContextManager[Sandbox]:
        from sandbox.docker import ContainerSettings, DockerSandbox, mountable_bank
        from sandbox.leftovers import tidy_up

        mounted = mountable_bank(self._client, bank, self._image)
        settings = ContainerSettings(
            image=self._image,
            bank=mounted,
            runtime=self._runtime,
            apparmor=os.environ.get(APPARMOR_VARIABLE) or None,
        )
        aside = None if self._tidied else partial(tidy_up, self._client)
        self._tidied = True
        return DockerSandbox(self._client, settings, limits, aside=aside)

    def close(self) -> None:
        self._client.close()


class BubblewrapFactory:
    """Namespaces of this machine's kernel. Raises SandboxUnavailable where something for them is missing."""

    def __init__(self) -> None:
        from sandbox.host import check_library
        from sandbox.process import program

        program()
        check_library()

    def start(self, *, bank: Path, limits: Limits) -> AbstractContextManager[Sandbox]:
        from sandbox.process import BubblewrapSandbox, bubblewrap_settings

        return BubblewrapSandbox(bubblewrap_settings(bank), limits)

    def close(self) -> None:
        from sandbox.process import tidy_up_here

        tidy_up_here()  # engines are not asked: perhaps there is none


class ProcessFactory:
    """Plain processes, for those who have said that they know what that is."""

    def __init__(self, say: Callable[[str], None]) -> None:
        from sandbox.process import AS_OURSELVES, AS_ROOT

        say(AS_ROOT if os.getuid() == 0 else AS_OURSELVES)

    def start(self, *, bank: Path, limits: Limits) -> AbstractContextManager[Sandbox]:
        from sandbox.process import ProcessSandbox, ProcessSettings

        return ProcessSandbox(ProcessSettings(bank=bank), limits)

    def close(self) -> None:
        from sandbox.process import tidy_up_here

        tidy_up_here()  # engines are not asked: perhaps there is none


def open_factory(
    backend: Backend, runtime: str | None, say: Callable[[str], None]
) -> tuple[Backend, SandboxFactory]:
    """Which one it is, "auto" decided, and its factory. Raises SandboxUnavailable.

    A container runtime is only ever an engine's, so with one "auto" is Docker.
    """
    match backend:
        case Backend.BUBBLEWRAP:
            return backend, BubblewrapFactory()
        case Backend.PROCESS:
            return backend, ProcessFactory(say)
        case Backend.AUTO | Backend.DOCKER:
            from sandbox.docker import connect

            try:
                client = connect()
            except SandboxUnavailable as error:
                if backend is Backend.DOCKER or runtime is not None:
                    raise
                return Backend.BUBBLEWRAP, _instead_of_docker(error, say)
            return Backend.DOCKER, DockerFactory(client, runtime, say)


@contextmanager
def open_sandbox(
    backend: Backend, *, bank: Path, limits: Limits, runtime: str | None = None, say: Callable[[str], None] = print
) -> Iterator[Sandbox]:
    """One sandbox of that backend, and nothing of it afterwards. Raises SandboxUnavailable."""
    _, factory = open_factory(backend, runtime, say)
    with closing(factory), factory.start(bank=bank, limits=limits) as sandbox:
        yield sandbox


def _instead_of_docker(no_engine: SandboxUnavailable, say: Callable[[str], None]) -> SandboxFactory:
    try:
        factory = BubblewrapFactory()
    except SandboxUnavailable as error:
        raise SandboxUnavailable(
            f"{no_engine.happened}. {error.happened}",
            expected="a running Docker engine that this user may talk to, or else bubblewrap",
            advice="Run 'grade doctor': it says what is missing. docs/backends.md tells what each of them needs.",
        ) from error
    say(f"{no_engine.happened}. Submissions run in bubblewrap instead.")
    return factory
