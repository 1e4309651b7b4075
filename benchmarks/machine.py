"""What a piece of work costs this machine: time, processor seconds of everything on it, and peak memory."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

TICKS_A_SECOND = 100  # USER_HZ, on every Linux in use
MIB = 1 << 20
SAMPLE_SECONDS = 0.1
# Where an engine puts its containers, under cgroup 2 and 1.
CONTAINER_GROUPS = (
    "/sys/fs/cgroup/system.slice/docker-*.scope",
    "/sys/fs/cgroup/docker/*",
    "/sys/fs/cgroup/memory/docker/*",
)


@dataclass
class Cost:
    """``with Cost(process) as cost: ...`` measures what happens meanwhile; ``process`` is a number or None."""

    process: int | None = None
    seconds: float = 0.0
    processor_seconds: float = 0.0  # of all processes on this machine: nothing else should run
    grader_bytes: int = 0  # the process and its children
    container_bytes: int = 0  # all containers together
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._started, self._busy = time.perf_counter(), _busy()
        self._sampler = threading.Thread(target=self._sample)
        self._sampler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds = time.perf_counter() - self._started
        self.processor_seconds = _busy() - self._busy
        self._stop.set()
        self._sampler.join()

    def _sample(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            self.container_bytes = max(self.container_bytes, _containers())
            if self.process is not None:
                self.grader_bytes = max(self.grader_bytes, tree_bytes(self.process))


def _busy() -> float:
    """Seconds in which a core had something to do."""
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq) / TICKS_A_SECOND


def tree_bytes(process: int) -> int:
    """Proportional memory of a process and all below it: shared pages count once."""
    return sum(map(_own_bytes, tree_of(process)))


def tree_of(process: int) -> list[int]:
    """A process and all below it."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []  # it has ended meanwhile
    return [process, *(each for child in children for each in tree_of(int(child)))]


def _own_bytes(process: int) -> int:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
        return 1024 * int(text.partition("\nPss:")[2].split()[0])
    except (OSError, IndexError):
        return 0


def _containers() -> int:
    """What the containers' processes use; the page cache is not theirs."""
    total = 0
    for pattern in CONTAINER_GROUPS:
        for folder in Path("/").glob(pattern.removeprefix("/")):
            try:
                text = (folder / "memory.stat").read_text()
            except OSError:
                continue
            numbers = dict(line.split() for line in text.splitlines())
            total += int(numbers.get("anon", numbers.get("rss", 0)))
    return total
