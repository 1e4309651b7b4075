"""The program that runs inside the sandbox: one request in, results out, one forked child an exercise.

The parent never runs student code and keeps the attached streams to itself; a child has only its own pipes.
It is a convenience, not a guard: whatever reaches the host is read as hostile (``result_decoder``).
"""

import contextlib
import ctypes
import os
import resource
import select
import shutil
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.runner.execute import load_utils, run_program
from sandbox.runner.result_encoder import encode_case, encode_ended, encode_failed
from sandbox.runner.sysv_ipc import remove_all_of
from sandbox.wire.framing import FrameDecoder, FrameError, FrameKind, Seal, pack
from sandbox.wire.limits import Limits
from sandbox.wire.messages import CaseResult, ExerciseResult, ExerciseRun, RunRequest, RunStatus
from sandbox.wire.parameters import ParameterSource
from sandbox.wire.request_codec import decode_request

BANK = Path("/bank")
WORK = Path("/tmp")  # all that can be written to in a container
PR_SET_DUMPABLE = 4
RLIMITS = 16  # kinds of limit that the kernel knows
LARGEST_FRAME = 2**32 - 1
CHUNK = 1 << 16
RELAY_SECONDS = 0.05  # between two looks at whether the child lives, while it may say something
PAUSE_SECONDS = 0.002  # and when it has closed its pipes
RELAYED = (FrameKind.STARTED, FrameKind.CASE, FrameKind.ARRAY, FrameKind.FAILED)


def main() -> None:
    """Serve one request. Refuses to run anywhere but in a container: it kills every process it may.

    In a container it is the first process, which nobody inside can kill, stop or trace. An init before it would
    be one of the same user, through whose descriptors everybody could write to the container's streams.
    """
    if os.getuid() == 0 or 1 not in (os.getpid(), os.getppid()):
        sys.exit("sandbox.runner.supervisor is the container's entry point; it does not run on a host")
    serve(bank=BANK, work=WORK, clear=kill_everything_else)


def serve(*, bank: Path, work: Path, clear: Callable[[], None]) -> None:
    """Serve one request; ``clear`` ends whatever an exercise has left alive, and ``work`` is emptied after each."""
    # Another process of this user could otherwise write to our streams through /proc.
    _set_dumpable(0)
    signal.signal(
        signal.SIGINT, signal.SIG_DFL
    )  # nothing reaches a container's first process that asks for nothing
    control = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    _write(control, pack(FrameKind.READY))
    request = _read_request(0)
    orders = _Orders(os.dup(0))
    os.dup2(null, 0)
    os.close(null)
    source = ParameterSource(bank=bank)
    utils = load_utils(request.utils_source)
    conditions = _conditions()
    for number, run in enumerate(request.runs):
        seal = Seal()
        ended = _supervise(number, run, utils, source, request.limits, control, seal, orders)
        clear()
        _write(control, encode_ended(ended, seal))
        # Whoever may signal us may also limit us, and what limits us would limit the next exercise.
        if not _emptied(work) or _conditions() != conditions:
            return  # the host starts another runner for the rest
    _write(control, pack(FrameKind.FINISHED))


def _conditions() -> object:
    """What every exercise inherits from this process, and another process of this user can change."""
    return (
        [resource.getrlimit(number) for number in range(RLIMITS)],
        os.getpriority(os.PRIO_PROCESS, 0),
        os.sched_getscheduler(0),
        os.sched_getaffinity(0),
    )


def _emptied(folder: Path) -> bool:
    """Whether the folder that exercises may write to is empty again, so that none finds what another left."""
    try:
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)
    except (OSError, RecursionError):  # a folder that is closed, or too deep; it goes with this runner
        return False
    return True


def _read_request(stream: int) -> RunRequest:
    decoder = FrameDecoder(cap_bytes=LARGEST_FRAME, total_bytes=LARGEST_FRAME)

    def payloads() -> Iterator[bytes]:
        while data := os.read(stream, 1 << 20):
            for frame in decoder.feed(data):
                yield frame.payload

    arriving = payloads()
    return decode_request(next(arriving), arriving)


