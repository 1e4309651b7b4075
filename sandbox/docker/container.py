"""One locked-down container as a ``with`` block: bytes go in, bytes come out, nothing stays behind."""

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import docker
import requests
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.types import LogConfig, Ulimit

from sandbox.docker.engine import NONSENSE
from sandbox.host import Blame, ReadDeadline, SocketChannel, StreamCorrupt, StreamLoss, profile
from sandbox.system import EngineNonsense, ProcessIdentity, SandboxUnavailable, reason, root_cause
from sandbox.wire.limits import MIB, Limits

LABEL = "goldgrade"
OWNER_LABEL, SYSTEM_LABEL, STARTED_LABEL = f"{LABEL}.owner", f"{LABEL}.system", f"{LABEL}.started"
BANK_INSIDE = "/bank"
STREAM_HEADER_BYTES = 8  # the engine's own frame: stream number, three zeros, length (big endian)
STDOUT = 1
STREAMS = (0, STDOUT, 2)
LARGEST_PIECE_BYTES = 16 * MIB  # between two headers; engines send some kilobytes
REMOVAL_SECONDS = 30
READING_SECONDS = 5  # for the engine to tell what a container has computed
ENDING_SECONDS = 5  # for it to record how one ended whose stream is lost


@dataclass(frozen=True, kw_only=True)
class ContainerSettings:
    """What a container is made from, besides its limits."""

    image: str
    bank: str | None  # a host folder, or a volume's name on a remote engine
    runtime: str | None = None  # "runsc" for gVisor; None is the engine's default
    apparmor: str | None = None  # a profile that its host has loaded; None is the engine's default


def host_config(client: docker.APIClient, settings: ContainerSettings, limits: Limits) -> dict[str, Any]:
    """Everything that locks a container down, as the engine takes it."""
    binds: dict[str, Mapping[str, str]] = {}
    if settings.bank:
        binds[settings.bank] = {"bind": BANK_INSIDE, "mode": "ro"}
    apparmor = [f"apparmor={settings.apparmor}"] if settings.apparmor else []
    config: dict[str, Any] = client.create_host_config(
        read_only=True,
        cap_drop=["ALL"],
        # Tighter than the engine's own.
        security_opt=["no-new-privileges", f"seccomp={profile()}", *apparmor],
        ipc_mode="none",  # no /dev/shm to fill
        mem_limit=limits.memory_bytes,
        memswap_limit=limits.memory_bytes,  # equal to mem_limit: no swap
        nano_cpus=int(limits.cpus * 1e9),
        pids_limit=limits.processes,
        tmpfs={"/tmp": f"rw,noexec,nosuid,nodev,size={limits.file_bytes},mode=1777,nr_inodes=1024"},
        sysctls={"kernel.shm_rmid_forced": "1"},  # shared memory ends with the process that made it
        ulimits=[
            Ulimit(name="nofile", soft=limits.open_files, hard=limits.open_files),
            Ulimit(name="fsize", soft=limits.file_bytes, hard=limits.file_bytes),
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="msgqueue", soft=0, hard=0),  # /dev/mqueue is there, and can't be written to
            Ulimit(name="memlock", soft=MIB, hard=MIB),
        ],
        log_config=LogConfig(type="none"),
        binds=binds,
        auto_remove=True,  # also when this process is killed and can't remove it
        runtime=settings.runtime,
    )
    return config


def owner_labels(kind: str) -> dict[str, str]:
    """By which a container is found, also when the process that started it was killed."""
    owner = ProcessIdentity.this_process()
    return {
        LABEL: kind,
        OWNER_LABEL: str(owner.process),
        SYSTEM_LABEL: owner.system,
        STARTED_LABEL: owner.started,
    }


