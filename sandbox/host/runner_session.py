"""The host's side of the protocol with one runner. Time is measured here, by the host's clock."""

import time
from collections import deque

from sandbox.host.channel import (
    GRACE_SECONDS,
    Blame,
    Channel,
    ReadDeadline,
    RunnerGone,
    RunnerSilent,
    StreamCorrupt,
    StreamLoss,
)
from sandbox.host.result_decoder import ExerciseReader, ProtocolBroken
from sandbox.host.time_budget import TimeBudget
from sandbox.system import SandboxUnavailable
from sandbox.wire.framing import Frame, FrameDecoder, FrameError, FrameKind, Seal
from sandbox.wire.limits import Limits
from sandbox.wire.messages import ExerciseResult, ExerciseRun, ModuleSource, RunRequest, RunStatus
from sandbox.wire.request_codec import encode_request, encode_stop


class RunnerLost(Exception):
    """A runner can't be used further.

    ``result`` is how the exercise in hand ended, None when that is unknown. That is a fault of ours, of which
    ``fault`` tells, or no fault at all where a runner that was changed leaves the rest to another (``is_retired``).
    ``confirm`` says that something else than the submission may have ended the runner, so that the exercise
    deserves a second run.
    """

    def __init__(
        self, result: ExerciseResult | None, *, confirm: bool = False, fault: str = "", is_retired: bool = False
    ) -> None:
        super().__init__()
        self.result = result
        self.confirm = confirm
        self.fault = fault
        self.is_retired = is_retired
        self.seconds = 0.0  # that the exercise took


