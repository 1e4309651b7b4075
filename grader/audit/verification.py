"""Whether stored reports are as they were signed, one by one. A report is read as bytes from an enemy."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from grader.errors import ReportUnreadable, UsageProblem
from grader.report.json_format import UNSIGNED_VERSIONS, stored_from_json
from grader.report.model import Report
from grader.report.reports_folder import ReportsFolder, earlier_file_stem, file_stem
from grader.report.signature import INTEGRITY, SignatureStatus, SigningKey, examine


class Standing(Enum):
    """How a file stands. Only the first is well."""

    INTACT = "intact"
    UNVOUCHED = "unvouched"  # as it was signed, and some of it came from a report without a valid signature
    CHANGED = "changed"
    MISPLACED = "misplaced"  # signed, and another student's than its name in the folder says
    OTHER_SECRET = "other_secret"
    NOT_SIGNED = "not_signed"
    UNREADABLE = "unreadable"


STANDING_OF_VERDICT = {
    SignatureStatus.INTACT: Standing.INTACT,
    SignatureStatus.UNVOUCHED: Standing.UNVOUCHED,
    SignatureStatus.CHANGED: Standing.CHANGED,
    SignatureStatus.OTHER_SECRET: Standing.OTHER_SECRET,
    SignatureStatus.NOT_SIGNED: Standing.NOT_SIGNED,
}


@dataclass(frozen=True, kw_only=True)
class Verified:
    """One file. ``parts`` are those that were changed or that nobody vouches for."""

    path: Path
    standing: Standing
    parts: tuple[str, ...] = ()
    message: str = ""


def verify(paths: Iterable[Path], key: SigningKey) -> Iterator[Verified]:
    """Each report among the files and folders. Raises UsageProblem for a path where there is none."""
    for path in paths:
        for file in _files(path):
            yield verified(file, key)


def verified(path: Path, key: SigningKey) -> Verified:
    """One report. What can't be read as one is told, not raised."""
    try:
        text = path.read_text(encoding="utf-8")
        stored = stored_from_json(text)
        json.loads(text, object_pairs_hook=_each_name_once)
    except ReportUnreadable as error:
        return Verified(path=path, standing=Standing.UNREADABLE, message=error.happened)
    except _NamedTwice as error:
        message = f"{error} stands in it two times, and readers differ in which one counts"
        return Verified(path=path, standing=Standing.CHANGED, parts=(INTEGRITY,), message=message)
    except (OSError, ValueError, RecursionError) as error:
        return Verified(path=path, standing=Standing.UNREADABLE, message=f"it can't be read: {error}")
    version, report = stored.document["schema_version"], stored.report
    if version in UNSIGNED_VERSIONS:
        message = f"its schema version {version} has no signature"
        return Verified(path=path, standing=Standing.NOT_SIGNED, message=message)
    found = examine(stored.document, key)
    if found.verdict in (SignatureStatus.INTACT, SignatureStatus.UNVOUCHED) and _is_anothers(path, report):
        whose = report.handed_in.key if report.handed_in else "somebody's outside of the class"
        return Verified(path=path, standing=Standing.MISPLACED, message=f"it is the report of {whose}")
    return Verified(path=path, standing=STANDING_OF_VERDICT[found.verdict], parts=found.parts)


def _is_anothers(path: Path, report: Report) -> bool:
    """In the folder of a batch, whether the student is another one than the file's name says.

    A signature does not keep anybody from laying one student's report in another one's place.
    """
    path = path.resolve()
    folder = next((above for above in path.parents[:3] if ReportsFolder(path=above).class_file.is_file()), None)
    if folder is None:
        return False
    kind, *names = path.relative_to(folder).with_suffix("").parts
    if kind not in ("reports", "preview", "attempts") or not names:
        return False
    if report.handed_in is None or names[0] not in (
        file_stem(report.handed_in.key),
        earlier_file_stem(report.handed_in.key),
    ):
        return True
    return kind == "attempts" and names[1:] != [report.submission.sha256[:16]]


def _files(path: Path) -> list[Path]:
    """The file itself; of a batch's folder all its reports, of another folder its JSON files."""
    if path.is_file():
        return [path]
    found: list[Path] = []
    if path.is_dir():
        is_class = ReportsFolder(path=path).class_file.is_file()
        patterns = ("reports/*.json", "attempts/*/*.json", "preview/*.json") if is_class else ("*.json",)
        found = [file for pattern in patterns for file in sorted(path.glob(pattern)) if file.is_file()]
    if not found:
        raise UsageProblem(
            f"There is no report at {path}",
            expected="a report that 'grade --json FILE' wrote, or a folder that 'grade batch' wrote",
            advice="Check the path.",
        )
    return found


class _NamedTwice(Exception):
    """A name stands two times in an object."""


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        raise _NamedTwice(repr(next(name for name in names if names.count(name) > 1)[:40]))
    return fields