@dataclass
class _Printed:
    """What the child printed: the first bytes are kept, the rest is counted."""

    keep: int
    kept: bytearray = field(default_factory=bytearray)
    total: int = 0

    def add(self, data: bytes) -> None:
        self.total += len(data)
        self.kept += data[: max(0, self.keep - len(self.kept))]

    @property
    def text(self) -> str:
        return self.kept.decode("utf-8", errors="replace")


class _Orders:
    """What the host says after its request. It alone keeps the time, for it knows how busy the machine is."""

    def __init__(self, stream: int) -> None:
        self.stream = stream
        self.streams = {stream}  # while somebody is at the other end
        self.stopped: int | None = None  # the number of the last exercise that was to be ended
        self._frames = FrameDecoder(cap_bytes=CHUNK, total_bytes=LARGEST_FRAME)

    def read(self) -> None:
        data = os.read(self.stream, CHUNK)
        if not data:
            self.streams.clear()
        for frame in self._frames.feed(data):
            if frame.kind is FrameKind.STOP:
                self.stopped = int(frame.payload)


def _supervise(
    number: int,
    run: ExerciseRun,
    utils: types.ModuleType,
    source: ParameterSource,
    limits: Limits,
    control: int,
    seal: Seal,
    orders: _Orders,
) -> ExerciseResult:
    """Fork the exercise's child, relay its frames, and say how it ended."""
    kills_before = _memory_kills()
    deadline = time.monotonic() + limits.cpu_seconds * limits.wall_time_factor  # for want of an order
    results, results_in = os.pipe()
    printed_from, printed_in = os.pipe()
    child = _fork()
    if child == 0:
        for descriptor in (control, orders.stream, results, printed_from):
            os.close(descriptor)
        _child(run, utils, source, limits, results_in, printed_in)
    os.close(results_in)
    os.close(printed_in)
    printed = _Printed(keep=limits.stdout_bytes)
    frames = FrameDecoder(
        cap_bytes=limits.array_bytes + limits.text_bytes * 64,
        total_bytes=limits.array_bytes * 2 + limits.text_bytes * 1024,  # as ``result_decoding.most_bytes``
    )
    too_late = f"it did not end within {limits.cpu_seconds:g} seconds"
    stopped: tuple[RunStatus, str] | None = None
    exit_code: int | None = None
    open_ends = {results, printed_from}
    while stopped is None and (open_ends or exit_code is None):
        left = deadline - time.monotonic()
        if left <= 0 or orders.stopped == number:
            stopped = (RunStatus.TIMEOUT, too_late)
            break
        pause = min(left, RELAY_SECONDS if open_ends else PAUSE_SECONDS) if exit_code is None else 0
        found, _, _ = select.select([*open_ends, *orders.streams], [], [], pause)
        if orders.stream in found:
            orders.read()
        ready = open_ends.intersection(found)
        for end in ready:
            data = os.read(end, CHUNK)
            if not data:
                open_ends.discard(end)
            elif end == printed_from:
                printed.add(data)
                if printed.total > limits.printed_bytes:
                    detail = f"it printed more than {limits.printed_bytes} bytes"
                    stopped = (RunStatus.OUTPUT_TOO_LARGE, detail)
            else:
                stopped = stopped or _relay(frames, data, control, seal)
        if not ready:
            if exit_code is not None:  # a grandchild holds the pipes open; the exercise itself is over
                break
            exit_code = _reaped(child)
        elif results not in open_ends and exit_code is None:
            exit_code = _reaped(child)
    if exit_code is None:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    os.close(results)
    os.close(printed_from)
    status, detail = stopped or _ending(exit_code, frames, out_of_memory=_memory_kills() > kills_before)
    return ExerciseResult(
        exercise_id=run.exercise_id,
        status=status,
        stdout=printed.text,
        stdout_cut=printed.total > len(printed.kept),
        detail=detail,
    )


