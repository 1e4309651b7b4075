"""A copy of this process for work that may never end: it says lines meanwhile, and can always be ended."""

import os
import select
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from typing import NoReturn, Self

Say = Callable[[str], None]


LOOK_AROUND_SECONDS = 0.5


class Child:
    """Does some work in a fork; leaving the block ends it, whatever it is doing, and so does this process's end."""

    def __init__(self, work: Callable[[Say], None]) -> None:
        self._work = work
        self._heard = b""

    def __enter__(self) -> Self:
        self._read_end, write_end = os.pipe()
        with warnings.catch_warnings():
            # Newer Pythons warn of threads: NumPy's wait for work, and its library is made for forks.
            warnings.simplefilter("ignore", DeprecationWarning)
            parent = os.getpid()
            self._process = os.fork()
        if self._process == 0:
            self._do(write_end, parent)
        os.close(write_end)
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self._process, signal.SIGKILL)  # one that has ended by itself is still there to be waited for
        os.waitpid(self._process, 0)
        os.close(self._read_end)

    def line(self, seconds: float | None) -> str | None:
        """What it says next; None when it has ended. Raises TimeoutError when that takes longer."""
        until = None if seconds is None else time.monotonic() + seconds
        while b"\n" not in self._heard:
            left = None if until is None else max(0.0, until - time.monotonic())
            if not select.select([self._read_end], [], [], left)[0]:
                raise TimeoutError
            part = os.read(self._read_end, 1 << 16)
            if not part:
                return None
            self._heard += part
        line, _, self._heard = self._heard.partition(b"\n")
        return line.decode()

    def _do(self, write_end: int, parent: int) -> NoReturn:
        try:
            threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which ends this process
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.close(self._read_end)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # nobody answers a program that asks
            with open(write_end, "w", encoding="utf-8") as file:
                self._work(lambda line: print(line, file=file, flush=True))
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(0)  # whatever happened, nothing of the parent's is closed or written here


def _end_with(parent: int) -> None:
    """A program that never ends would outlive a parent that was killed."""
    while os.getppid() == parent:
        time.sleep(LOOK_AROUND_SECONDS)
    os._exit(1)
