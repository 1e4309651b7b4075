"""Reports that earlier versions wrote: read, and believed as far as they were signed.

``data/stored`` has one of each schema version, written by the Goldgrade of its time for the same program.
"""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exercises.loader import DEFAULT_ASSIGNMENT, SHIPPED
from grader.audit.replay import replay_report
from grader.audit.verification import Standing, verified
from grader.course.private_assignment import PrivateAssignment
from grader.errors import ReportUnreadable
from grader.grading.pipeline import grade
from grader.report.json_format import from_json, read_report, read_stored, to_json
from grader.report.manual_marks import mark, store
from grader.report.model import SCHEMA_VERSION, QuestionStatus, Report
from grader.report.signature import (
    PUBLIC_KEY,
    SignatureStatus,
    SigningKey,
    doubtful,
    examine,
    is_intact,
    key_of,
    signed_mark,
)
from grader.settings import Settings
from tests.support.copies import copy_sources
from tests.support.paths import DATA
from tests.support.trusted import open_trusted

EXERCISES = SHIPPED / DEFAULT_ASSIGNMENT
STORED = DATA / "stored"
PROGRAM = STORED / "week8.py"
UNSIGNED, SIGNED = ("1.2", "1.3"), ("1.4", "1.5")
OTHER_KEY = key_of(PrivateAssignment(folder=Path("course"), secret=bytes(32), assignment="course/assignment"))


@pytest.fixture
def file(tmp_path, request) -> Path:
    """A stored report that may be changed; of version 1.4 where nothing else is said."""
    version = getattr(request, "param", "1.4")
    return Path(shutil.copyfile(STORED / f"{version}.json", tmp_path / "report.json"))


@pytest.fixture
def assignment(tmp_path) -> Path:
    """What the stored reports are about."""
    folder = tmp_path / "course"
    for name in ("attention", "patch_embedding"):
        copy_sources(EXERCISES / name, folder / name)
    shutil.copyfile(EXERCISES / "utils.py", folder / "utils.py")
    (folder / "assignment.toml").write_text(
        'id = "week8"\ntitle = "Week 8"\nversion = "1"\nexercises = ["attention", "patch_embedding"]\n'
        '[[questions]]\nid = "skip_connections"\ntitle = "Why skip connections help"\npoints = 4\n'
        '[[questions]]\nid = "shuffled_pixels"\ntitle = "Shuffled pixels"\npoints = 4\n'
    )
    return folder


def fields(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8"))


def edit(file: Path, change) -> None:
    document = fields(file)
    change(document)
    file.write_text(json.dumps(document), encoding="utf-8")


def standing(file: Path, key: SigningKey = PUBLIC_KEY) -> tuple[Standing, tuple[str, ...]]:
    found = verified(file, key)
    return found.standing, found.parts


def marked(report: Report) -> dict[str, float]:
    return {
        each.id: each.points
        for each in report.questions
        if each.status is QuestionStatus.MARKED and each.points is not None
    }


@pytest.mark.parametrize("file", [*UNSIGNED, *SIGNED], indirect=True)
def test_a_report_of_every_earlier_version_is_read_with_its_marks(file):
    report = read_report(file)
    assert {each.id: each.points for each in report.exercises} == {"attention": 20.0, "patch_embedding": 0.0}
    assert marked(report) == {"skip_connections": 3.0}
    assert (report.score.points, report.score.raw_points, report.score.late_deduction) == (23.0, 23.0, 0.0)
    assert report.schema_version == SCHEMA_VERSION
    assert from_json(to_json(report)) == report


@pytest.mark.parametrize("file", [*UNSIGNED, *SIGNED], indirect=True)
def test_a_score_of_an_earlier_version_stays_out_of_what_it_was_out_of(file):
    """The unanswered question was not in the maximum then; only grading again makes another score of it."""
    report = read_report(file)
    assert (report.score.max_points, report.score.is_provisional) == (44.0, False)
    assert all(each.counts for each in report.questions)
    assert not any(check.withheld for exercise in report.exercises for check in exercise.checks)
    edit(file, lambda document: document["questions"][1].update(status="needs_review", answer="The CNN."))
    assert (read_report(file).score.max_points, read_report(file).score.waiting_points) == (44.0, 4.0)


@pytest.mark.parametrize("file", UNSIGNED, indirect=True)
def test_versions_before_signatures_are_not_signed_whatever_stands_in_them(file):
    version = fields(file)["schema_version"]
    assert verified(file, PUBLIC_KEY).message == f"its schema version {version} has no signature"
    edit(file, lambda document: document["run"].update(integrity=fields(STORED / "1.4.json")["run"]["integrity"]))
    assert standing(file)[0] is Standing.NOT_SIGNED
    assert read_report(file).run.integrity is None


@pytest.mark.parametrize("file", SIGNED, indirect=True)
def test_a_signature_is_checked_under_the_version_that_it_was_made_with(file):
    assert standing(file) == (Standing.INTACT, ())
    assert standing(file, OTHER_KEY)[0] is Standing.OTHER_SECRET


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda document: document["exercises"][0].update(points=19.0), ("exercises/attention",)),
        (lambda document: document["questions"][0].update(points=4), ("marks/skip_connections",)),
        (lambda document: document["run"].update(seconds=1.0), ("run",)),
        # What only a later version has was not signed.
        (
            lambda document: document["run"]["integrity"]["conditions"].update(words={"attention": ""}),
            ("conditions",),
        ),
        (lambda document: document["run"]["integrity"].update(signature="0" * 64), ("integrity",)),
    ],
)
def test_in_a_report_of_an_earlier_version_the_part_that_was_changed_is_named(file, change, parts):
    edit(file, change)
    assert standing(file) == (Standing.CHANGED, parts)


