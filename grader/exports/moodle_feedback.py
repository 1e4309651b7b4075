"""The zip of feedback files that Moodle hands out: each student's page, in a folder that names the participant."""

import re
import zipfile
from collections.abc import Iterable
from typing import BinaryIO

from grader.exports.feedback_text import html_page, one_line
from grader.exports.marks import MarkEntry, MarkState, standing
from grader.exports.result import Absence
from grader.report.people import IdKind, Person
from grader.views import to_html

_NOT_IN_A_NAME = re.compile(r'[_/\\:*?"<>|\x00-\x1f]+')  # an underscore would shift the pieces that Moodle reads
_NOT_IN_A_FILE_NAME = re.compile(r"[^A-Za-z0-9.-]+")
_ALWAYS = (1980, 1, 1, 0, 0, 0)  # or two runs would give two different files


def write_feedback(
    entries: Iterable[MarkEntry], file: BinaryIO, *, provisional: bool = False
) -> tuple[int, tuple[Absence, ...]]:
    """Write the zip, one report in memory at a time; returns how many pages it has, and who has none.

    Everybody with a report gets a page: a file that could not be graded is told so, and that is no mark. Who waits
    for marks of answers gets one only where ``provisional`` scores are asked for, and it says so.
    """
    absences: list[Absence] = []
    taken: set[str] = set()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pages:
        for entry in entries:
            report = entry.report
            key = one_line(entry.member.key)
            state, why = standing(entry, provisional=provisional)
            if report is None or state is MarkState.WAITING:
                absences.append(Absence(who=key, why=one_line(why)))
                continue
            page = (to_html(report) if report.is_graded else html_page(report)).encode("utf-8", "replace")
            people = report.handed_in.people if report.handed_in else entry.member.people
            for person in people:
                participant = person.id_of(IdKind.MOODLE_PARTICIPANT)
                if participant is None or not (participant.isascii() and participant.isdigit()):
                    absences.append(
                        Absence(who=one_line(person.name) or key, why="no participant number of Moodle")
                    )
                    continue
                if participant in taken:
                    absences.append(Absence(who=key, why=f"participant {participant} has a page already"))
                    continue
                taken.add(participant)
                name = f"{_folder(person, participant)}/{_file_name(report.assignment.id)}"
                info = zipfile.ZipInfo(name, date_time=_ALWAYS)
                info.external_attr = 0o644 << 16
                pages.writestr(info, page, compress_type=zipfile.ZIP_DEFLATED)
    return len(taken), tuple(absences)


def _folder(person: Person, participant: str) -> str:
    """Moodle reads the number; the name is for people, and never a path or a hidden file."""
    name = " ".join(_NOT_IN_A_NAME.sub(" ", one_line(person.name)).split()).strip(".~ ")[:80].strip(".~ ")
    return f"{name or 'Participant'}_{participant}_assignsubmission_file_"


def _file_name(assignment: str) -> str:
    return f"{_NOT_IN_A_FILE_NAME.sub('-', assignment).strip('.-~') or 'assignment'}-feedback.html"
