"""Who may read a folder of reports: who made it, and a group of assistants where one is named. Nobody else."""

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageProblem
from grader.output_file import ALL_MAY
from grader.wording import did_you_mean, nearest_name

# What a batch and the commands after it write into such a folder. Anything else in it is not ours to change.
OWN_NAMES = (
    "attempts",
    "faults",
    "pages",
    "preview",
    "programs",
    "reports",
    ".lock",
    "class.json",
    "index.html",
    "marks.csv",
    "similar.html",
    "summary.json",
)
GROUP_MAY = 0o070


@dataclass(frozen=True, kw_only=True)
class Access:
    """Rights of a folder and all that is in it."""

    group: int | None = None  # that may read
    is_closed: bool = True  # to everybody else

    @staticmethod
    def of(folder: Path) -> "Access":
        """As they are."""
        status = folder.stat()
        return Access(
            group=status.st_gid if status.st_mode & GROUP_MAY else None, is_closed=not status.st_mode & ALL_MAY
        )

    @property
    def folder_rights(self) -> int:
        return 0o700 if self.group is None else 0o750

    @property
    def file_rights(self) -> int:
        return 0o600 if self.group is None else 0o640


def group_id(name: str) -> int:
    """A group by its name. Raises UsageProblem where there is none, or where this user can't give files to it."""
    known = {group.gr_name: group.gr_gid for group in grp.getgrall()}
    if name not in known:
        raise UsageProblem(
            f"There is no group {name!r} on this machine",
            expected="the name of a group, as 'getent group' lists them",
            advice=did_you_mean(nearest_name(name, known), otherwise="Ask the administrator to make it."),
        )
    mine = {*os.getgroups(), os.getegid()}
    if os.geteuid() != 0 and known[name] not in mine:
        names = ", ".join(sorted(each for each, number in known.items() if number in mine))
        raise UsageProblem(
            f"You are not in the group {name}, and only who is in a group may give files to it",
            expected=f"one of your groups: {names}",
            advice=f"Ask the administrator to run 'usermod -aG {name} {_user()}', and log in again.",
        )
    return known[name]


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def give_rights(path: Path, access: Access) -> None:
    """To a file or folder of ours; whatever the umask is. One that is open as a whole stays so."""
    if not access.is_closed:
        return
    if access.group is not None:
        os.chown(path, -1, access.group)
    os.chmod(path, access.folder_rights if path.is_dir() else access.file_rights)


def close_folder(folder: Path, group: int | None) -> Iterator[str]:
    """Take from others what they may do with a folder of reports, and say so. Its group keeps what it has."""
    before = Access.of(folder)
    access = Access(group=group if group is not None else before.group if before.is_closed else None)
    changed = opened = 0
    for path in (folder, *_own_files(folder)):
        status = path.lstat()
        wanted = access.folder_rights if stat.S_ISDIR(status.st_mode) else access.file_rights
        is_right = stat.S_IMODE(status.st_mode) == wanted and access.group in (None, status.st_gid)
        if stat.S_ISLNK(status.st_mode) or is_right:
            continue
        try:
            give_rights(path, access)
        except PermissionError:
            yield f"{path} belongs to somebody else and may be open to others: its owner, or root, can change that."
            continue
        changed += 1
        opened += bool(status.st_mode & ALL_MAY)
    if opened:
        who = "you" if access.group is None else f"you and the group {grp.getgrgid(access.group).gr_name}"
        hint = " Assistants may read with --group NAME." if access.group is None else ""
        yield f"{folder} could be read by others of this machine. Now only {who} can read it.{hint}"
    elif changed and group is not None:
        yield f"The group {grp.getgrgid(group).gr_name} can read {folder} now."


def _own_files(folder: Path) -> Iterator[Path]:
    for name in OWN_NAMES:
        path = folder / name
        if path.is_symlink() or not path.exists():
            continue
        yield path
        if path.is_dir():
            with suppress(PermissionError):
                for above, folders, files in os.walk(path):
                    yield from (Path(above, each) for each in (*folders, *files))