def test_a_signature_is_not_of_another_version(file):
    edit(file, lambda document: document.update(schema_version=SCHEMA_VERSION))
    with pytest.raises(ReportUnreadable):
        read_report(file)
    shutil.copyfile(STORED / "1.4.json", file)
    file.write_text(to_json(read_report(file)), encoding="utf-8")  # all that was read, under the old signature
    assert standing(file) == (
        Standing.CHANGED,
        (
            *("conditions", "exercises/attention", "exercises/patch_embedding"),
            *("marks/shuffled_pixels", "marks/skip_connections", "passages"),
            *("questions/shuffled_pixels", "questions/skip_connections", "run", "schema_version", "score"),
            "submission",
        ),
    )


def test_what_a_later_version_adds_when_it_reads_is_no_doubt(file):
    stored = read_stored(file)
    first, *others = stored.report.exercises
    later = replace(
        stored, report=replace(stored.report, exercises=(replace(first, message="Told anew."), *others))
    )
    assert doubtful(later, PUBLIC_KEY) == frozenset()
    assert is_intact(later, PUBLIC_KEY)
    signed = signed_mark(later, later.report, "shuffled_pixels", PUBLIC_KEY)
    assert examine(signed.document, PUBLIC_KEY).verdict is SignatureStatus.INTACT


def test_a_mark_with_the_key_is_signed_under_the_version_of_today(file):
    mark(file, question_id="shuffled_pixels", points=4, unanswered=True)
    assert fields(file)["schema_version"] == SCHEMA_VERSION
    assert standing(file) == (Standing.INTACT, ())
    assert read_report(file).score.points == 27.0


def test_a_mark_without_the_key_leaves_the_version_and_shows_as_all_that_was_changed(file):
    report = mark(file, question_id="shuffled_pixels", points=4, unanswered=True, key=OTHER_KEY)
    assert read_report(file) == report
    assert fields(file)["schema_version"] == "1.4"
    assert standing(file) == (Standing.CHANGED, ("marks/shuffled_pixels", "score"))
    mark(file, question_id="skip_connections", points=2)
    assert standing(file) == (Standing.UNVOUCHED, ("marks/shuffled_pixels",))
    mark(file, question_id="shuffled_pixels", points=4)
    assert standing(file) == (Standing.INTACT, ())


@pytest.mark.slow
@pytest.mark.parametrize("file", [*UNSIGNED, *SIGNED], indirect=True)
def test_a_new_report_takes_over_marks_and_vouches_for_those_that_were_signed(file, assignment):
    new = grade(PROGRAM, Settings(assignment=str(assignment)), open_trusted)
    doubts = ("marks/skip_connections",) if fields(file)["schema_version"] in UNSIGNED else ()
    assert marked(store(new, file)) == {"skip_connections": 3.0}
    assert standing(file) == (Standing.UNVOUCHED if doubts else Standing.INTACT, doubts)


@pytest.mark.slow
def test_a_replay_knows_that_an_earlier_report_is_intact(file, assignment):
    settings = Settings(assignment=str(assignment))
    done = replay_report(file, PROGRAM, settings, PUBLIC_KEY, lambda *_: open_trusted, anyway=True)
    assert done.verified.standing is Standing.INTACT
    before = {each.id: each.points for each in read_report(file).exercises}
    assert {each.id: each.points for each in done.report.exercises} == before
