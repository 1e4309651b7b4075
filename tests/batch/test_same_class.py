"""A reports folder is of one class: another layout, or another private assignment, is refused before anything is graded."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from exercises.loader import DEFAULT_ASSIGNMENT
from grader.batch.same_class import OtherwiseAllowed, check_same_class, graded_with
from grader.cli.main import cli
from grader.course.private_assignment import GRADING_FILE, write_secret
from grader.course.secret import PUBLIC_SECRET, fingerprint
from grader.errors import UsageProblem
from grader.intake.class_submissions import ClassFolder, Layout
from grader.report.reports_folder import GradedWith
from grader.settings import Settings
from tests.support.batches import EXERCISES, Class, FakePool

PRIVATE = GradedWith(secret="0123456789ab", folder="/home/teacher/course")
NOTHING = "x = 1\n"  # there is nothing to run in it


@pytest.fixture
def course(tmp_path: Path) -> Class:
    """A class of one that was graded without a private assignment."""
    found = Class(path=tmp_path, assignment=EXERCISES)
    found.hand_in("ada", NOTHING)
    found.grade()
    return found


def work_of(course: Class, layout: Layout = Layout.PLAIN) -> ClassFolder:
    return ClassFolder(path=course.path / "class", layout=layout, attempts={})


def checked(
    course: Class,
    *,
    layout: Layout = Layout.PLAIN,
    now: GradedWith | None = None,
    allowed: OtherwiseAllowed | None = None,
) -> None:
    check_same_class(
        course.folder,
        work_of(course, layout),
        assignment=DEFAULT_ASSIGNMENT,
        now=now or graded_with(Settings()),
        allowed=allowed or OtherwiseAllowed(),
    )


def was_graded_with(course: Class, before: GradedWith | None) -> None:
    course.folder.write_class_list(replace(course.folder.class_list(), graded_with=before))


def files(course: Class) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in course.folder.path.rglob("*") if file.is_file()}


def test_the_same_again_is_no_question(course):
    assert course.folder.class_list().graded_with == GradedWith(secret=fingerprint(PUBLIC_SECRET), folder=None)
    checked(course)
    assert course.grade().unchanged == 1


def test_a_forgotten_private_assignment_is_refused_before_anything_is_graded(course):
    was_graded_with(course, PRIVATE)
    course.hand_in("bob", NOTHING)
    before = files(course)
    with pytest.raises(UsageProblem) as raised:
        course.grade()
    for told in ("/home/teacher/course", "no private assignment", "--other-private-assignment"):
        assert told in str(raised.value)
    assert isinstance(course.pool, FakePool) and course.pool.jobs == []
    assert files(course) == before


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (None, PRIVATE, r"graded with no private assignment; now .*the private assignment /home/teacher/course"),
        (PRIVATE, replace(PRIVATE, secret="ba9876543210", folder="/b"), r"/home/teacher/course .*; now .*/b "),
    ],
)
def test_another_private_assignment_is_refused_and_both_are_named(course, before, now, said):
    if before is not None:
        was_graded_with(course, before)
    with pytest.raises(UsageProblem, match=f"(?s){said}"):
        checked(course, now=now)
    checked(course, now=now, allowed=OtherwiseAllowed(private_assignment=True))


def test_the_same_private_assignment_may_have_been_moved(course):
    was_graded_with(course, PRIVATE)
    checked(course, now=replace(PRIVATE, folder="/elsewhere"))


@pytest.mark.parametrize("without", ["the field", "the list"])
def test_reports_tell_it_where_the_class_list_does_not(course, without):
    if without == "the list":
        course.folder.class_file.unlink()
    else:
        fields = json.loads(course.folder.class_file.read_text(encoding="utf-8"))
        del fields["graded_with"]
        course.folder.class_file.write_text(json.dumps(fields), encoding="utf-8")
    checked(course)
    with pytest.raises(UsageProblem, match="graded with no private assignment"):
        checked(course, now=PRIVATE)
    with pytest.raises(UsageProblem, match="laid out as plain"):
        checked(course, layout=Layout.MOODLE)


def test_a_batch_that_made_no_report_has_decided_nothing(course):
    course.folder.report_file("ada").unlink()
    checked(course, now=PRIVATE, layout=Layout.CANVAS)


def test_another_layout_is_refused_unless_it_is_meant(course):
    with pytest.raises(UsageProblem, match=r"(?s)as plain.*read as canvas.*--layout plain.*--other-layout"):
        checked(course, layout=Layout.CANVAS)
    checked(course, layout=Layout.CANVAS, allowed=OtherwiseAllowed(layout=True))


def test_the_options_are_those_that_the_messages_name(course, monkeypatch):
    monkeypatch.delenv("GOLDGRADE_COURSE", raising=False)
    monkeypatch.delenv("GOLDGRADE_PRIVATE_ASSIGNMENT", raising=False)
    late = course.path / "late"
    (late / "Bo_7_assignsubmission_file").mkdir(parents=True)
    (late / "Bo_7_assignsubmission_file" / "x.py").write_text(NOTHING, encoding="utf-8")
    was_graded_with(course, PRIVATE)

    def run(*options: str) -> tuple[int, str]:
        line = ["batch", str(late), "--out", str(course.folder.path), "--assignment", str(EXERCISES), *options]
        ended = CliRunner().invoke(cli, line)
        return ended.exit_code, str(ended.exception)

    assert "private assignment" in run()[1]
    for option in ("--other-private-assignment", "--other-course"):
        assert "laid out as plain" in run(option)[1]
    assert "private assignment" in run("--other-layout")[1]


def test_what_only_grades_has_the_same_fingerprint_as_its_private_assignment(tmp_path):
    folder = tmp_path / "platform"
    folder.mkdir(mode=0o700)
    write_secret(folder / GRADING_FILE, b"s" * 32)
    assert graded_with(Settings(private_assignment=folder)).secret == fingerprint(b"s" * 32)
