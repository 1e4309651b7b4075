"""How a batch goes, while it goes: a live table on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.text import Text

from grader.batch import BatchListener
from grader.report.model import Report, printable

PLAIN_SECONDS = 10.0  # between two lines where there is no terminal


class _Tally:
    """What a batch has done so far."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.submissions = 0
        self.done = 0
        self.failing = 0  # under half of the points whatever a person gives, or not readable
        self.troubles = 0
        self.slowest = ("", 0.0)

    def count(self, key: str, report: Report | None) -> None:
        self.done += 1
        if report is None:
            self.troubles += 1
            return
        self.failing += not report.is_graded or report.score.best_percent < 50
        if report.run.seconds > self.slowest[1]:
            self.slowest = (key, report.run.seconds)

    @property
    def words(self) -> str:
        seconds = time.monotonic() - self.started
        words = [f"{self.done} of {self.submissions}"]
        if self.done and seconds > 1:
            rate = self.done / seconds
            words.append(f"{60 * rate:.0f} a minute")
            if self.done < self.submissions:
                words.append(f"{_time((self.submissions - self.done) / rate)} left")
        words.append(f"{self.failing} failing")
        if self.troubles:
            words.append(f"{self.troubles} not graded")
        if self.slowest[0]:
            words.append(f"slowest: {printable(self.slowest[0])[:40]}, {self.slowest[1]:.1f} s")
        return ", ".join(words)


class LiveProgress(BatchListener):
    """A bar that moves, and a line of words under it."""

    def __init__(self, console: Console) -> None:
        self._tally = _Tally()
        self._console = console
        self._progress = Progress(BarColumn(bar_width=None), MofNCompleteColumn(), TimeElapsedColumn(), expand=True)
        self._bar = self._progress.add_task("", total=None)
        self._live = Live(console=console, transient=True, get_renderable=self._shown, refresh_per_second=4)

    def __enter__(self) -> "LiveProgress":
        self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def planned(self, students: int, submissions: int) -> None:
        self._tally.submissions = submissions
        self._progress.update(self._bar, total=submissions)

    def ended(self, key: str, report: Report | None, trouble: str | None) -> None:
        self._tally.count(key, report)
        self._progress.update(self._bar, completed=self._tally.done)
        if trouble is not None:
            self._console.print(Text(f"{printable(key)}: {printable(trouble)}"))

    def paused(self, why: str) -> None:
        self._console.print(Text(f"Waiting: {printable(why)}. Nobody gets a mark by that; Ctrl-C stops."))

    def resumed(self) -> None:
        self._console.print(Text("It works again; going on."))

    def time_passes(self) -> None:
        """The view is drawn by the clock."""

    def _shown(self) -> Group:
        return Group(self._progress, Text(self._tally.words, no_wrap=True, overflow="ellipsis"))


class PlainProgress(BatchListener):
    """A line now and then, for logs."""

    def __init__(self, console: Console) -> None:
        self._tally = _Tally()
        self._console = console
        self._told = time.monotonic()

    def planned(self, students: int, submissions: int) -> None:
        self._tally.submissions = submissions
        self._say(f"{_many(students, 'student')}, {_many(submissions, 'submission')} to grade")

    def ended(self, key: str, report: Report | None, trouble: str | None) -> None:
        self._tally.count(key, report)
        if trouble is not None:
            self._say(f"{printable(key)}: {printable(trouble)}")
        self.time_passes()

    def paused(self, why: str) -> None:
        self._say(f"Waiting: {printable(why)}. Nobody gets a mark by that.")

    def resumed(self) -> None:
        self._say("It works again; going on.")

    def time_passes(self) -> None:
        if time.monotonic() - self._told > PLAIN_SECONDS:
            self._told = time.monotonic()
            self._say(self._tally.words)

    def _say(self, line: str) -> None:
        self._console.print(Text(line), soft_wrap=True)


@contextmanager
def watching(console: Console) -> Iterator[BatchListener]:
    """The listener that suits where the words go."""
    if console.is_terminal:
        with LiveProgress(console) as listener:
            yield listener
    else:
        yield PlainProgress(console)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
