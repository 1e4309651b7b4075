"""Work on a stranger's text: in a fork of this process that may use only so much memory and processor time.

A fork has everything loaded that its parent has, so it costs some milliseconds, and one that is used once carries
nothing from one text over to the next. What it sends is read with a cap; only plain types of ours are made of it.
"""

import io
import os
import pickle
import resource
import select
import signal
import struct
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, NoReturn, TypeVar, assert_never

from sandbox.system.errors import GoldgradeError, SandboxUnavailable
from sandbox.system.signals import deferred_signals

T = TypeVar("T")

GIB = 1 << 30
MOST_BYTES = 256 << 20  # of what a child sends: texts, which are capped where they are read
TRIES = 2  # where the time by the clock, or a child, was lost
OUR_PACKAGES = ("grader.", "sandbox.", "exercises.")
_LENGTH = struct.Struct("!Q")


@dataclass(frozen=True, kw_only=True)
class ChildLimits:
    """What work on one submission's text may use. Over the first two it is the text's fault, over the last ours."""

    memory_bytes: int = 1 * GIB  # besides what the parent had already
    cpu_seconds: int = 10  # of a processor core
    wall_seconds: float = 150.0  # by the clock, on a machine that has other things to do


class Resource(Enum):
    """What there was not enough of."""

    CPU = "processor time"
    MEMORY = "memory"


class TooCostly(Exception):
    """A text on which work does not end within the limits. It is no fault of ours, and no mark either."""

    def __init__(self, resource: Resource, limits: ChildLimits) -> None:
        super().__init__(resource, limits)
        self.resource = resource
        self.limits = limits

    def __str__(self) -> str:
        match self.resource:
            case Resource.CPU:
                return f"it takes more than {self.limits.cpu_seconds} seconds of a processor's time"
            case Resource.MEMORY:
                return f"it takes more than {self.limits.memory_bytes / GIB:g} GiB of memory"
            case _:
                assert_never(self.resource)


class WorkFailed(Exception):
    """The work raised what is no error of a submission's: a fault of ours, with the child's traceback."""


class _Lost(Exception):
    """A child that did not get to its end, and not for the text's sake as far as one can tell."""


def in_limited_child(
    work: Callable[[], T], limits: ChildLimits | None = None, *, meanwhile: Callable[[], None] | None = None
) -> T:
    """What ``work`` returns: dataclasses and enums of ours, numbers, texts and collections.

    ``meanwhile`` is called here while the child works: a fork is best made before there are threads.

    Raises TooCostly, the GoldgradeError that ``work`` raises, WorkFailed for anything else that it raises, and
    SandboxUnavailable where the machine, twice, did not let it come to an end.
    """
    limits = limits or ChildLimits()
    lost: _Lost | None = None
    for _ in range(TRIES):
        try:
            with _forked(work, limits) as child:
                if meanwhile is not None:
                    meanwhile()
                outcome: T = _outcome(child, limits)
                return outcome
        except _Lost as error:
            lost = error
    raise SandboxUnavailable(
        f"Reading a submission was given up: {lost}",
        expected=f"a machine that gives it {limits.cpu_seconds} seconds of a processor within "
        f"{limits.wall_seconds:g}, and {limits.memory_bytes / GIB:g} GiB of memory",
        advice="Nobody gets a mark for that. Try again when the machine has less to do.",
    )


@dataclass(frozen=True, kw_only=True)
class _Refused:
    """An error of a submission's, on its way from the child."""

    error: type[GoldgradeError]
    happened: str
    expected: str
    advice: str


@dataclass(frozen=True, kw_only=True)
class _Child:
    process: int
    read_end: int


@contextmanager
def _forked(work: Callable[[], object], limits: ChildLimits) -> Iterator[_Child]:
    """A child at work. It has ended, whatever it did, when the block is left."""
    read_end, write_end = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    process = 0
    try:
        # What Python does around a fork swallows the exceptions of signals: they wait until it is over.
        with deferred_signals(), warnings.catch_warnings():
            # Newer Pythons warn of threads. The child touches nothing that they hold; if it waits, it is given up.
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
            if process == 0:
                _work(work, limits, read_end, write_end)
    except BaseException:  # there can be no further process, or a signal came meanwhile
        os.close(read_end)
        os.close(write_end)
        if process:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        raise
    try:
        os.close(write_end)
        yield _Child(process=process, read_end=read_end)
    finally:
        os.close(read_end)
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(process, 0)


