"""Canvas, "Download Submissions": one folder of files, each named ``<name>[_LATE]_<user>_<attachment>_<file>``.

The name is the sortable one without spaces and signs, and is missing where grading is anonymous; then
``anon_<token>`` stands for the user. Read in Canvas' ``content_zipper.rb``.
"""

import re
from collections import defaultdict
from pathlib import Path

from grader.intake.class_submissions import ClassSubmission
from grader.intake.layouts.shared import Agreement, Found, agreement, chosen_file, entries, joined, skip_rest, slug
from grader.report.people import IdKind, Person, PersonId

_NAME = re.compile(
    r"(?:(?P<name>(?!LATE_).*?)_)?(?:(?P<late>LATE)_)?"
    r"(?:(?P<user>[0-9]{1,20})|anon_(?P<anonymous>[^_]+))_"
    r"(?:(?P<attachment>[0-9]{1,20})_(?P<file>.+)|(?P<entry>text|link)\.html)",
    re.DOTALL,
)
_TEST_STUDENT = "studenttest"  # in English; a roster tells it in other languages


def agreed(folder: Path) -> Agreement:
    """Which names are of this form. Canvas makes no folders."""
    return agreement(
        entries(folder),
        "byronada_4511_777001_week8.py",
        lambda entry: not entry.is_folder and _NAME.fullmatch(entry.name) is not None,
    )


def read(folder: Path) -> Found:
    """One work for each user. Canvas gives out the latest submission only, with all its attachments."""
    found = Found()
    # Also by name: whoever is called "x_4511_1" in Canvas must not take the place of the student 4511.
    by_user: dict[tuple[str, str], list[tuple[int, str, Path, re.Match[str]]]] = defaultdict(list)
    for entry in entries(folder, found):
        name = None if entry.is_folder else _NAME.fullmatch(entry.name)
        if name is None:
            found.skip(entry.path, "its name is not of the form <name>_<user id>_<attachment id>_<file>")
            continue
        if name["user"] and name["name"] == _TEST_STUDENT:
            found.skip(entry.path, "of Canvas' Test Student")
            continue
        user = name["user"] or f"anon_{name['anonymous']}"
        # What was typed into Canvas comes first: a file is taken rather than that.
        place = int(name["attachment"]) if name["attachment"] else -1
        by_user[user, name["name"] or ""].append((place, name["file"] or entry.name, entry.path, name))
    for (user, shown), attachments in sorted(by_user.items()):
        attachments.sort(key=lambda attachment: attachment[0])
        path = chosen_file([(given, path) for _, given, path, _ in attachments])
        name = attachments[-1][3]
        kind, value = (IdKind.CANVAS_USER, user) if name["user"] else (IdKind.ANONYMOUS, name["anonymous"])
        found.works.append(
            ClassSubmission(
                key=joined(slug(shown), user) if name["user"] else slug(user),
                people=(Person(name=shown, ids=(PersonId(kind=kind, value=value),)),),
                path=path,
                marked_late=any(each["late"] for *_, each in attachments),
            )
        )
        rest = (each for _, _, each, _ in attachments if each != path)
        skip_rest(found, rest, f"{path.name} of the same student was taken")
    return found
