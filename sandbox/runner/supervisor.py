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
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TextIO

from sandbox.runner.execute import compiled, run_program, utils_module
from sandbox.runner.held_request import HeldRequest
from sandbox.runner.helper_modules import make_importable
from sandbox.runner.result_encoder import encode_case, encode_ended, encode_failed
from sandbox.runner.stand_ins import stand_in_for_missing
from sandbox.runner.sysv_ipc import remove_all_of
from sandbox.runner.unshared import FrameRelay, Printed
from sandbox.wire.framing import (
    HEADER,
    LARGEST_FRAME,
    MAGIC,
    Frame,
    FrameDecoder,
    FrameError,
    FrameKind,
    Seal,
    pack,
)
from sandbox.wire.limits import Limits
from sandbox.wire.messages import CaseCall, CaseResult, ExerciseResult, RunStatus
from sandbox.wire.parameters import ParameterSource
from sandbox.wire.request_codec import SharedCode, decode_call, decode_program, decode_utils
from sandbox.wire.utils_source import UtilsPart

BANK = Path("/bank")
WORK = Path("/tmp")  # all that can be written to in a container
PR_SET_DUMPABLE = 4
RLIMITS = 16  # kinds of limit that the kernel knows
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
    held = HeldRequest(0)
    orders = _Orders(os.dup(0))
    os.dup2(null, 0)
    os.close(null)
    source = ParameterSource(bank=bank)
    utils = _Shared(decode_utils(held.next_payload()))
    limits = held.plan.limits
    frames, printed = (
        FrameRelay(cap_bytes=limits.array_bytes + limits.text_bytes * 64),
        Printed(limits.stdout_bytes),
    )
    conditions = _conditions()
    for number, (calls, shown) in enumerate(held.plan.calls):
        hand_out, seal = _HandOut(held, calls=calls, shown=shown), Seal()
        printed.begin()
        frames.begin(most_bytes(limits))
        ended = _supervise(number, hand_out, utils, source, limits, control, seal, orders, frames, printed)
        hand_out.skip_the_rest()
        clear()
        for part in printed.parts():
            header = HEADER.pack(MAGIC, FrameKind.PRINTED, 0, len(part))
            for piece in (header, part):
                seal.add_bytes(piece)
                _write(control, piece)
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


class _Shared:
    """What every exercise may import: of ``utils``, compiled once for all, and the student's modules as texts."""

    def __init__(self, code: SharedCode) -> None:
        self.modules = code.modules
        self._future_annotations = code.future_annotations
        self._codes = {part.number: compiled(part, code.future_annotations) for part in code.parts}

    def module(self, own: Iterable[UtilsPart], forbidden: tuple[str, ...]) -> types.ModuleType:
        """``utils`` with what one exercise alone may have."""
        codes = {**self._codes, **{part.number: compiled(part, self._future_annotations) for part in own}}
        return utils_module((codes[number] for number in sorted(codes)), forbidden)


class _HandOut:
    """Gives an exercise's process its program, and each case's input when the case before it has come back.

    What is not given yet can't be told by what came back: so nothing that is shown knows anything that is not.
    """

    def __init__(self, held: HeldRequest, *, calls: int, shown: int) -> None:
        self.calls = calls
        self._held = held
        self._left = calls
        self._shown_left = shown
        self._owed = 0  # cases whose input is out
        self.waiting: memoryview | None = held.next_group()  # what the process has still to read

    @property
    def hides(self) -> bool:
        """Whether the input that was given last is one of those that are not shown."""
        return self._shown_left < 0

    def give_next(self) -> None:
        """The process asks for its next case. Raises FrameError where it is not its turn."""
        if self.waiting is not None or self._owed or not self._left:
            raise FrameError("a case that is not its turn")
        self._left -= 1
        self._shown_left -= 1
        self._owed = 1
        self.waiting = self._held.next_group()

    def take_back(self, kind: FrameKind) -> None:
        """Something came from the process. Raises FrameError where it can't be what is owed.

        An array that belongs to a case before must not know the input that was handed out after that.
        """
        if kind is FrameKind.CASE:
            if not self._owed:
                raise FrameError("a case that was not handed out")
            self._owed = 0
        elif kind is FrameKind.ARRAY and self._owed:
            raise FrameError("something else than the case that was handed out")

    def write(self, stream: int) -> None:
        """As much as the pipe takes."""
        if self.waiting is None:
            return
        try:
            written = os.write(stream, self.waiting)
        except BlockingIOError:
            return
        except BrokenPipeError:  # it has closed its end; how it ended is told elsewhere
            written = len(self.waiting)
        rest = self.waiting[written:]
        self.waiting.release()
        self.waiting = rest if rest else None

    def skip_the_rest(self) -> None:
        """What the process did not come to is not the next one's."""
        if self.waiting is not None:
            self.waiting.release()
            self.waiting = None
        self._held.skip(self._left)
        self._left = 0


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


def most_bytes(limits: Limits) -> int:
    """What an exercise's process may send in all; the host counts it as ``result_decoder.most_bytes``."""
    return limits.array_bytes * 2 + limits.text_bytes * 1024


