"""Signals that end a program: the first one leaves every ``with`` block, and those after it change nothing.

A second Ctrl-C while containers are being removed would leave them behind. A third one ends at once, for an engine
that does not answer; the next start removes what is left then.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MOST_INTERRUPTS = 3
SAID_AT_THE_SECOND = b"\nRemoving what was started; once more leaves that to the next start.\n"


class ShutdownSignals:
    """What is known of the signals that came."""

    def __init__(self) -> None:
        self._came = 0

    @property
    def has_begun(self) -> bool:
        """Whether a signal ends this program."""
        return self._came > 0

    def watch(self) -> None:
        """From now on signals are handled as above. One that is ignored, as under nohup, stays ignored."""
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._arrived)

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT or not self._came:
            self._came += 1
        if self._came == 1:
            if number == signal.SIGINT:
                raise KeyboardInterrupt
            raise SystemExit(128 + number)
        if number != signal.SIGINT:
            return
        if self._came >= MOST_INTERRUPTS:
            os._exit(128 + number)
        with contextlib.suppress(OSError):
            os.write(2, SAID_AT_THE_SECOND)


@contextlib.contextmanager
def deferred_signals() -> Iterator[None]:
    """Signals that come meanwhile take effect after the block. Only the main thread is ever interrupted by one."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)
        if came.count(signal.SIGINT) >= MOST_INTERRUPTS:
            os._exit(128 + number)

    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, note)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


class Interrupts:
    """What signals have raised while somebody else's code ran."""

    def __init__(self) -> None:
        self._raised: list[BaseException] = []

    def note(self, error: BaseException) -> None:
        """Remember it."""
        self._raised.append(error)

    def raise_noted(self) -> None:
        """Raise it again, where whoever it was raised in has caught it."""
        if self._raised:
            raise self._raised[0]


@contextlib.contextmanager
def noted_interrupts() -> Iterator[Interrupts]:
    """Signals have their effect, and it is remembered: a program that catches everything takes it for its own."""
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def noting(number: int, frame: FrameType | None) -> None:
        handler = before[signal.Signals(number)]
        try:
            if callable(handler):
                handler(number, frame)
        except BaseException as error:
            interrupts.note(error)
            raise

    for number, handler in before.items():
        if callable(handler):  # what is ignored or ends the process has no exception
            signal.signal(number, noting)
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, handler)
