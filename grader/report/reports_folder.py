"""The folder that a batch writes: a report for each student, and who is in the class."""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from grader.errors import ReportUnreadable, ReportUnwritable, UsageProblem
from grader.report.json_format import read_report, write_whole
from grader.report.model import Report
from grader.report.people import IdKind, Person, PersonId
from grader.submission import storable

_SAFE_STEM = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")
_UNSAFE = re.compile(r"[^a-z0-9._@+-]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")  # Windows has devices of these names


class MemberState(Enum):
    """How a student stands without a look at the report."""

    HANDED_IN = "handed_in"  # there is a report, or there will be one
    NOTHING_HANDED_IN = "nothing_handed_in"  # on the roster only. No report, and no zero
    NOT_GRADED = "not_graded"  # a fault of ours or of the machine. No report, and no zero


@dataclass(frozen=True, kw_only=True)
class Member:
    """One student of the class, or a group that works together."""

    key: str
    people: tuple[Person, ...]
    state: MemberState
    message: str = ""  # why it was not graded


@dataclass(frozen=True, kw_only=True)
class GradedWith:
    """Which secret a class was graded under, for whoever grades it again; nothing of it follows from this."""

    secret: str  # its fingerprint, as in each report
    folder: str | None  # of the private assignment; None where there was none, or it is not known


@dataclass(frozen=True, kw_only=True)
class ClassList:
    """Everybody who should have a report, and what of the class folder was nobody's work."""

    assignment: str  # its id
    layout: str
    members: tuple[Member, ...]  # in the order of their keys
    skipped: tuple[tuple[str, str], ...]  # a path below the class folder, and the reason
    graded_with: GradedWith | None = None  # None in a list of an older version


@dataclass(frozen=True, kw_only=True)
class ReportsFolder:
    """The paths in a reports folder. File names follow from keys, which are students' text."""

    path: Path

    @property
    def class_file(self) -> Path:
        return self.path / "class.json"

    @property
    def summary_file(self) -> Path:
        return self.path / "summary.json"

    @property
    def marks_file(self) -> Path:
        return self.path / "marks.csv"

    @property
    def index_page(self) -> Path:
        return self.path / "index.html"

    def report_file(self, key: str) -> Path:
        return self.path / "reports" / f"{file_stem(key)}.json"

    def page(self, key: str) -> Path:
        return self.path / "pages" / f"{file_stem(key)}.html"

    def preview_file(self, key: str) -> Path:
        return self.path / "preview" / f"{file_stem(key)}.json"

    def attempt_file(self, key: str, sha256: str) -> Path:
        """The report of an attempt that is not, or no longer, the one that counts."""
        return self.path / "attempts" / file_stem(key) / f"{sha256[:16]}.json"

    def program_file(self, key: str, ending: str) -> Path:
        """A copy of what was graded; ``ending`` is ".py" or ".ipynb"."""
        return self.path / "programs" / f"{file_stem(key)}{ending}"

    def ready(self, file: Path) -> Path:
        """The same path, with its folder made. Raises ReportUnwritable."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ReportUnwritable(
                f"{file.parent} can't be made: {error.strerror}",
                expected="room for reports, in a folder where you may write",
                advice="Make room, then run the same command again: what is graded stays graded.",
            ) from error
        return file

    def write_fault(self, key: str, text: str) -> None:
        """Keep what is known of a fault of ours, for whoever mends it."""
        write_whole(text, self.ready(self.path / "faults" / f"{file_stem(key)}.txt"), option="--out")

    def report(self, key: str) -> Report | None:
        """A student's report, None where there is none yet. Raises ReportUnreadable."""
        file = self.report_file(key)
        return read_report(file) if file.exists() else None

    def reports(self) -> Iterator[Report]:
        """Every report of somebody on the class list, one at a time, in the order of their keys."""
        for member in self.class_list().members:
            report = self.report(member.key)
            if report is not None:
                yield report

    def class_list(self) -> ClassList:
        """Who is in the class. Raises UsageProblem where no batch has written here."""
        try:
            return _class_list(json.loads(self.class_file.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise UsageProblem(
                f"There are no reports of a class at {self.path}",
                expected="a folder that 'grade batch FOLDER --out REPORTS' wrote",
                advice="Check the path, or grade the class first.",
            ) from error
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise ReportUnreadable(
                f"{self.class_file} can't be read: {error}",
                expected="the class list that 'grade batch' wrote",
                advice="Remove it and run 'grade batch' again: no report is graded twice.",
            ) from error

    def write_class_list(self, class_list: ClassList) -> None:
        """Store who is in the class. Raises ReportUnwritable."""
        text = json.dumps(asdict(class_list), indent=1, ensure_ascii=False, default=lambda enum: enum.value)
        write_whole(text + "\n", self.class_file, option="--out")

    def make(self) -> None:
        """Make the folders that are missing. Raises UsageProblem."""
        try:
            for name in ("reports", "pages", "programs"):
                (self.path / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageProblem(
                f"Reports can't be kept in {self.path}: {error.strerror}",
                expected="a folder in which you may write",
                advice="Give another folder to --out.",
            ) from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else grades into this folder meanwhile. The lock goes with the process, however it ends."""
        descriptor = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
                raise UsageProblem(
                    f"Another batch is at work in {self.path} (process {holder})",
                    expected="one batch at a time in a reports folder",
                    advice="Wait for it, or give another folder to --out.",
                ) from error
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
            yield
        finally:
            os.close(descriptor)


def file_stem(key: str) -> str:
    """A key as the name of a file on any system: itself where it can be, else what is left of it and a digest."""
    if _SAFE_STEM.fullmatch(key) and not key.endswith(".") and not _RESERVED.fullmatch(key):
        return key
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{_UNSAFE.sub('_', key.lower()).strip('._')[:60]}~{digest}".lstrip("~")


def _class_list(fields: dict[str, Any]) -> ClassList:
    return ClassList(
        assignment=_text(fields["assignment"]),
        layout=_text(fields["layout"]),
        members=tuple(_member(member) for member in fields["members"]),
        skipped=tuple((_text(path), _text(reason)) for path, reason in fields["skipped"]),
        graded_with=None if fields.get("graded_with") is None else _graded_with(fields["graded_with"]),
    )


def _graded_with(fields: dict[str, Any]) -> GradedWith:
    folder = fields["folder"]
    return GradedWith(secret=_text(fields["secret"]), folder=None if folder is None else _text(folder))


def _member(fields: dict[str, Any]) -> Member:
    people = tuple(
        Person(
            name=_text(person["name"]),
            ids=tuple(PersonId(kind=IdKind(each["kind"]), value=_text(each["value"])) for each in person["ids"]),
        )
        for person in fields["people"]
    )
    return Member(
        key=_text(fields["key"]),
        people=people,
        state=MemberState(fields["state"]),
        message=_text(fields["message"]),
    )


def _text(value: Any) -> str:
    """A text that a file can hold. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} in the place of a text")
    return storable(value)
