"""A control group for one runner where this user may make one: memory, processes and processor time as a whole.

Both kinds of hierarchies serve: one for each controller (v1) or one for all (v2). The reaper joins its runner to
the group and removes it; here it is made and given its limits.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.wire.limits import Limits

PREFIX = "goldgrade-"
PERIOD_MICROSECONDS = 100_000
MONITOR = 1  # bubblewrap's own process outside, which is in the group as well


@dataclass(frozen=True, kw_only=True)
class ControlGroup:
    """One folder for each hierarchy that it is in. ``kills`` is the file that counts kills for want of memory."""

    folders: tuple[Path, ...]
    kills: Path
    kills_inside: str  # where the runner looks for it


@dataclass(frozen=True, kw_only=True)
class _Hierarchy:
    mounted: Path
    root: str  # what part of the whole hierarchy is mounted there
    names: frozenset[str]  # controllers of v1; empty for v2


def make_group(limits: Limits) -> ControlGroup | None:
    """A new group with these limits on memory, processes and, where that works, processor time; or None."""
    name = f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}"
    hierarchies = tuple(_hierarchies())
    return _of_one_hierarchy(hierarchies, name, limits) or _of_several(hierarchies, name, limits)


def _of_one_hierarchy(hierarchies: tuple[_Hierarchy, ...], name: str, limits: Limits) -> ControlGroup | None:
    """v2. A group with processes in it can't have limited children, except the root: then it is a sibling."""
    own = _own_folder(hierarchies, "")
    if own is None:
        return None
    with contextlib.suppress(OSError):
        _set(own / "cgroup.subtree_control", "+memory +pids")
    for parent in (own, own.parent):
        if not (parent / "cgroup.subtree_control").exists():  # above what is mounted
            continue
        _sweep(parent)
        folder = parent / name
        try:
            folder.mkdir()
        except OSError:
            continue
        try:
            _set(folder / "memory.max", str(limits.memory_bytes))
            _set(folder / "pids.max", str(limits.processes + MONITOR))
        except OSError:  # the memory of its children is not its to give
            folder.rmdir()
            continue
        for file, value in (
            ("memory.swap.max", "0"),
            ("cpu.max", f"{int(limits.cpus * PERIOD_MICROSECONDS)} {PERIOD_MICROSECONDS}"),
        ):
            with contextlib.suppress(OSError):
                _set(folder / file, value)
        return ControlGroup(
            folders=(folder,), kills=folder / "memory.events", kills_inside="/sys/fs/cgroup/memory.events"
        )
    return None


def _of_several(hierarchies: tuple[_Hierarchy, ...], name: str, limits: Limits) -> ControlGroup | None:
    """v1: memory and processes must be bounded, processor time may be."""
    made: list[Path] = []
    wanted = {
        "memory": (
            ("memory.limit_in_bytes", limits.memory_bytes),
            ("memory.memsw.limit_in_bytes", limits.memory_bytes),
        ),
        "pids": (("pids.max", limits.processes + MONITOR),),
        "cpu": (("cpu.cfs_quota_us", int(limits.cpus * PERIOD_MICROSECONDS)),),
    }
    try:
        for controller, files in wanted.items():
            parent = _own_folder(hierarchies, controller)
            if parent is None and controller == "cpu":
                continue
            if parent is None:
                raise FileNotFoundError(controller)
            _sweep(parent)
            folder = parent / name
            with contextlib.suppress(FileExistsError):  # two controllers may share a hierarchy
                folder.mkdir()
                made.append(folder)
            for number, (file, value) in enumerate(files):
                if number == 0 or (folder / file).exists():
                    _set(folder / file, str(value))
    except OSError:
        for folder in made:
            folder.rmdir()
        return None
    counting = _own_folder(hierarchies, "cpuacct")
    if counting is not None:  # it bounds nothing: it counts what is computed
        _sweep(counting)
        with contextlib.suppress(OSError):
            (counting / name).mkdir()
            made.append(counting / name)
    return ControlGroup(
        folders=tuple(made),
        kills=made[0] / "memory.oom_control",
        kills_inside="/sys/fs/cgroup/memory/memory.oom_control",
    )


def _set(file: Path, value: str) -> None:
    """Write to a file of the kernel's: unlike ``write_text`` this makes none that is not there."""
    descriptor = os.open(file, os.O_WRONLY)
    try:
        os.write(descriptor, value.encode("ascii"))
    finally:
        os.close(descriptor)


def _sweep(parent: Path) -> None:
    """Remove the empty groups of graders that are gone. One with processes in it can't be removed."""
    with contextlib.suppress(OSError):
        for folder in parent.glob(f"{PREFIX}*"):
            owner = re.match(rf"{PREFIX}(\d+)-", folder.name)
            if owner is not None and not Path("/proc", owner[1]).exists():
                with contextlib.suppress(OSError):
                    folder.rmdir()


def _hierarchies() -> Iterator[_Hierarchy]:
    with contextlib.suppress(OSError), open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            before, _, after = line.partition(" - ")
            root, mounted = before.split()[3:5]
            kind, _, options = after.split()[:3]
            if kind == "cgroup2":
                yield _Hierarchy(mounted=Path(mounted), root=root, names=frozenset())
            elif kind == "cgroup":
                yield _Hierarchy(mounted=Path(mounted), root=root, names=frozenset(options.split(",")))


def _own_folder(hierarchies: tuple[_Hierarchy, ...], controller: str) -> Path | None:
    """This process's own group in the hierarchy of a controller; "" is the one of v2."""
    with contextlib.suppress(OSError), open("/proc/self/cgroup", encoding="utf-8") as file:
        for line in file:
            _, controllers, path = line.rstrip("\n").split(":", 2)
            if controller not in controllers.split(","):
                continue
            for hierarchy in hierarchies:
                if controller in hierarchy.names or (not controller and not hierarchy.names):
                    folder = hierarchy.mounted / os.path.relpath(path, hierarchy.root)
                    if folder.is_dir():
                        return folder
    return None