def _supervise(
    number: int,
    hand_out: _HandOut,
    utils: _Shared,
    source: ParameterSource,
    limits: Limits,
    control: int,
    seal: Seal,
    orders: _Orders,
    frames: FrameRelay,
    printed: Printed,
) -> ExerciseResult:
    """Fork the exercise's child, relay its frames, and say how it ended."""
    kills_before = _memory_kills()
    deadline = time.monotonic() + limits.cpu_seconds * limits.wall_time_factor  # for want of an order
    results, results_in = os.pipe()
    printed_from, printed_in = os.pipe()
    given, giving = os.pipe()
    child = _fork()
    if child == 0:
        for descriptor in (control, orders.stream, results, printed_from, giving):
            os.close(descriptor)
        _child(hand_out.calls, utils, source, limits, given, results_in, printed_in)
    os.close(results_in)
    os.close(printed_in)
    os.close(given)
    os.set_blocking(giving, False)
    os.set_blocking(printed_from, False)
    too_late = f"it did not end within {limits.cpu_seconds:g} seconds"
    stopped: tuple[RunStatus, str] | None = None
    exit_code: int | None = None
    too_much = f"it printed more than {limits.printed_bytes} bytes"
    open_ends = {results, printed_from}

    def read_printed() -> bool:
        """Whether more may be there."""
        try:
            found = printed.read(printed_from)
        except BlockingIOError:
            return False
        if not found:
            open_ends.discard(printed_from)
        return found

    def give_next() -> None:
        while printed.total <= limits.printed_bytes and read_printed():  # all of it is of the cases before
            pass
        hand_out.give_next()
        if hand_out.hides:
            printed.hide_the_rest()

    while stopped is None and (open_ends or exit_code is None):
        left = deadline - time.monotonic()
        if left <= 0 or orders.stopped == number:
            stopped = (RunStatus.TIMEOUT, too_late)
            break
        pause = min(left, RELAY_SECONDS if open_ends else PAUSE_SECONDS) if exit_code is None else 0
        giving_now = [giving] if hand_out.waiting is not None else []
        found, can_take, _ = select.select([*open_ends, *orders.streams], giving_now, [], pause)
        if can_take:
            hand_out.write(giving)
        if orders.stream in found:
            orders.read()
        ready = open_ends.intersection(found)
        if printed_from in ready:
            read_printed()
        if results in ready:
            more, stopped = _relay(frames, results, control, seal, hand_out, give_next)
            if not more:
                open_ends.discard(results)
        if stopped is None and printed.total > limits.printed_bytes:
            stopped = (RunStatus.OUTPUT_TOO_LARGE, too_much)
        if not ready and not can_take:
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
    os.close(giving)
    status, detail = stopped or _ending(exit_code, frames, out_of_memory=_memory_kills() > kills_before)
    return ExerciseResult(
        exercise_id="",  # the host knows whose turn it was
        status=status,
        stdout_cut=printed.is_cut,
        detail=detail,
    )


def _fork() -> int:
    """Fork, waiting a moment for the last exercise's dead processes to be counted out."""
    for _ in range(100):
        with contextlib.suppress(BlockingIOError):
            return os.fork()
        time.sleep(0.02)
    return os.fork()


def _relay(
    frames: FrameRelay,
    results: int,
    control: int,
    seal: Seal,
    hand_out: _HandOut,
    give_next: Callable[[], None],
) -> tuple[bool, tuple[RunStatus, str] | None]:
    """Whether more may come, and how it ended, if what came ends it."""
    try:
        more = frames.read(results)
        for kind, frame in frames.frames():
            if kind is FrameKind.NEXT:
                give_next()
                continue
            if kind not in RELAYED:
                return True, (RunStatus.CRASHED, "it wrote something else where its results go")
            hand_out.take_back(kind)
            seal.add_bytes(frame)
            _write(control, frame)
    except FrameError as error:
        return True, (RunStatus.CRASHED, f"it wrote something else where its results go: {error}")
    return more, None


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


def _ending(wait_status: int | None, frames: FrameRelay, *, out_of_memory: bool) -> tuple[RunStatus, str]:
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


def _frames(stream: int) -> Iterator[Frame]:
    decoder = FrameDecoder(cap_bytes=LARGEST_FRAME, total_bytes=LARGEST_FRAME)
    while data := os.read(stream, 1 << 20):
        yield from decoder.feed(data)


def _calls(count: int, frames: Iterator[Frame], results: int, printed: TextIO) -> Iterator[CaseCall]:
    """Each case when the one before it has been returned."""
    for _ in range(count):
        with contextlib.suppress(Exception):  # whatever the program has made of it
            printed.flush()
        _write(results, pack(FrameKind.NEXT))
        yield decode_call(next(frames).payload, (frame.payload for frame in frames))


def _child(
    calls: int,
    utils: _Shared,
    source: ParameterSource,
    limits: Limits,
    given: int,
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
        frames = _frames(given)
        run, own = decode_program(next(frames).payload)
        module, modules = utils.module(own, run.forbidden), utils.modules
        asked = _calls(calls, frames, results, sys.stdout)
        del own, utils, frames
        make_importable(modules)
        stand_in_for_missing()
        # Sent from here, so that a failure of ours before this point is not taken for the student's.
        _write(results, pack(FrameKind.STARTED))
        for result in run_program(run, asked, module, source, limits, modules):
            match result:
                case CaseResult():
                    _write(results, encode_case(result))
                case ExerciseResult():
                    _write(results, encode_failed(result))
        with contextlib.suppress(Exception):  # whatever the program has made of it
            sys.stdout.flush()
        exit_code = 0
    except MemoryError:
        _write(results, encode_failed(ExerciseResult(exercise_id="", status=RunStatus.MEMORY)))
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


def _write(descriptor: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