class RunnerSession:
    """One request and its results, frame by frame."""

    def __init__(self, channel: Channel, limits: Limits) -> None:
        self._channel = channel
        self._limits = limits
        self._frames = FrameDecoder(
            cap_bytes=limits.array_bytes + limits.text_bytes * 64,
            total_bytes=64 * (limits.array_bytes + limits.text_bytes * 1024),
        )
        self._waiting: deque[Frame] = deque()
        self._number = -1  # of the exercise in hand
        self._patience = ReadDeadline()
        self._seal = Seal()  # of what the exercise in hand has sent
        self._modules: tuple[ModuleSource, ...] = ()
        self._broken: ProtocolBroken | None = None  # what its program wrote is no result

    def begin(self, request: RunRequest) -> None:
        """Send the request. No student code has run before this returns, so every failure is ours."""
        self._modules = request.modules
        deadline = time.monotonic() + self._limits.start_seconds
        try:
            self._channel.send(encode_request(request), deadline=deadline)
            if self._next(deadline).kind is FrameKind.READY:
                return
            happened = "The sandbox said something else than that it is ready"
        except RunnerSilent:
            happened = f"The sandbox was not ready within {self._limits.start_seconds:g} seconds"
        except RunnerGone:
            happened = "The sandbox ended before it was ready"
        except (FrameError, StreamCorrupt) as error:
            happened = f"What the sandbox said before it was ready can't be read: {error}"
        raise SandboxUnavailable(
            happened,
            expected="a runner that waits for work",
            advice="Run 'grade doctor': it starts a sandbox, and says what to do when that fails.",
        )

    def exercise(self, run: ExerciseRun) -> ExerciseResult:
        """Read one exercise from its start to its end; they come in the request's order. Raises RunnerLost."""
        self._number += 1
        self._seal, self._broken = Seal(), None
        reader = ExerciseReader(run=run, limits=self._limits, modules=self._modules)
        self._begin_exercise()
        budget = TimeBudget(self._limits, started=time.monotonic(), computed=self._channel.processor_seconds)
        try:
            return self._in_time(reader, budget) or self._stopped(reader)
        except RunnerSilent:
            raise self._lost(reader, StreamLoss.SILENT, budget, "it fell silent") from None
        except RunnerGone:
            raise self._lost(reader, StreamLoss.ENDED, budget, "it ended") from None
        except (FrameError, StreamCorrupt) as error:
            raise self._lost(reader, StreamLoss.UNREADABLE, budget, f"it can't be read: {error}") from None

    def _begin_exercise(self) -> None:
        """Await its start. Between two exercises no student code is alive; what ends here is nobody's fault yet."""
        try:
            frame = self._next(time.monotonic() + self._limits.start_seconds)
        except RunnerGone:
            raise RunnerLost(
                None, is_retired=self._number > 0, fault="it ended before an exercise had begun"
            ) from None
        except RunnerSilent:
            raise RunnerLost(None, fault="it fell silent before an exercise had begun") from None
        except (FrameError, StreamCorrupt) as error:
            raise RunnerLost(None, fault=f"it can't be read: {error}") from None
        if frame.kind is not FrameKind.STARTED:
            raise RunnerLost(None, fault="it has something else than an exercise's beginning")
        self._seal.add(frame.kind, frame.payload)

    def _lost(self, reader: ExerciseReader, loss: StreamLoss, budget: TimeBudget, what: str) -> RunnerLost:
        match self._channel.blame(loss, was_busy=budget.was_busy), loss:
            case Blame.OURS, _:
                return RunnerLost(None, fault=what)
            case Blame.PROGRAM_MEMORY, _:
                detail = "the sandbox ended while this exercise ran, because memory ran out"
                return RunnerLost(reader.broken_off(RunStatus.MEMORY, detail), confirm=True)
            case _, StreamLoss.SILENT:
                detail = f"it did not end within {self._limits.cpu_seconds:g} seconds"
                return RunnerLost(reader.broken_off(RunStatus.TIMEOUT, detail), confirm=self._channel.is_relayed)
            case _, StreamLoss.ENDED:
                detail = "the sandbox ended while this exercise ran"
                return RunnerLost(reader.broken_off(RunStatus.CRASHED, detail), confirm=True)
        return RunnerLost(reader.broken_off(RunStatus.CRASHED, f"of what came out of the sandbox, {what}"))

    def _in_time(self, reader: ExerciseReader, budget: TimeBudget) -> ExerciseResult | None:
        """The result, or None when the exercise in hand has had its time."""
        while True:
            try:
                if (result := self._taken(reader, self._next(budget.until))) is not None:
                    return result
            except RunnerSilent:
                if budget.is_over(time.monotonic):
                    return None

    def _stopped(self, reader: ExerciseReader) -> ExerciseResult:
        """Tell the runner to end the exercise, and read what it still says. Raises RunnerSilent."""
        deadline = time.monotonic() + GRACE_SECONDS
        self._channel.send(encode_stop(self._number), deadline=deadline)
        while (result := self._taken(reader, self._next(deadline))) is None:
            pass
        return result

    def _taken(self, reader: ExerciseReader, frame: Frame) -> ExerciseResult | None:
        """The result when the frame ends the exercise. Raises FrameError for what was changed on its way.

        What the program wrote may be no result at all; that is known to be its doing only when the seal is whole.
        """
        is_last = frame.kind is FrameKind.ENDED
        if is_last:
            frame = Frame(kind=frame.kind, payload=self._seal.opened(frame.payload))
        else:
            self._seal.add(frame.kind, frame.payload)
        try:
            result = reader.take(frame) if self._broken is None else None
        except ProtocolBroken as error:
            if is_last:  # the runner's own words
                raise FrameError(str(error)) from None
            self._broken, result = error, None
        if is_last and self._broken is not None:
            detail = f"what came out of the sandbox can't be read: {self._broken}"
            return reader.broken_off(RunStatus.CRASHED, detail)
        return result

    def _next(self, deadline: float) -> Frame:
        while not self._waiting:
            self._patience.seconds(deadline)
            self._waiting.extend(self._frames.feed(self._channel.receive(deadline=deadline)))
        return self._waiting.popleft()
