"""The program in a zip archive, and a program as one. Names inside an archive are never used as paths."""

import io
from functools import partial
from typing import TYPE_CHECKING

from grader.errors import SubmissionUnreadable
from grader.submission.program_file import (
    MAX_ARCHIVE_BYTES,
    MAX_LISTED_FILES,
    MAX_SCRIPT_BYTES,
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

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

_ENTRY_SIGNATURE = b"PK\x01\x02"  # before each entry of an archive's table of contents


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
            others += own_utils(files)
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
                return with_modules(program, parts[:-1], scripts)
    except SubmissionUnreadable:
        raise
    except Exception as error:  # whatever zipfile trips over in a damaged archive; it documents only some of it
        raise _bad(container, f"it is damaged ({shown(str(error))})") from error
    return inside_of(parts, program_in_archive(content, container=parts[-1], file_name=file_name, nested=True))


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


def whole(program: ProgramFile) -> bytes:
    """An archive with the program and its modules, the same for the same program."""
    import zipfile

    files = {module.path: module.data for module in program.modules if module.is_file} | {
        program.name: program.data
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()
