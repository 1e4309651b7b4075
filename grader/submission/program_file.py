"""Finding the one program in what a student handed in: a file, or a folder or zip around it.

Nothing is unpacked to disk, sizes are checked before anything is read, and names inside an archive are never
used as paths.
"""

import io
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from grader.errors import SubmissionMissing, SubmissionUnreadable
from grader.submission.helper_modules import (
    HelperModule,
    Read,
    digest_with,
    helpers_of,
    imported_by_another,
    imported_names,
)
from grader.submission.program_choice import choose, without_modules
from grader.wording import did_you_mean, nearest_name
from sandbox.wire.limits import MIB

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

MAX_SCRIPT_BYTES = 2 * MIB
MAX_NOTEBOOK_BYTES = 64 * MIB  # pictures among the outputs
MAX_ARCHIVE_BYTES = 64 * MIB
MAX_LISTED_FILES = 10_000
MAX_FOLDER_DEPTH = 5
MAX_PASSED_OVER = 20  # files that a report lists
MAX_COMPARED = 40  # scripts of which it is looked up which one imports which
EXPECTED = "a .py or .ipynb file, or a folder or .zip with exactly one of them"
_ENTRY_SIGNATURE = b"PK\x01\x02"  # before each entry of an archive's table of contents
_SHIPPED_FILES = frozenset({"utils.py"})  # what students get beside the notebook
_SKIPPED_FOLDERS = frozenset({"__MACOSX", "__pycache__", "node_modules", "site-packages"})


class Format(Enum):
    """How a program is stored."""

    PYTHON = "python"
    NOTEBOOK = "notebook"


@dataclass(frozen=True, kw_only=True)
class ProgramFile:
    """One ``.py`` or ``.ipynb`` file."""

    name: str  # as it may be shown: printable, without folders
    format: Format
    data: bytes
    path: str | None = None  # inside the folder or archive that was handed in
    passed_over: tuple[tuple[str, str], ...] = ()  # paths beside it that may be programs too, and why they are not
    modules: tuple[HelperModule, ...] = ()  # that the student wrote beside it, and it imports

    @property
    def sha256(self) -> str:
        """What the submission is known by: the digest of its bytes, with those of its modules where it has some."""
        return digest_with(self.data, self.modules)

    def path_of(self, module: HelperModule) -> str:
        """Where a module of it is, inside what was handed in."""
        return shown((PurePosixPath(self.path or self.name).parent / module.path).as_posix())


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
            return _inside(archives[0], program_in_archive(data, container=archives[0][-1], file_name=file_name))
        scripts = {parts: partial(_script_of, file) for parts, file in files.items()}
        container = path.resolve().name
        parts, others = the_only_one(inside, container=container, file_name=file_name, scripts=scripts)
        form = format_of(parts[-1])
        assert form is not None
        others += _own_utils(files)
        data = _bytes_of(files[parts], max_bytes(form))
        program = ProgramFile(
            name=shown(parts[-1]), format=form, data=data, path=shown("/".join(parts)), passed_over=others
        )
        return _with_modules(program, parts[:-1], scripts)
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
    return _with_modules(program, (), _scripts_beside(path, program)) if beside else program


def shown(name: str) -> str:
    """A file name, which may be a student's, as it may appear in messages and reports."""
    name = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in name)
    return name if len(name) <= 100 else "…" + name[-99:]


def format_of(name: str) -> Format | None:
    """What a file of this name holds; None when it can't be a program."""
    return {".py": Format.PYTHON, ".ipynb": Format.NOTEBOOK}.get(PurePosixPath(name).suffix.lower())


def max_bytes(form: Format) -> int:
    """How large a program may be."""
    return MAX_SCRIPT_BYTES if form is Format.PYTHON else MAX_NOTEBOOK_BYTES


def is_program(parts: tuple[str, ...]) -> bool:
    """Whether the file at this path inside a folder or zip can be the submission."""
    return not _is_hidden(parts) and parts[-1].lower() not in _SHIPPED_FILES and format_of(parts[-1]) is not None


def is_archive(parts: tuple[str, ...]) -> bool:
    """Whether the file at this path inside a folder or zip may hold the submission."""
    return not _is_hidden(parts) and parts[-1].lower().endswith(".zip")


def _is_hidden(parts: tuple[str, ...]) -> bool:
    return any(part.startswith(".") for part in parts) or not _SKIPPED_FOLDERS.isdisjoint(parts[:-1])


