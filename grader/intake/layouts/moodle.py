"""Moodle, "Download all submissions": ``<Full name>_<participant id>_assignsubmission_<plugin>`` as a folder with
files, or as the beginning of a file's name. Read in Moodle's ``mod/assign/classes/downloader.php``.

The participant id is not the user's id: it is the one in the grading worksheet's column "Identifier".
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from grader.intake.class_submissions import ClassSubmission
from grader.intake.layouts.shared import (
    Agreement,
    DownloadEntry,
    Found,
    agreement,
    chosen_file,
    entries,
    joined,
    skip_rest,
    slug,
)
from grader.report.people import IdKind, Person, PersonId

# A group that is nobody's has no id. Up to Moodle 4.0 a folder's name ended with an underscore.
_NAME = re.compile(
    r"(?P<name>.+?)(?:_(?P<id>[0-9]{1,20}))?_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?", re.DOTALL
)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What one plugin of Moodle kept for a student."""

    entry: DownloadEntry
    plugin: str
    file: str  # the student's own name of it, in the flat form


def agreed(folder: Path) -> Agreement:
    """Which names are of this form."""
    return agreement(
        entries(folder),
        "Ada Byron_50123_assignsubmission_file",
        lambda entry: _NAME.fullmatch(entry.name) is not None,
    )


def read(folder: Path) -> Found:
    """One work for each participant, or group."""
    found = Found()
    by_id: dict[tuple[str, str], list[_Part]] = defaultdict(list)
    for entry in entries(folder, found):
        name = _NAME.fullmatch(entry.name)
        if name is None:
            found.skip(entry.path, "its name is not of the form <Full name>_<participant id>_assignsubmission_file")
            continue
        part = _Part(entry=entry, plugin=name["plugin"], file=name["file"] or "")
        by_id[name["id"] or "", name["name"]].append(part)
    for (participant, shown), parts in sorted(by_id.items()):
        files = [part for part in parts if part.plugin != "onlinetext"] or parts
        folders = [part.entry.path for part in files if part.entry.is_folder]
        path = folders[-1] if folders else chosen_file([(part.file, part.entry.path) for part in files])
        ids = (PersonId(kind=IdKind.MOODLE_PARTICIPANT, value=participant),) if participant else ()
        key = joined(slug(shown), participant)
        found.works.append(ClassSubmission(key=key, people=(Person(name=shown, ids=ids),), path=path))
        rest = (part.entry.path for part in parts if part.entry.path != path)
        skip_rest(found, rest, f"{path.name} of the same student was taken")
    return found
