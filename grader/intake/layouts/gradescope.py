"""Gradescope, "Download Submissions": a folder for each submission; ``submission_metadata.yml`` says who and when.

Its keys begin with a colon, as in Ruby. Several submitters have worked together.
"""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.errors import UsageProblem
from grader.extras import Extra, extra_missing
from grader.intake.class_submissions import ClassSubmission
from grader.intake.hand_in_time import HandInTime
from grader.intake.layouts.shared import Agreement, Found, agreement, entries, slug
from grader.report.model import printable
from grader.report.people import IdKind, Person, PersonId

if TYPE_CHECKING:
    import yaml

METADATA = "submission_metadata.yml"
_FOLDER = re.compile(r"submission_[0-9]+")
MOST_BYTES = 256 << 20
LARGEST_NUMBER = 10**100  # of an id
DEEPEST = 40  # results within results; the parser itself would overflow the stack


def agreed(folder: Path) -> Agreement:
    """Which folders are named as Gradescope does it, where the metadata is there.

    What the metadata says is not asked: in another class it is a student's, who can name the others' work in it.
    """
    sign = f"submission_123456, beside {METADATA}"
    if not (folder / METADATA).is_file() or (folder / METADATA).is_symlink():
        return Agreement(sign=sign, of_form=())
    found = agreement(
        entries(folder), sign, lambda entry: entry.is_folder and _FOLDER.fullmatch(entry.name) is not None
    )
    return found if found.of_form or found.others else replace(found, of_form=(METADATA,))


def read(folder: Path) -> Found:
    """One work for each submission. Raises UsageProblem when the metadata can't be read."""
    found = Found()
    records = _records(folder / METADATA)
    inside = {entry.name: entry for entry in entries(folder, found) if entry.name != METADATA}
    for name, entry in inside.items():
        if name in records:
            continue
        if entry.is_folder:
            found.works.append(ClassSubmission(key=slug(name), people=(), path=entry.path))
        else:
            found.skip(entry.path, f"{METADATA} does not name it")
    for name, record in records.items():
        people = tuple(_person(each, name) for each in _submitters(record))
        found.works.append(
            ClassSubmission(
                key=_key(people) or slug(name),
                people=people,
                # What is listed and not there is a work that can't be read, and not nothing.
                path=inside[name].path if name in inside else _nowhere(folder, name),
                submitted_at=(time := _time(record.get(":created_at"))).moment,
                time_problem=time.problem,
            )
        )
    return found


def _records(file: Path) -> Mapping[str, Mapping[Any, Any]]:
    try:
        import yaml  # noqa: F401
    except ImportError as error:
        raise extra_missing(
            "Gradescope's export has its list in YAML, and PyYAML is not installed", Extra.BATCH
        ) from error
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ValueError("it is too large")
        loaded = _loaded(file.read_bytes())
        if not isinstance(loaded, dict):
            raise ValueError("it is no table of submissions")
        for name, record in loaded.items():
            if not isinstance(name, str) or not isinstance(record, dict):
                raise ValueError(f"{name} is no submission with a record")
    except Exception as error:  # PyYAML raises whatever its conversions trip over
        raise UsageProblem(
            f"{file} can't be read: {printable(str(error))[:300]}",
            expected="the list that Gradescope puts beside the submissions",
            advice="Download the submissions again.",
        ) from error
    return loaded


def _loaded(text: bytes) -> Any:
    """Like ``yaml.safe_load``, but for small bombs: nesting and merge keys can make much of little.

    What Ruby marks as its own, such as text that is no UTF-8, is None.
    """
    import yaml

    base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc, valid-type]
        def flatten_mapping(self, node: "yaml.MappingNode") -> None:
            if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
                raise ValueError("it has a merge key")

    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    depth = 0
    for event in yaml.parse(text, Loader=base):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} deep")
    return yaml.load(text, Loader=Loader)


def _nowhere(folder: Path, name: str) -> Path:
    """A path in the folder where nothing is, for what is listed and not there."""
    path = folder / (slug(name)[:100] or "unnamed")
    while os.path.lexists(path):
        path = path.with_name(f"{path.name}~")
    return path


def _submitters(record: Mapping[Any, Any]) -> list[Mapping[Any, Any]]:
    listed = record.get(":submitters")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _person(fields: Mapping[Any, Any], submission: str) -> Person:
    ids = [
        PersonId(kind=kind, value=value)
        for kind, name in ((IdKind.STUDENT_NUMBER, ":sid"), (IdKind.EMAIL, ":email"))
        if (value := _text(fields.get(name)))
    ]
    number = submission.removeprefix("submission_")
    if number.isdecimal():
        ids.append(PersonId(kind=IdKind.GRADESCOPE_SUBMISSION, value=number))
    name = fields.get(":name")
    return Person(name=name if isinstance(name, str) else "", ids=tuple(ids))


def _text(value: Any) -> str:
    """An id as text; empty for what is none. Digits are a number in YAML, and Python shows no huge one."""
    is_number = isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST_NUMBER
    return str(value).strip() if isinstance(value, str) or is_number else ""


def _key(people: tuple[Person, ...]) -> str:
    """From who they are: the submission's own number changes with each submission."""
    known = [person.id_of(IdKind.STUDENT_NUMBER) or person.id_of(IdKind.EMAIL) for person in people]
    return "+".join(sorted(slug(each) for each in known if each)) if all(known) else ""


def _time(value: Any) -> HandInTime:
    moment = value
    if isinstance(value, str):
        with suppress(ValueError):
            moment = datetime.fromisoformat(value)
    if isinstance(moment, datetime):
        return HandInTime(moment=moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    if value is None:
        return HandInTime(problem=f"{METADATA} does not say it")
    shown = printable(str(value)[:60]) if isinstance(value, str | date) else type(value).__name__
    return HandInTime(problem=f"{METADATA} says {shown!r}, which is no time")