def the_only_one(
    files: Sequence[tuple[str, ...]],
    *,
    container: str,
    file_name: str | None,
    scripts: Mapping[tuple[str, ...], Read],
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The program among these, and what was passed over. Raises SubmissionUnreadable unless there is one."""
    choice = choose(files, file_name=file_name)
    are_scripts = all(format_of(parts[-1]) is Format.PYTHON for parts in choice.candidates)
    if 1 < len(choice.candidates) <= MAX_COMPARED and are_scripts:
        choice = without_modules(
            choice, imported_by_another({parts: scripts[parts] for parts in choice.candidates})
        )
    named = "" if file_name is None else f" named {file_name}"
    if not choice.candidates:
        there = f" It has {_listed(files)}." if files else ""
        raise SubmissionUnreadable(
            f"There is no submission{named} in {shown(container)}.{there}",
            expected=f"exactly one .py or .ipynb file{named} in it, besides utils.py",
            advice="Put the notebook or the Python file into it.",
        )
    if len(choice.candidates) > 1:
        raise SubmissionUnreadable(
            f"There are {len(choice.candidates)} files in {shown(container)} that could be the submission: "
            f"{_listed(choice.candidates)}.",
            expected=f"exactly one .py or .ipynb file{named} in it, besides utils.py",
            advice="Remove the others, or name the file that is to be graded; --file-name gives a pattern for all.",
        )
    others = choice.passed_over[:MAX_PASSED_OVER]
    return choice.candidates[0], tuple((shown("/".join(each.parts)), each.reason) for each in others)


def _listed(files: Sequence[tuple[str, ...]]) -> str:
    names = sorted("/".join(parts) for parts in files)
    return ", ".join(map(shown, names[:10])) + (", …" if len(names) > 10 else "")


def _own_utils(files: Iterable[tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    """Copies of what students get, of which the course's own is used."""
    copies = [parts for parts in files if parts[-1].lower() in _SHIPPED_FILES]
    return tuple((shown("/".join(parts)), "the course's own file is used in its place") for parts in copies[:1])


def _with_modules(
    program: ProgramFile, folder: tuple[str, ...], scripts: Mapping[tuple[str, ...], Read]
) -> ProgramFile:
    """The same with the modules that it imports from its folder, among all that was handed in with it."""
    depth = len(folder)
    below = {
        parts[depth:]: read
        for parts, read in scripts.items()
        if parts[:depth] == folder and not _is_hidden(parts[depth:])
    }
    helpers = helpers_of(program.data, below, is_notebook=program.format is Format.NOTEBOOK)
    program = replace(program, modules=helpers.modules)
    refused = {shown("/".join((*folder, *parts))): reason for parts, reason in helpers.refused[:MAX_PASSED_OVER]}
    told = {program.path_of(module) for module in helpers.modules} | refused.keys()
    others = (each for each in program.passed_over if each[0] not in told)
    return replace(program, passed_over=(*others, *refused.items()))


def _script_of(file: Path) -> bytes | None:
    """A script's bytes; None where it is too large, or can't be read."""
    try:
        return _bytes_of(file, MAX_SCRIPT_BYTES)
    except SubmissionUnreadable:
        return None


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


def _inside(outer: tuple[str, ...], program: ProgramFile) -> ProgramFile:
    """The same with the path of the archive that it was in."""
    return replace(program, path=shown("/".join((*outer, program.path or program.name))))


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


def too_large(name: str, cap: int) -> SubmissionUnreadable:
    """The error for a program of more than ``cap`` bytes."""
    return SubmissionUnreadable(
        f"{name} is larger than {cap // MIB} MiB.",
        expected=f"a .py file of at most {MAX_SCRIPT_BYTES // MIB} MiB, or a notebook of at most "
        f"{MAX_NOTEBOOK_BYTES // MIB} MiB",
        advice="Leave out data; in a notebook clear the outputs and save it again.",
    )


def program_in_archive(
    data: bytes, *, container: str, file_name: str | None = None, nested: bool = False
) -> ProgramFile:
    """The program in an archive with these bytes, or in the one archive in it. Raises SubmissionUnreadable."""
    import zipfile  # only for those who hand in an archive

    # zipfile reads the whole table of contents at once, about half a kilobyte for each entry.
    if data.count(_ENTRY_SIGNATURE) > MAX_LISTED_FILES:
        raise _bad(container, f"it has more than {MAX_LISTED_FILES} files in it")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            named = [
                (_parts(each.filename), each) for each in archive.infolist() if not each.filename.endswith("/")
            ]
            files = dict(named)
            scripts = {
                parts: partial(_script_in, archive, entry, container=container) for parts, entry in files.items()
            }
            inside = [parts for parts, _ in named if is_program(parts)]  # one name may be there twice
            archives = [parts for parts in files if is_archive(parts)]
            is_around = not inside and len(archives) == 1 and not nested
            parts, others = (
                (archives[0], ())
                if is_around
                else the_only_one(inside, container=container, file_name=file_name, scripts=scripts)
            )
            others += _own_utils(files)
            form = format_of(parts[-1])
            cap = MAX_ARCHIVE_BYTES if form is None else max_bytes(form)
            content = _bytes_in(archive, files[parts], cap, container=container)
            if form is not None:
                program = ProgramFile(
                    name=shown(parts[-1]),
                    format=form,
                    data=content,
                    path=shown("/".join(parts)),
                    passed_over=others,
                )
                return _with_modules(program, parts[:-1], scripts)
    except SubmissionUnreadable:
        raise
    except Exception as error:  # whatever zipfile trips over in a damaged archive; it documents only some of it
        raise _bad(container, f"it is damaged ({shown(str(error))})") from error
    return _inside(parts, program_in_archive(content, container=parts[-1], file_name=file_name, nested=True))


def _bytes_in(archive: "ZipFile", entry: "ZipInfo", cap: int, *, container: str) -> bytes:
    """The bytes of a file in an archive, at most ``cap`` of them whatever size it claims."""
    import zipfile

    if entry.flag_bits & 0x1:
        raise _bad(container, "it is protected with a password")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _bad(container, "it is compressed in an unusual way")
    with archive.open(entry) as member:
        content = member.read(cap + 1)
    if len(content) > cap:
        raise too_large(shown(_parts(entry.filename)[-1]), cap)
    return content


def _script_in(archive: "ZipFile", entry: "ZipInfo", *, container: str) -> bytes | None:
    """A script's bytes; None where it is too large, or can't be read."""
    try:
        return _bytes_in(archive, entry, MAX_SCRIPT_BYTES, container=container)
    except Exception:  # as above
        return None


def _parts(name: str) -> tuple[str, ...]:
    """The parts of an archive entry's name, which is never used as a path."""
    return tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")) or ("",)


def _bad(container: str, reason: str) -> SubmissionUnreadable:
    return SubmissionUnreadable(
        f"{shown(container)} can't be used: {reason}.",
        expected="an ordinary zip archive with exactly one .py or .ipynb file",
        advice="Hand in the .py or .ipynb file itself.",
    )
