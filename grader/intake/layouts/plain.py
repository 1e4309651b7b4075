"""Any other folder: a file, a zip or a folder for each student, named after the student."""

import unicodedata
from pathlib import Path

from grader.intake.class_submissions import ClassSubmission
from grader.intake.layouts.shared import LISTS, Found, entries, is_program, is_shipped
from grader.report.people import IdKind, Person, PersonId
from grader.report.reports_folder import ReportsFolder

_ABOUT = frozenset({"readme", "license", "licence", "index"})


def read(folder: Path) -> Found:
    """One work for each name; two files of one name are two attempts, the later one the last that was changed."""
    found = Found()
    works = []
    for entry in entries(folder, found):
        if entry.name.startswith("."):
            found.skip(entry.path, "hidden")
        elif entry.is_folder and ReportsFolder(path=entry.path).is_there:
            found.skip(entry.path, "reports that were written by a batch")
        elif not entry.is_folder and is_shipped(entry.name):
            found.skip(entry.path, "what students get")
        elif not entry.is_folder and _is_about_the_folder(entry.path):
            found.skip(entry.path, "about the folder, and nobody's work")
        elif not entry.is_folder and entry.path.suffix.lower() in LISTS:
            found.skip(entry.path, "not a kind of file that is handed in")
        else:
            name = entry.name if entry.is_folder else entry.path.stem
            works.append((entry.path.lstat().st_mtime_ns, unicodedata.normalize("NFC", name), entry.path))
    for _, name, path in sorted(works):
        person = Person(name=name, ids=(PersonId(kind=IdKind.LOGIN, value=name),))
        found.works.append(ClassSubmission(key=name, people=(person,), path=path))
    return found


def _is_about_the_folder(path: Path) -> bool:
    return path.stem.casefold() in _ABOUT and not is_program(path.name)
