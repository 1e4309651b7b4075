"""Unpacks the zip that an LMS offers. It has files of strangers, so nothing in it is trusted."""

import os
import re
import stat
import time
import unicodedata
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from grader.errors import UsageProblem
from grader.intake.class_submissions import Skipped
from grader.intake.layouts.shared import is_junk
from grader.report.model import printable
from sandbox.wire.limits import GIB, MIB

MOST_FILES = 100_000
MOST_BYTES = 16 * GIB
MOST_FILE_BYTES = 256 * MIB
MOST_RATIO = 300  # how much larger than packed, for files that are not small
SMALL_BYTES = 8 * MIB
LONGEST_PART = 240  # bytes of a name
CHUNK = 1 << 20
# The other ways are unpacked by zipfile in one piece, however large.
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_WINDOWS = "\\"  # its slash
_DRIVE = re.compile(r"[A-Za-z]:")


def unpack(archive: Path, folder: Path) -> tuple[Skipped, ...]:
    """Unpack into an empty folder; returns what was left out and why. Raises UsageProblem."""
    try:
        opened = zipfile.ZipFile(archive)
    except Exception as error:  # zipfile documents only some of what a damaged table of contents raises
        raise _unusable(archive, printable(str(error))) from error
    skipped: list[Skipped] = []
    taken: dict[str, str] = {}
    left = MOST_BYTES
    with opened:
        members = opened.infolist()
        if len(members) > MOST_FILES:
            raise _unusable(archive, f"it has more than {MOST_FILES:,} files")
        slash = _WINDOWS if _is_of_windows(members) else "/"
        for member in members:
            name = _name(member).replace(slash, "/")
            # A repository's own folder tells when the work came.
            if any(is_junk(part) and part != ".git" for part in name.split("/")):
                continue
            reason = _refused(member, name) or _collides(name, taken)
            if reason is None:
                try:
                    path = folder.joinpath(*PurePosixPath(name).parts)
                    if name.endswith("/"):
                        path.mkdir(parents=True, exist_ok=True)
                    else:
                        left -= _write(opened, member, path, left)
                except _Full as error:
                    raise _unusable(archive, f"it is larger than {MOST_BYTES // GIB} GiB") from error
                except _TooLarge as error:
                    reason = str(error)
                except Exception as error:  # as above, for a damaged member
                    reason = f"it can't be unpacked: {printable(str(error))}"
            if reason is not None:
                shown = Path(printable(name))
                skipped.append(Skipped(path=folder / shown.name, reason=f"{shown}: {reason}"))
    return tuple(skipped)


class _TooLarge(Exception):
    """More comes out than a submission may have."""


class _Full(Exception):
    """More comes out than a class may have."""


def _is_of_windows(members: Sequence[zipfile.ZipInfo]) -> bool:
    """Some programs on Windows write its backslashes; a name with one in any other zip is refused."""
    names = [member.orig_filename for member in members]
    return any(_WINDOWS in name for name in names) and not any("/" in name for name in names)


def _name(member: zipfile.ZipInfo) -> str:
    """Names without a mark are UTF-8 more often than what the format says they are."""
    name = member.orig_filename
    if not member.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name)


def _refused(member: zipfile.ZipInfo, name: str) -> str | None:
    parts = name.removesuffix("/").split("/")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFDIR if name.endswith("/") else stat.S_IFREG):
        return "a link or a device"
    if member.compress_type not in PACKED:
        return "packed in an unusual way"
    if member.flag_bits & 0x1:
        return "protected with a password"
    if "\\" in name or _DRIVE.match(name) or name.startswith("/") or any(part in ("", ".", "..") for part in parts):
        return "its name leads out of the folder"
    if any(ord(letter) < 32 for letter in name):
        return "its name has control characters"
    if any(len(part.encode("utf-8", "surrogatepass")) > LONGEST_PART for part in parts) or len(parts) > 20:
        return "its name is too long"
    return None


def _collides(name: str, taken: dict[str, str]) -> str | None:
    """Two names that some file systems take for one; also a file where another needs a folder."""
    parts = PurePosixPath(name).parts
    for count in range(1, len(parts) + 1):
        path = "/".join(parts[:count])
        kind = "file" if count == len(parts) and not name.endswith("/") else "folder"
        folded = unicodedata.normalize("NFKC", path).casefold()
        before = taken.get(folded)
        if before is None:
            taken[folded] = f"{kind} {path}"
        elif kind == "file" or before != f"{kind} {path}":
            return f"its name can't be told from {printable(before.partition(' ')[2])}"
    return None


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, left: int) -> int:
    """Write one file; returns its size, whatever the archive claimed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    try:
        with opened.open(member) as source, open(path, "xb") as target:
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if size > left:
                    raise _Full
                if size > MOST_FILE_BYTES:
                    raise _TooLarge(f"larger than {MOST_FILE_BYTES // MIB} MiB")
                if size > SMALL_BYTES and size > MOST_RATIO * max(1, member.compress_size):
                    raise _TooLarge(f"packed more than {MOST_RATIO} times")
                target.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    with suppress(ValueError, OverflowError):  # when it was changed, for which attempt is the last
        changed = time.mktime((*member.date_time, 0, 0, -1))
        os.utime(path, (changed, changed))
    return size


def _unusable(archive: Path, reason: str) -> UsageProblem:
    return UsageProblem(
        f"{archive} can't be used: {reason}",
        expected="the zip as the LMS gave it, or a folder",
        advice="Download it again, or unpack it yourself and give the folder.",
    )
