"""Moodle, "Download all submissions": ``<Full name>_<participant id>_assignsubmission_<plugin>`` as a folder with
files, or as the beginning of a file's name. Read in Moodle's ``mod/assign/classes/downloader.php``.

The participant id is not the user's id: it is the one in the grading worksheet's column "Identifier".
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from grader.batch.handed_in import HandedIn
from grader.batch.layouts.found import Entry, Found, chosen_file, entries, joined, skip_rest, slug
from grader.people import IdKind, Person, PersonId

# A group that is nobody's has no id. Up to Moodle 4.0 a folder's name ended with an underscore.
_NAME = re.compile(
    r"(?P<name>.+?)(?:_(?P<id>\d{1,20}))?_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?", re.DOTALL
)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What one plugin of Moodle kept for a student."""

    entry: Entry
    name: str
    file: str  # the student's own name of it, in the flat form

    @property
    def is_typed(self) -> bool:
        return "_assignsubmission_onlinetext" in self.entry.name


def fits(folder: Path) -> bool:
    """Whether any name has this form: no other system's does."""
    return any(_NAME.fullmatch(entry.name) for entry in entries(folder))


def read(folder: Path) -> Found:
    """One work for each participant, or group."""
    found = Found()
    by_id: dict[str, list[_Part]] = defaultdict(list)
    for entry in entries(folder, found):
        name = _NAME.fullmatch(entry.name)
        if name is None:
            found.skip(entry.path, "its name is not of the form <Full name>_<participant id>_assignsubmission_file")
            continue
        by_id[name["id"] or name["name"]].append(_Part(entry=entry, name=name["name"], file=name["file"] or ""))
    for participant, parts in sorted(by_id.items()):
        files = [part for part in parts if not part.is_typed] or parts
        folders = [part.entry.path for part in files if part.entry.is_folder]
        path = folders[-1] if folders else chosen_file([(part.file, part.entry.path) for part in files])
        shown = parts[0].name
        known = participant.isdecimal()
        ids = (PersonId(kind=IdKind.MOODLE_PARTICIPANT, value=participant),) if known else ()
        key = joined(slug(shown), participant if known else "")
        found.works.append(HandedIn(key=key, people=(Person(name=shown, ids=ids),), path=path))
        rest = (part.entry.path for part in parts if part.entry.path != path)
        skip_rest(found, rest, f"{path.name} of the same student was taken")
    return found