def _fork() -> int:
    """Fork, waiting a moment for the last exercise's dead processes to be counted out."""
    for _ in range(100):
        with contextlib.suppress(BlockingIOError):
            return os.fork()
        time.sleep(0.02)
    return os.fork()


def _relay(frames: FrameDecoder, data: bytes, control: int, seal: Seal) -> tuple[RunStatus, str] | None:
    try:
        for frame in frames.feed(data):
            if frame.kind not in RELAYED:
                return RunStatus.CRASHED, "it wrote something else where its results go"
            seal.add(frame.kind, frame.payload)
            _write(control, pack(frame.kind, frame.payload))
    except FrameError as error:
        return RunStatus.CRASHED, f"it wrote something else where its results go: {error}"
    return None


def _reaped(child: int) -> int | None:
    """The child's wait status, or None while it runs."""
    pid, status = os.waitpid(child, os.WNOHANG)
    return status if pid == child else None


def _memory_kills() -> int:
    """How often the kernel has killed in this container because memory ran out (cgroup v2 or v1)."""
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        with contextlib.suppress(OSError), open(path, encoding="ascii") as file:
            for line in file:
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
    return 0


def _ending(wait_status: int | None, frames: FrameDecoder, *, out_of_memory: bool) -> tuple[RunStatus, str]:
    if wait_status is not None and os.WIFSIGNALED(wait_status):
        number = os.WTERMSIG(wait_status)
        if out_of_memory and number == signal.SIGKILL:
            return RunStatus.MEMORY, "the system ended it because memory ran out"
        return RunStatus.CRASHED, f"the process was ended by {signal.Signals(number).name}"
    if wait_status is None or os.WEXITSTATUS(wait_status) != 0 or frames.inside_frame:
        return RunStatus.CRASHED, "the process ended in the middle of its work"
    return RunStatus.FINISHED, ""


def kill_everything_else() -> None:
    """No child, thread or daemon of one exercise lives on beside the next, nor what it has in the kernel.

    Only for a runner that has its user to itself.
    """
    if os.getuid() == 0:
        sys.exit("as root this would end the whole machine")
    with contextlib.suppress(ProcessLookupError):  # nobody was left
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):  # orphans become ours, so without a child none is left
        while True:
            os.waitpid(-1, 0)
    remove_all_of(os.getuid())


def _child(
    run: ExerciseRun,
    utils: types.ModuleType,
    source: ParameterSource,
    limits: Limits,
    results: int,
    printed: int,
) -> None:
    exit_code = 1
    try:
        os.dup2(printed, 1)
        os.dup2(printed, 2)
        os.close(printed)
        sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
        sys.stderr = sys.stdout
        _bound_memory(limits, source.bank_bytes)
        # Sent from here, so that a failure of ours before this point is not taken for the student's.
        _write(results, pack(FrameKind.STARTED))
        for result in run_program(run, utils, source, limits):
            match result:
                case CaseResult():
                    _write(results, encode_case(result))
                case ExerciseResult():
                    _write(results, encode_failed(result))
        with contextlib.suppress(Exception):  # whatever the program has made of it
            sys.stdout.flush()
        exit_code = 0
    except MemoryError:
        _write(results, encode_failed(ExerciseResult(exercise_id=run.exercise_id, status=RunStatus.MEMORY)))
        exit_code = 0
    finally:
        os._exit(exit_code)  # no handler, destructor or atexit of the student's runs after this


def _bound_memory(limits: Limits, bank_bytes: int) -> None:
    """Make a greedy allocation a MemoryError with a line, and this process the kernel's first victim."""
    # Copy-on-write maps of the bank count as data although they take no memory until they are written to.
    data_bytes = limits.memory_bytes * 7 // 8 + bank_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (data_bytes, data_bytes))
    _set_dumpable(1)  # else our own /proc belongs to root
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")


def _set_dumpable(value: int) -> None:
    """Whether other processes of this user may trace us and open our descriptors (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, value, 0, 0, 0)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
