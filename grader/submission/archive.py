"""The one program in a zip archive. Nothing is unpacked to disk, and no name in it is used as a path."""

import io
import zipfile

from grader.errors import SubmissionUnreadable
from grader.submission.program_file import (
    MAX_LISTED_FILES,
    ProgramFile,
    check_only_one,
    format_of,
    is_program,
    max_bytes,
    shown,
    too_large,
)

_ENTRY_SIGNATURE = b"PK\x01\x02"  # before each entry of the table of contents


def program_in_archive(data: bytes, *, container: str) -> ProgramFile:
    """The program in an archive with these bytes. Raises SubmissionUnreadable."""
    # zipfile reads the whole table of contents at once, about half a kilobyte for each entry.
    if data.count(_ENTRY_SIGNATURE) > MAX_LISTED_FILES:
        raise _bad(container, f"it has more than {MAX_LISTED_FILES} files in it")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = [
                (entry, parts)
                for entry in archive.infolist()
                if not entry.filename.endswith("/") and is_program(parts := _parts(entry.filename))
            ]
            check_only_one(["/".join(parts) for _, parts in found], container=container)
            entry, parts = found[0]
            form = format_of(parts[-1])
            assert form is not None
            name, cap = shown(parts[-1]), max_bytes(form)
            if entry.flag_bits & 0x1:
                raise _bad(container, "it is protected with a password")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise _bad(container, "it is compressed in an unusual way")
            with archive.open(entry) as member:
                content = member.read(cap + 1)  # whatever size the entry claims
    except SubmissionUnreadable:
        raise
    except Exception as error:  # whatever zipfile trips over in a damaged archive; it documents only some of it
        raise _bad(container, f"it is damaged ({shown(str(error))})") from error
    if len(content) > cap:
        raise too_large(name, cap)
    return ProgramFile(name=name, format=form, data=content)


def _parts(name: str) -> tuple[str, ...]:
    """The parts of an archive entry's name, which is never used as a path."""
    return tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")) or ("",)


def _bad(container: str, reason: str) -> SubmissionUnreadable:
    return SubmissionUnreadable(
        f"{shown(container)} can't be used: {reason}.",
        expected="an ordinary zip archive with exactly one .py or .ipynb file",
        advice="Hand in the .py or .ipynb file itself.",
    )
