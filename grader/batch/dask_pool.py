"""Workers on several machines: a Dask cluster, behind the same interface as processes on this one."""

import json
import warnings
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from grader.batch.job import Job, JobResult, WorkerFault
from grader.batch.no_unpickling import no_unpickling
from grader.batch.result_codec import decode_result
from grader.batch.worker import run_remote_job, shutdown_soon
from grader.extras import Extra, extra_missing
from grader.wording import listed
from sandbox.system import SandboxUnavailable, plain_line

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
    """The workers of the scheduler at an address. Each needs an engine or bubblewrap, and the same Goldgrade.

    What they return is read as bytes of strangers, and nothing of it is unpickled here: see ``no_unpickling``.
    """

    def __init__(self, address: str, tls: ClusterTLS | None) -> None:
        self._address = address
        self._tls = tls
        self._held = ExitStack()
        self._say: Callable[[str], None] = lambda line: None
        self._at_work: set[Any] = set()  # Dask drops a task whose last reference is gone
        self._distrusted: dict[str, str] = {}  # workers that get nothing more, and why

    def __enter__(self) -> Self:
        with ExitStack() as held:
            if _is_installed():
                held.enter_context(no_unpickling())
            self._client, self._warnings = _connected(self._address, self._tls)
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._held:
            with suppress(Exception):  # the cluster may be what failed, and what it says of that is not read
                self._client.cancel(list(self._at_work), force=True)
                self._client.run(shutdown_soon)
            self._client.close()

    @property
    def slots(self) -> int:
        return max(1, len(self._trusted()))

    def prepare(self, say: Callable[[str], None]) -> None:
        self._say = say
        for line in self._warnings:
            say(line)
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)  # they may be about to start
        except TimeoutError:
            raise SandboxUnavailable(
                f"The scheduler at {self._address} has no workers",
                expected="one or more: dask worker ADDRESS --nthreads 1 --nworkers CORES",
                advice="docs/cluster.md says how to start them.",
            ) from None
        count = len(self._workers())
        say(f"{count} worker{'s' * (count != 1)} at {self._address}")

    def submit(self, job: Job) -> "Future[JobResult]":
        """Give out one job. Raises SandboxUnavailable when no worker is left that is trusted."""
        trusted = self._trusted()
        if self._distrusted and not trusted:
            raise SandboxUnavailable(
                f"No worker is left that returns results. {'; '.join(self._distrusted.values())}",
                expected="workers with the same Goldgrade that return reports",
                advice="Look at those machines. Then run the same command again: what is graded stays graded.",
            )
        ours: Future[JobResult] = Future()
        ours.set_running_or_notify_cancel()
        # A task whose worker died runs again elsewhere, as often as the scheduler's allowed-failures says.
        given = self._client.submit(
            run_remote_job, job, pure=False, workers=list(trusted) if self._distrusted else None
        )
        self._at_work.add(given)
        given.add_done_callback(partial(self._take_in, job, ours))
        return ours

    def _take_in(self, job: Job, ours: "Future[JobResult]", given: Any) -> None:
        """In a thread of Dask's, as soon as a task has ended in whatever way."""
        workers: tuple[str, ...] = ()
        try:
            if given.status != "finished":
                workers = self._erred_on(given)
                raise WorkerFault(
                    "its task ended without a result, by an exception that is not read here or because workers "
                    f"were lost with it ({given.status}); the worker's own log tells"
                )
            workers = _addresses(self._client.who_has([given]).get(given.key))
            ours.set_result(decode_result(given.result(), job))
        except WorkerFault as fault:
            name = listed(workers) if workers else "unknown"
            message = f"Worker {name} of the cluster: {fault}"
            for worker in workers:
                if worker not in self._distrusted:
                    self._distrusted[worker] = message
                    self._say(f"{message}. It gets no more work from this batch.")
            ours.set_exception(WorkerFault(message))
        except BaseException as error:  # the connection; whatever it is, the job must not wait for ever
            ours.set_exception(WorkerFault(f"A worker's answer was lost ({type(error).__name__})"))
        finally:
            self._at_work.discard(given)

    def _erred_on(self, given: Any) -> tuple[str, ...]:
        """Where a task raised, as the scheduler knows it."""
        try:
            return _addresses(json.loads(self._client.run_on_scheduler(erred_on, key=given.key)))
        except Exception:  # a scheduler may refuse that; then it is not known
            return ()

    def _workers(self) -> tuple[str, ...]:
        return _addresses(list(self._client.scheduler_info(n_workers=-1)["workers"]))

    def _trusted(self) -> tuple[str, ...]:
        return tuple(worker for worker in self._workers() if worker not in self._distrusted)

    def engine_answers(self) -> bool:
        return True  # each worker has an engine of its own, and can't be asked before it tries

    def renew(self) -> None:
        """The scheduler replaces workers itself."""


def erred_on(*, key: Any, dask_scheduler: Any) -> bytes:
    """Runs in the scheduler: the workers on which a task raised. As bytes, for nothing else is read here."""
    task = dask_scheduler.tasks.get(key)
    return json.dumps(sorted(task.erred_on) if task is not None else []).encode()


def _addresses(told: Any) -> tuple[str, ...]:
    """Workers' addresses, as far as that is what was told."""
    if not isinstance(told, list | tuple):
        return ()
    return tuple(plain_line(each) for each in told if isinstance(each, str))


def _is_installed() -> bool:
    return not Extra.CLUSTER.missing()


def _connected(address: str, tls: ClusterTLS | None) -> "tuple[Client, tuple[str, ...]]":
    """The client, and what Dask warns of: other versions at the other end."""
    try:
        from distributed import Client
        from distributed.security import Security
        from distributed.versions import VersionMismatchWarning
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
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", VersionMismatchWarning)
            client = Client(address, timeout=CONNECT_SECONDS, security=security, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise SandboxUnavailable(
            f"No Dask scheduler answers at {address}: {plain_line(str(error))}",
            expected="the address of a running one, such as tls://head:8786",
            advice="Start one with 'dask scheduler'; docs/cluster.md has the whole way.",
        ) from error
    # The text is made of what workers say of themselves.
    lines = [plain_line(line) for warning in told for line in str(warning.message).splitlines()]
    return client, tuple(line for line in lines if line)
