"""The host's side of the protocol with one runner. Time is measured here, by the host's clock."""

import time
from collections import deque

from sandbox.host.channel import GRACE_SECONDS, Channel, ReadDeadline, RunnerGone, RunnerSilent
from sandbox.host.result_decoder import ExerciseReader, ProtocolBroken
from sandbox.host.time_budget import TimeBudget
from sandbox.system import SandboxUnavailable
from sandbox.wire.framing import Frame, FrameDecoder, FrameError, FrameKind
from sandbox.wire.limits import Limits
from sandbox.wire.messages import ExerciseResult, ExerciseRun, RunRequest, RunStatus
from sandbox.wire.request_codec import encode_request, encode_stop


class RunnerLost(Exception):
    """A runner can't be used further.

    ``result`` is how the exercise in hand ended, None when none was. ``confirm`` says that something else
    than the submission may have ended the runner, so that the exercise deserves a second run.
    """

    def __init__(self, result: ExerciseResult | None, *, confirm: bool = False) -> None:
        super().__init__()
        self.result = result
        self.confirm = confirm
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

    def begin(self, request: RunRequest) -> None:
        """Send the request. No student code has run before this returns, so every failure is ours."""
        deadline = time.monotonic() + self._limits.start_seconds
        try:
            self._channel.send(encode_request(request), deadline=deadline)
            if self._next(deadline).kind is FrameKind.READY:
                return
            happened = "The sandbox said something else than that it is ready"
        except RunnerSilent:
            happened = f"The sandbox was not ready within {self._limits.start_seconds:g} seconds"
        except (RunnerGone, FrameError):
            happened = "The sandbox ended before it was ready"
        raise SandboxUnavailable(
            happened,
            expected="a runner that waits for work",
            advice="Run 'grade doctor': it starts a sandbox, and says what to do when that fails.",
        )

    def exercise(self, run: ExerciseRun) -> ExerciseResult:
        """Read one exercise from its start to its end; they come in the request's order. Raises RunnerLost."""
        self._number += 1
        try:
            # Between two exercises no student code should be alive; what ends here is nobody's fault yet.
            if self._next(time.monotonic() + self._limits.start_seconds).kind is not FrameKind.STARTED:
                raise RunnerLost(None)
        except (RunnerSilent, RunnerGone, FrameError):
            raise RunnerLost(None) from None
        reader = ExerciseReader(run=run, limits=self._limits)
        try:
            return self._in_time(reader) or self._stopped(reader)
        except RunnerSilent:
            detail = f"it did not end within {self._limits.cpu_seconds:g} seconds"
            raise RunnerLost(reader.broken_off(RunStatus.TIMEOUT, detail)) from None
        except RunnerGone:
            detail = "the sandbox ended while this exercise ran"
            raise RunnerLost(reader.broken_off(RunStatus.CRASHED, detail), confirm=True) from None
        except (FrameError, ProtocolBroken) as error:
            detail = f"what came out of the sandbox can't be read: {error}"
            raise RunnerLost(reader.broken_off(RunStatus.CRASHED, detail)) from None

    def _in_time(self, reader: ExerciseReader) -> ExerciseResult | None:
        """The result, or None when the exercise in hand has had its time."""
        budget = TimeBudget(self._limits, started=time.monotonic(), computed=self._channel.processor_seconds)
        while True:
            try:
                if (result := reader.take(self._next(budget.until))) is not None:
                    return result
            except RunnerSilent:
                if budget.is_over(time.monotonic):
                    return None

    def _stopped(self, reader: ExerciseReader) -> ExerciseResult:
        """Tell the runner to end the exercise, and read what it still says. Raises RunnerSilent."""
        deadline = time.monotonic() + GRACE_SECONDS
        self._channel.send(encode_stop(self._number), deadline=deadline)
        while (result := reader.take(self._next(deadline))) is None:
            pass
        return result

    def _next(self, deadline: float) -> Frame:
        while not self._waiting:
            self._patience.seconds(deadline)
            self._waiting.extend(self._frames.feed(self._channel.receive(deadline=deadline)))
        return self._waiting.popleft()
