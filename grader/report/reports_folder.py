"""The folder that a batch writes: a report for each student, and who is in the class."""

import fcntl
import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from grader.errors import ReportUnreadable, UsageProblem
from grader.output_file import unwritable, write_whole
from grader.report.folder_access import Access, close_folder, give_rights, group_id
from grader.report.json_format import read_report
from grader.report.model import Report
from grader.report.people import IdKind, Person, PersonId
from grader.submission import storable

PROGRAM_COPIES = (".zip", ".py", ".ipynb")  # endings; a zip has a program's modules too
_SAFE_STEM = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")
_UNSAFE = re.compile(r"[^a-z0-9._@+-]+")
LONGEST_STEM_BYTES = 120
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
    def is_there(self) -> bool:
        """Whether a batch has written here."""
        return self.class_file.is_file() and (self.path / "reports").is_dir()

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
        return self._named("reports", key, ".json")

    def page(self, key: str) -> Path:
        return self._named("pages", key, ".html")

    def preview_file(self, key: str) -> Path:
        return self._named("preview", key, ".json")

    def attempt_file(self, key: str, sha256: str) -> Path:
        """The report of an attempt that is not, or no longer, the one that counts."""
        return self._named("attempts", key, "") / f"{sha256[:16]}.json"

    def program_file(self, key: str, ending: str) -> Path:
        """A copy of what was graded: the program, and a zip with its modules where it brings some."""
        return self._named("programs", key, ending)

    def _named(self, folder: str, key: str, ending: str) -> Path:
        """Where an earlier version has given another name to what is there, that is kept."""
        path = self.path / folder / f"{file_stem(key)}{ending}"
        if is_file_stem(key):  # which was always so
            return path
        earlier = self.path / folder / f"{earlier_file_stem(key)}{ending}"
        return earlier if earlier.exists() and not path.exists() else path

    def ready(self, file: Path) -> Path:
        """The same path, with its folder made, and no more open than the whole. Raises ReportUnwritable."""
        try:
            for folder in reversed([each for each in file.parents if self.path in each.parents]):
                if not folder.is_dir():
                    folder.mkdir()
                    give_rights(folder, Access.of(self.path))
        except OSError as error:
            raise unwritable(file.parent, error, None) from error
        return file

    def write_fault(self, key: str, text: str) -> None:
        """Keep what is known of a fault of ours, for whoever mends it."""
        write_whole(text, self.ready(self.path / "faults" / f"{file_stem(key)}.txt"), option=None)

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
        write_whole(text + "\n", self.class_file, option=None)

    def make(self, *, group: str | None = None, say: Callable[[str], None] = lambda line: None) -> None:
        """Make the folders that are missing, closed to everybody else, and close what is open. Raises UsageProblem.

        ``group`` is the name of a group that may read them; it stays so in later calls.
        """
        shared = None if group is None else group_id(group)
        try:
            is_ours = not self.path.exists() or self.class_file.exists() or not any(self.path.iterdir())
            if not self.path.exists():
                self.path.mkdir(parents=True)
                give_rights(self.path, Access(group=shared))
            if is_ours:
                for line in close_folder(self.path, shared):
                    say(line)
            elif not Access.of(self.path).is_closed:
                say(
                    f"{self.path} has other files too, and stays open to others as it is. Reports are students' "
                    "data: give --out a folder of its own."
                )
            for name in ("reports", "pages", "programs"):
                self.ready(self.path / name / "any")
        except OSError as error:
            raise UsageProblem(
                f"Reports can't be kept in {self.path}: {error.strerror}",
                expected="a folder in which you may write",
                advice="Give another folder to --out.",
            ) from error

    def close(self, say: Callable[[str], None]) -> None:
        """Close what is open to others, where a batch has written here."""
        if self.class_file.is_file():
            for line in close_folder(self.path, None):
                say(line)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else grades into this folder meanwhile. The lock goes with the process, however it ends."""
        lock = self.path / ".lock"
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise unwritable(lock, error, None) from error
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
            try:
                os.ftruncate(descriptor, 0)
                os.write(descriptor, str(os.getpid()).encode())
            except OSError as error:
                raise unwritable(lock, error, None) from error
            yield
        finally:
            os.close(descriptor)


def is_file_stem(key: str) -> bool:
    """Whether a key can be the name of a file on any system, as it is."""
    return bool(_SAFE_STEM.fullmatch(key)) and not key.endswith(".") and not _RESERVED.fullmatch(key)


def file_stem(key: str) -> str:
    """A key as the name of a file on any system: itself where it can be, else what can be kept of it and a digest.

    Letters of all scripts are kept, with their marks and as they are written, so that a person knows whose file it
    is; the digest tells those apart that look alike, or differ in upper and lower case only. No name begins with a
    dash, which a command would take for an option, nor with a dot.
    """
    if is_file_stem(key):
        return key
    signs = unicodedata.normalize("NFC", key)
    text = "".join(sign if sign in "._@+-" or unicodedata.category(sign)[0] in "LMN" else "_" for sign in signs)
    text = re.sub("_+", "_", text).lstrip("._-").rstrip("._")
    while unicodedata.combining(text[:1] or " "):  # a mark on nothing
        text = text[1:]
    return f"{_cut(text)}~{_digest(key)}".lstrip("~")


def _cut(text: str) -> str:
    """As much as is short enough for any file system, and no mark without its letter."""
    if len(text.encode()) <= LONGEST_STEM_BYTES:
        return text
    end = len(text.encode()[:LONGEST_STEM_BYTES].decode(errors="ignore"))
    while end and unicodedata.category(text[end])[0] == "M":
        end -= 1
    return text[:end]


def earlier_file_stem(key: str) -> str:
    """The name that a key got before: in lower case, and of letters only those from a to z."""
    return f"{_UNSAFE.sub('_', key.lower()).strip('._')[:60]}~{_digest(key)}".lstrip("~")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:10]


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
