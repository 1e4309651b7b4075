"""Workers on several machines: a Dask cluster, behind the same interface as processes on this one."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Self

from grader.batch.job import Job, JobResult
from grader.batch.worker import run_job, shutdown_soon
from grader.extras import Extra, extra_missing
from sandbox.system import SandboxUnavailable

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 15


@dataclass(frozen=True, kw_only=True)
class ClusterTLS:
    """Certificates for a ``tls://`` scheduler: paths of PEM files."""

    ca_file: str
    cert: str
    key: str


class DaskPool:
    """The workers of the scheduler at an address. Each needs an engine or bubblewrap, and the same Goldgrade."""

    def __init__(self, address: str, tls: ClusterTLS | None) -> None:
        self._address = address
        self._tls = tls

    def __enter__(self) -> Self:
        self._client = _connected(self._address, self._tls)
        # A task whose worker died runs again elsewhere, as often as the scheduler's allowed-failures says.
        self._executor: Executor = self._client.get_executor(pure=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError, TimeoutError):  # the cluster may be what failed
            self._executor.shutdown(wait=kind is None)
            self._client.run(shutdown_soon)
        self._client.close()

    @property
    def slots(self) -> int:
        return max(1, self._workers)

    def prepare(self, say: Callable[[str], None]) -> None:
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)  # they may be about to start
        except TimeoutError:
            raise SandboxUnavailable(
                f"The scheduler at {self._address} has no workers",
                expected="one or more: dask worker ADDRESS --nthreads 1 --nworkers CORES",
                advice="docs/cluster.md says how to start them.",
            ) from None
        say(f"{self._workers} worker{'s' * (self._workers != 1)} at {self._address}")

    def submit(self, job: Job) -> "Future[JobResult]":
        return self._executor.submit(run_job, job)

    @property
    def _workers(self) -> int:
        return len(self._client.scheduler_info(n_workers=-1)["workers"])

    def engine_answers(self) -> bool:
        return True  # each worker has an engine of its own, and can't be asked before it tries

    def renew(self) -> None:
        """The scheduler replaces workers itself."""


def _connected(address: str, tls: ClusterTLS | None) -> "Client":
    try:
        from distributed import Client
        from distributed.security import Security
    except ImportError as error:
        raise extra_missing("--cluster needs Dask, which is not installed", Extra.CLUSTER) from error
    security = None
    if tls is not None:
        security = Security(
            tls_ca_file=tls.ca_file,
            tls_client_cert=tls.cert,
            tls_client_key=tls.key,
            require_encryption=True,
        )
    try:
        return Client(address, timeout=CONNECT_SECONDS, security=security, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise SandboxUnavailable(
            f"No Dask scheduler answers at {address}: {error}",
            expected="the address of a running one, such as tcp://10.0.0.1:8786",
            advice="Start one with 'dask scheduler'; docs/cluster.md has the whole way.",
        ) from error
