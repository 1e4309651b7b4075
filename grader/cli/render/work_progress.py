"""How work on exercises goes, while it goes: a line that changes on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status
from rich.text import Text

from grader.authoring import Progress

PLAIN_SECONDS = 5.0  # between two lines where there is no terminal
KNOWN_AFTER = 2  # steps, before which nobody can say how long the others take


class StepCount(Progress):
    """What is done and what is left, in words; ``show`` gets them at each step."""

    def __init__(self, show: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._show = show
        self._clock = clock
        self.begin("")

    def begin(self, title: str) -> None:
        self._title = title
        self._started = self._clock()
        self._begun = self._total = 0

    def planned(self, left: int) -> None:
        self._total = self._begun + left

    def step(self, what: str) -> None:
        self._begun += 1
        self._show(": ".join(filter(None, (self._title, self._words(what)))))

    def _words(self, what: str) -> str:
        words = [what]
        if self._total >= self._begun:
            words.append(f"{self._begun} of {self._total}")
            done = self._begun - 1
            if done >= KNOWN_AFTER:
                seconds = (self._clock() - self._started) / done * (self._total - done)
                words.append(f"about {duration(seconds)} left")
        return ", ".join(words)


class Now:
    """What is done at the moment, on a console of either sort; ``say`` is for lines to keep."""

    def __init__(self, console: Console, status: Status | None) -> None:
        self._console = console
        self._status = status
        self._told = time.monotonic()
        self.progress = StepCount(self._show)

    def say(self, line: str) -> None:
        """A line that stays."""
        self._console.print(Text(line), soft_wrap=True)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is written meanwhile stands by itself, and the line goes on below it."""
        if self._status is not None:
            self._status.stop()
        yield
        if self._status is not None:
            self._status.start()

    def _show(self, words: str) -> None:
        if self._status is not None:
            self._status.update(Text(words))
        elif time.monotonic() - self._told > PLAIN_SECONDS:
            self._told = time.monotonic()
            self.say(words)


@contextmanager
def working(title: str) -> Iterator[Now]:
    """Shows work on standard error as long as the block lasts."""
    console = Console(highlight=False, markup=False, emoji=False, stderr=True)
    if not console.is_terminal:
        yield Now(console, None)
        return
    with console.status(title) as status:
        yield Now(console, status)


def duration(seconds: float) -> str:
    """``40 s``, ``2 min``, ``1.5 h``."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
