"""Where a command's output goes: the one place in which a file is written for whoever asked for it.

A regular file, or a name that is not there yet, gets its content whole or not at all. What else takes bytes (a
terminal, ``/dev/null``, a pipe that somebody reads, ``/dev/stdout``, ``>(command)``) is written through and never
replaced; what does not is refused: a folder, a socket, a disk, a pipe without a reader. A symbolic link stays, and
what it points to is written.
"""

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from grader.errors import ReportUnwritable

ALL_MAY = 0o007  # rights of everybody
FILE_RIGHTS = 0o666
LONGEST_SHOWN = 200  # signs of a path
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# What a machine, its disks and rights have to do with, and our code has not.
STORAGE_FAULTS = frozenset(
    {
        *NO_ROOM,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.ENAMETOOLONG,
        errno.ELOOP,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EIO,
        errno.ESTALE,
    }
)
_WHY_NOT = {
    stat.S_IFDIR: "it is a folder",
    stat.S_IFSOCK: "it is a socket",
    stat.S_IFBLK: "it is a disk",
}


def write_whole(content: str | bytes, path: Path, *, option: str | None) -> None:
    """Store what ``option`` asked for; None where no option names the place. Raises ReportUnwritable."""
    with open_whole(path, option=option) as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


@contextmanager
def open_whole(path: Path, *, option: str | None, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write piece by piece; a regular one takes its name at the end, and on any error it is gone.

    A ``private`` one may be read by its owner alone.
    """
    try:
        descriptor = open_descriptor(path)
        if descriptor is not None:
            with _open_stream(os.dup(descriptor)) as file:
                yield file
            return
        target = Path(os.path.realpath(path)) if path.is_symlink() else path  # the link stays
        before = _status(target)
        if before is None or stat.S_ISREG(before.st_mode):
            with _replacing(target, before, private) as file:
                yield file
            return
        why = _WHY_NOT.get(stat.S_IFMT(before.st_mode))
        if why is not None:
            raise _refused(path, why, option)
        with _open_stream(_opened(path, option)) as file:
            yield file
    except OSError as error:
        raise unwritable(path, error, option) from error


def append_text(text: str, path: Path, *, option: str | None) -> None:
    """Add to a file, which may be there or not, or write through. Raises ReportUnwritable."""
    before = None
    with suppress(OSError):
        before = path.stat()
    if before is not None and not stat.S_ISREG(before.st_mode):
        write_whole(text, path, option=option)
        return
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise unwritable(path, error, option) from error


def unwritable(path: Path, error: OSError, option: str | None) -> ReportUnwritable:
    """What to say where the system refuses."""
    return ReportUnwritable(
        f"{_short(path)} can't be written: {error.strerror or error}",
        expected="a file in an existing folder where you may write",
        advice=_advice(error.errno, option),
    )


def _advice(number: int | None, option: str | None) -> str:
    if number in NO_ROOM:
        return "Make room there, and run the same command again" + (
            "." if option is None else f", or give another path to {option}."
        )
    if option is None:
        return "See whose that place is and whether it can be written to, and run the same command again."
    return f"Give {'a shorter' if number == errno.ENAMETOOLONG else 'another'} path to {option}."


def _refused(path: Path, why: str, option: str | None) -> ReportUnwritable:
    return ReportUnwritable(
        f"{_short(path)} can't be written: {why}",
        expected="a file, or something that takes what is written to it",
        advice=_advice(None, option),
    )


def _short(path: Path) -> str:
    text = str(path)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def open_descriptor(path: Path) -> int | None:
    """Which of this process's open files a path such as /dev/stdout or /dev/fd/63 means; None for any other."""
    with suppress(OSError):
        for _ in range(40):
            if path.name.isdecimal() and os.path.realpath(path.parent) == f"/proc/{os.getpid()}/fd":
                return int(path.name)
            if not path.is_symlink():
                return None
            path = path.parent / os.readlink(path)
    return None


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _opened(path: Path, option: str | None) -> int:
    """Something that is no file; it is not waited for a reader."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise _refused(path, "nobody reads from it", option) from error
        raise
    os.set_blocking(descriptor, True)
    return descriptor


@contextmanager
def _open_stream(descriptor: int) -> Iterator[BinaryIO]:
    with suppress(OSError, AttributeError):  # what was printed before comes before
        sys.stdout.flush()
    with open(descriptor, "wb") as file:
        yield file


@contextmanager
def _replacing(path: Path, before: os.stat_result | None, private: bool) -> Iterator[BinaryIO]:
    """Until the end it has no name, where the file system can do that: a killed process leaves nothing behind."""
    unfinished = path.with_name(f".goldgrade.{os.getpid()}.new")
    _check_name(path)
    try:
        nameless = _nameless(path.parent)
        with open(unfinished if nameless is None else nameless, "w+b") as file:
            if private:
                os.fchmod(file.fileno(), 0o600)
            else:
                _set_rights(file.fileno(), path.parent, before)
            yield file
            file.flush()
            os.fsync(file.fileno())  # or a power cut could leave the new name with nothing behind it
            if nameless is not None:
                _name(nameless, unfinished)
        unfinished.replace(path)
    except BaseException:
        with suppress(OSError):  # where it could not be made it can't be removed either
            unfinished.unlink()
        raise


def _check_name(path: Path) -> None:
    """Before anything is written."""
    with suppress(FileNotFoundError):
        os.lstat(path)


def _set_rights(descriptor: int, folder: Path, before: os.stat_result | None) -> None:
    """A file keeps its rights. In a folder that is closed to others none is open to them, whatever the umask is."""
    around = folder.stat()
    is_closed = not around.st_mode & ALL_MAY
    if before is None and not is_closed:
        return
    rights = FILE_RIGHTS if before is None else stat.S_IMODE(before.st_mode) & 0o777
    if is_closed:
        rights &= around.st_mode & FILE_RIGHTS
    group = around.st_gid if is_closed and before is None else before.st_gid if before is not None else -1
    with suppress(PermissionError):
        os.fchown(descriptor, before.st_uid if before is not None else -1, group)
    os.fchmod(descriptor, rights)


def _nameless(folder: Path) -> int | None:
    """A new file without a name in this folder, None where there can't be one."""
    if not hasattr(os, "O_TMPFILE") or not os.path.exists("/proc/self/fd"):
        return None
    try:
        return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o666)
    except OSError:
        return None


def _name(nameless: int, path: Path) -> None:
    path.unlink(missing_ok=True)  # a link replaces nothing
    folder = os.open(path.parent, os.O_PATH)
    try:
        # Only with a folder's descriptor does Python follow the link in /proc to the file itself.
        os.link(f"/proc/self/fd/{nameless}", path.name, dst_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)