class Container(SocketChannel):
    """A container whose runner waits for a request on its standard input. Its ``with`` block starts it."""

    is_relayed = True

    def __init__(self, client: docker.APIClient, settings: ContainerSettings, limits: Limits) -> None:
        self._client = client
        self._settings = settings
        self._limits = limits
        self._arrived = bytearray()
        self._patience = ReadDeadline()
        self._attached = contextlib.ExitStack()

    def start(self) -> Self:
        """What entering the block does; ``remove`` is what leaving it does."""
        client = self._client
        with engine_faults("starting a container"):
            created = client.create_container(
                image=self._settings.image,
                user="65534:65534",
                stdin_open=True,
                network_disabled=True,
                labels=owner_labels("container"),
                host_config=host_config(client, self._settings, self._limits),
            )
            self._id = str(created["Id"])
            try:
                # Standard error is not attached: the runner has none, and who opened it could flood us.
                stream = client.attach_socket(self._id, params={"stdin": 1, "stdout": 1, "stream": 1})
                self._socket = getattr(stream, "_sock", stream)
                for part in (stream, self._socket, stream._response):  # closing one leaves the others open
                    self._attached.callback(part.close)
                client.start(self._id)
            except BaseException:
                self.remove()
                raise
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def receive(self, *, deadline: float) -> bytes:
        """What arrived on its standard output. Raises RunnerSilent, RunnerGone or StreamCorrupt.

        ``deadline`` is a time of ``time.monotonic``.
        """
        self._await(STREAM_HEADER_BYTES, deadline)
        length = int.from_bytes(self._arrived[4:STREAM_HEADER_BYTES], "big")
        if self._arrived[0] not in STREAMS or any(self._arrived[1:4]):
            raise StreamCorrupt("the container engine put something else where a piece's header goes")
        if length > LARGEST_PIECE_BYTES:
            raise StreamCorrupt(
                f"the container engine announced {length} bytes at once, and pieces have at most "
                f"{LARGEST_PIECE_BYTES}"
            )
        end = STREAM_HEADER_BYTES + length
        self._await(end, deadline)
        is_output, payload = self._arrived[0] == STDOUT, bytes(self._arrived[STREAM_HEADER_BYTES:end])
        del self._arrived[:end]
        return payload if is_output else b""  # so that the caller looks at the clock, whatever comes

    def _await(self, count: int, deadline: float) -> None:
        while len(self._arrived) < count:
            self._arrived += self._received(self._patience.seconds(deadline))

    def processor_seconds(self) -> float | None:
        """What everything in it has computed, as the engine counts; None when it does not tell in time."""
        try:
            # Not "client.stats", which waits as long for an answer as for an image.
            answer = self._client.get(
                f"{self._client.base_url}/v{self._client.api_version}/containers/{self._id}/stats",
                params={
                    "stream": "false",
                    "one-shot": "true",
                },  # older engines know only the first, and take a second
                timeout=READING_SECONDS,
            )
            answer.raise_for_status()
            nanoseconds = answer.json()["cpu_stats"]["cpu_usage"]["total_usage"]
        except (requests.RequestException, DockerException, OSError, *NONSENSE):
            return None
        # Nothing is what engines say that may not count: the runner alone has computed for some time.
        return nanoseconds / 1e9 if isinstance(nanoseconds, int) and nanoseconds > 0 else None

    def blame(self, loss: StreamLoss, *, was_busy: bool) -> Blame:
        """By what the engine has recorded of the container, and of what it was asked to do to it.

        The runner is the first process: from inside, nobody can write to its streams, nor end it but by taking its
        memory or its time. Bytes that are not its own were therefore changed on their way.
        """
        if loss is StreamLoss.UNREADABLE:
            return Blame.OURS
        record = self._recorded(ENDING_SECONDS if loss is StreamLoss.ENDED else 0)
        if record is None:  # it still runs, or nobody knows
            return Blame.PROGRAM if loss is StreamLoss.SILENT and was_busy else Blame.OURS
        if record.was_killed or record.exit_code == 0:  # asked for by somebody; or its work was done
            return Blame.OURS
        return Blame.PROGRAM_MEMORY if record.out_of_memory else Blame.PROGRAM

    def _recorded(self, seconds: float) -> "_EndRecord | None":
        """How it ended; None when that is not recorded within this time. It may be removed already."""
        until = time.monotonic() + seconds
        out_of_memory = was_killed = False
        try:
            answer = self._client.get(
                f"{self._client.base_url}/v{self._client.api_version}/events",
                # From the beginning of all time: the engine's clock may be another one. It ends with our patience.
                params={"since": "1", "filters": json.dumps({"container": [self._id]})},
                timeout=max(1.0, seconds),
                stream=True,
            )
            with contextlib.closing(answer):
                answer.raise_for_status()
                for line in answer.iter_lines(chunk_size=1):
                    event = json.loads(line) if line else {}
                    action = event.get("Action")
                    out_of_memory |= action == "oom"
                    was_killed |= action == "kill"
                    if action == "die":
                        code = int(event["Actor"]["Attributes"]["exitCode"])
                        return _EndRecord(exit_code=code, out_of_memory=out_of_memory, was_killed=was_killed)
                    if time.monotonic() > until + 1:
                        return None
        except (requests.RequestException, DockerException, OSError, *NONSENSE):
            return None
        return None

    def remove(self) -> None:
        """End and remove the container, however far it got. Doing it twice is fine."""
        self._attached.close()
        with engine_faults("removing a container"):
            try:
                self._client.remove_container(self._id, force=True, v=True)
            except NotFound:
                return
            except APIError as error:
                if error.status_code != 409:
                    raise
                # The engine is removing it already. What is left on the host is ours until it is gone.
                with contextlib.suppress(NotFound):
                    self._client.wait(self._id, timeout=REMOVAL_SECONDS, condition="removed")


@dataclass(frozen=True, kw_only=True)
class _EndRecord:
    """How a container ended, in the engine's words."""

    exit_code: int
    out_of_memory: bool  # the kernel has killed in it because its memory was full
    was_killed: bool  # somebody has asked the engine to


@contextlib.contextmanager
def engine_faults(doing: str) -> Iterator[None]:
    """Turn whatever the engine or the way to it throws into a fault that is nobody's mark."""
    try:
        yield
    except ImageNotFound as error:
        raise SandboxUnavailable(
            f"The sandbox's image is not on this engine: {reason(error)}",
            expected="the image that was built or found when grading began",
            advice="Grade again: an image that is missing is built first.",
        ) from error
    except NONSENSE as error:  # what is asked of it in such a block takes its answers as they should be
        raise EngineNonsense(
            f"The container engine answered nonsense while {doing}: {type(error).__name__}: {reason(error)}",
            expected="an engine that answers as Docker's API says",
            advice="Run 'grade doctor' to see which engine this is; no mark was recorded.",
        ) from error
    except (DockerException, requests.RequestException, OSError) as error:
        raise SandboxUnavailable(
            f"The container engine failed while {doing}: {reason(root_cause(error))}",
            expected="an engine that answers",
            advice="Run 'grade doctor' to see what is wrong with it, then grade again; no mark was recorded.",
        ) from error
