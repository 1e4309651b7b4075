"""Finding the one program in what a student handed in: a file, or a folder or zip around it.

Nothing is unpacked to disk, and sizes are checked before anything is read.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from grader.errors import SubmissionMissing, SubmissionUnreadable
from grader.submission.helper_modules import Read, imported_names
from grader.submission.program_file import (
    EXPECTED,
    MAX_ARCHIVE_BYTES,
    MAX_LISTED_FILES,
    MAX_SCRIPT_BYTES,
    Format,
    ProgramFile,
    format_of,
    inside_of,
    is_archive,
    is_program,
    max_bytes,
    own_utils,
    shown,
    the_only_one,
    too_large,
    with_modules,
)
from grader.submission.program_in_archive import program_in_archive
from grader.wording import did_you_mean, nearest_name

MAX_FOLDER_DEPTH = 5


def find_program(path: Path, *, file_name: str | None = None, beside: bool = False) -> ProgramFile:
    """The program at this path. Raises SubmissionUnreadable when there is none, or more than one.

    Of several in a folder or archive ``program_choice`` tells which; ``file_name`` is a pattern that a course
    prescribes for it. The modules that it imports from its own folder come with it: of a single file's only where
    ``beside`` says that what lies beside it is the same person's.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _missing(path) from error
    except (OSError, ValueError) as error:
        raise _cannot_read(path, error) from error
    if stat.S_ISDIR(mode):
        # A link could lead to anything that the grader may read, somebody else's answer for one.
        files = {file.relative_to(path).parts: file for file in _files_below(path) if not file.is_symlink()}
        inside = [parts for parts in files if is_program(parts)]
        archives = [parts for parts in files if is_archive(parts)]
        if not inside and len(archives) == 1:
            data = _bytes_of(files[archives[0]], MAX_ARCHIVE_BYTES)
            return inside_of(archives[0], program_in_archive(data, container=archives[0][-1], file_name=file_name))
        scripts = {parts: partial(_script_of, file) for parts, file in files.items()}
        container = path.resolve().name
        parts, others = the_only_one(inside, container=container, file_name=file_name, scripts=scripts)
        form = format_of(parts[-1])
        assert form is not None
        others += own_utils(files)
        data = _bytes_of(files[parts], max_bytes(form))
        program = ProgramFile(
            name=shown(parts[-1]), format=form, data=data, path=shown("/".join(parts)), passed_over=others
        )
        return with_modules(program, parts[:-1], scripts)
    elif path.suffix.lower() == ".zip":
        data = _bytes_of(path, MAX_ARCHIVE_BYTES)
        return program_in_archive(data, container=path.name, file_name=file_name)
    form = format_of(path.name)
    if form is None:
        rightly = path.name.rstrip("_ ~").removesuffix(path.suffix)
        if format_of(rightly) is not None:
            raise SubmissionUnreadable(
                f"{shown(path.name)} has an ending too many, {path.suffix}.",
                expected=EXPECTED,
                advice=f"Rename it to {shown(rightly)}, and hand it in again. Where endings are hidden, as in "
                "Windows, show them first.",
            )
        raise SubmissionUnreadable(
            f"{shown(path.name)} is not a kind of file that can be graded.",
            expected=EXPECTED,
            advice="Hand in the notebook or the Python file itself.",
        )
    program = ProgramFile(name=shown(path.name), format=form, data=_bytes_of(path, max_bytes(form)))
    return with_modules(program, (), _scripts_beside(path, program)) if beside else program


def _scripts_beside(path: Path, program: ProgramFile) -> Mapping[tuple[str, ...], Read]:
    """The scripts in a file's folder, and in the folders there that it imports by their names."""
    names = imported_names(program.data, is_notebook=program.format is Format.NOTEBOOK)
    scripts: dict[tuple[str, ...], Read] = {}
    try:
        entries = list(_first(os.scandir(path.parent), MAX_LISTED_FILES))
        for entry in entries:
            here = Path(entry.path)
            if entry.is_file(follow_symlinks=False):
                scripts[(entry.name,)] = partial(_script_of, here)
            elif entry.name in names and entry.is_dir(follow_symlinks=False):
                inside = (file for file in _files_below(here) if not file.is_symlink())
                scripts |= {file.relative_to(path.parent).parts: partial(_script_of, file) for file in inside}
    except (OSError, SubmissionUnreadable):  # the file itself could be read, and is graded without them
        return {}
    return scripts


def _script_of(file: Path) -> bytes | None:
    """A script's bytes; None where it is too large, or can't be read."""
    try:
        return _bytes_of(file, MAX_SCRIPT_BYTES)
    except SubmissionUnreadable:
        return None


def _files_below(folder: Path) -> Iterator[Path]:
    """The files in a folder and in the folders inside, without following links to other folders."""
    listed = 0

    def unreadable(error: OSError) -> None:
        if error.filename == str(folder):
            raise _cannot_read(folder, error) from error

    for parent, folders, files in os.walk(folder, onerror=unreadable):
        here = Path(parent)
        listed += len(folders) + len(files)
        if listed > MAX_LISTED_FILES:
            raise SubmissionUnreadable(
                f"The folder {shown(folder.resolve().name)} has more than {MAX_LISTED_FILES} files.",
                expected=EXPECTED,
                advice="Name the file that is to be graded.",
            )
        deep = len(here.relative_to(folder).parts) + 1 >= MAX_FOLDER_DEPTH
        folders[:] = [] if deep else sorted(name for name in folders if not name.startswith("."))
        yield from (here / name for name in files)


def _bytes_of(path: Path, cap: int) -> bytes:
    """A regular file's bytes, at most ``cap`` of them. Never waits: a named pipe is refused, not read."""
    try:
        # NONBLOCK also covers a file that became a pipe since it was looked at.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise SubmissionUnreadable(
                    f"{shown(path.name)} is a device, a pipe or the like.",
                    expected=EXPECTED,
                    advice="Hand in the file itself.",
                )
            data = b"" if found.st_size > cap else file.read(found.st_size + 1)
            if len(data) > found.st_size:  # it grows while it is read
                data += file.read(cap + 1 - len(data))
    except OSError as error:
        raise _cannot_read(path, error) from error
    if max(found.st_size, len(data)) > cap:
        raise too_large(shown(path.name), cap)
    return data


def _missing(path: Path) -> SubmissionMissing:
    if path.is_symlink():
        return SubmissionMissing(
            f"{shown(str(path))} is a link to something that is not there.",
            expected=EXPECTED,
            advice="Hand in the file itself.",
        )
    return SubmissionMissing(f"There is no file {shown(str(path))}.", expected=EXPECTED, advice=_suggestion(path))


def _suggestion(path: Path) -> str:
    """Which name was probably meant."""
    folder = path.parent
    if not folder.is_dir():
        return f"There is no folder {shown(str(folder))} either. Check the path."
    try:
        names = [entry.name for entry in _first(os.scandir(folder), 1_000) if not entry.name.startswith(".")]
    except OSError:
        return "Check the path."
    near = nearest_name(path.name, names, cutoff=0.75, any_case=True)
    return did_you_mean(near and shown(str(folder / near)), otherwise="Check the path.")


def _first(entries: Iterable["os.DirEntry[str]"], count: int) -> Iterator["os.DirEntry[str]"]:
    for _, entry in zip(range(count), entries, strict=False):
        yield entry


def _cannot_read(path: Path, error: Exception) -> SubmissionUnreadable:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return SubmissionUnreadable(
        f"{shown(str(path))} can't be read: {reason}.",
        expected=EXPECTED,
        advice="Check who may read it, or hand in a copy.",
    )