def _outcome(child: _Child, limits: ChildLimits) -> Any:
    until = time.monotonic() + limits.wall_seconds
    message = _message(child.read_end, until)
    if message is None:
        raise _ended_by(child.process, limits)
    kind, _, content = message.partition(b"\n")
    match kind:
        case b"returned":
            return unpacked(content)
        case b"refused":
            refused: _Refused = unpacked(content)
            raise refused.error(refused.happened, expected=refused.expected, advice=refused.advice)
        case b"memory":
            raise TooCostly(Resource.MEMORY, limits)
        case _:
            raise WorkFailed(content.decode("utf-8", errors="replace"))


def _message(read_end: int, until: float) -> bytes | None:
    """What the child sends; None when it ends without. Raises _Lost when that takes too long."""
    received = bytearray()
    wanted = _LENGTH.size
    while len(received) < wanted:
        left = until - time.monotonic()
        if left <= 0 or not select.select([read_end], [], [], left)[0]:
            raise _Lost("the time by the clock ran out")
        part = os.read(read_end, min(1 << 20, wanted - len(received)))
        if not part:
            return None
        received += part
        if wanted == _LENGTH.size == len(received):
            (length,) = _LENGTH.unpack(received)
            if length > MOST_BYTES:
                raise _Lost(f"what was found out is {length} bytes long")
            wanted += length
    return bytes(received[_LENGTH.size :])


def _ended_by(process: int, limits: ChildLimits) -> Exception:
    """Why a child is gone that said nothing."""
    _, status, used = os.wait4(process, 0)
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number == signal.SIGXCPU or used.ru_utime + used.ru_stime >= limits.cpu_seconds:
        return TooCostly(Resource.CPU, limits)
    if number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS):
        # A library that gets no memory, or no more stack, ends the process. Another machine would do the same.
        return TooCostly(Resource.MEMORY, limits)
    return _Lost(f"its process was ended by {signal.Signals(number).name}" if number else "its process ended")


def _work(work: Callable[[], object], limits: ChildLimits, read_end: int, write_end: int) -> NoReturn:
    """The child's whole life."""
    try:
        os.close(read_end)
        for number in (signal.SIGINT, signal.SIGHUP):  # they go to all processes of a terminal; the parent decides
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        _limit(limits)
        _send(write_end, _done(work))
    finally:
        os._exit(0)  # whatever happened, nothing of the parent's is closed or written here


def _done(work: Callable[[], object]) -> bytes:
    try:
        return b"returned\n" + packed(work())
    except MemoryError:
        return b"memory\n"
    except GoldgradeError as error:
        refused = _Refused(error=type(error), happened=error.happened, expected=error.expected, advice=error.advice)
        return b"refused\n" + packed(refused)
    except Exception:
        return b"failed\n" + traceback.format_exc().encode("utf-8", errors="replace")


def _limit(limits: ChildLimits) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    seconds = limits.cpu_seconds
    _lower(resource.RLIMIT_CPU, seconds, seconds + 1)  # a fork's processor time begins at zero
    # The parent's own libraries have much address space that they never use; it does not count.
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + limits.memory_bytes
    _lower(resource.RLIMIT_AS, most, most)


def _lower(kind: int, soft: int, hard: int) -> None:
    """A limit that is lower already, the system's or an administrator's, stays."""
    allowed = resource.getrlimit(kind)[1]
    if allowed != resource.RLIM_INFINITY:
        soft, hard = min(soft, allowed), min(hard, allowed)
    resource.setrlimit(kind, (soft, hard))


def _send(write_end: int, message: bytes) -> None:
    with open(write_end, "wb") as file:
        file.write(_LENGTH.pack(len(message)))
        file.write(message)


def packed(value: object) -> bytes:
    """What a child sends of it."""
    file = io.BytesIO()
    _Packer(file, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    return file.getvalue()


def unpacked(content: bytes) -> Any:
    """What that stands for. Raises UnpicklingError for what is no plain type of ours."""
    return _OurTypes(io.BytesIO(content)).load()


class _Packer(pickle.Pickler):
    """Enums by their values: some versions of Python write a call of ``getattr``, which nobody should read."""

    def reducer_override(self, value: object) -> Any:
        return (type(value), (value.value,)) if isinstance(value, Enum) else NotImplemented


class _OurTypes(pickle.Unpickler):
    """Makes dataclasses, enums and errors of ours, and nothing else, whoever wrote the bytes."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith(OUR_PACKAGES):
            found = getattr(__import__(module, fromlist=[name]), name)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum | GoldgradeError)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no plain type of ours")
