"""A roster gives names and ids to the work in a class folder, and guesses nobody."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from class_reports import person
from test_layouts import id_of, only, tree, understood

from grader.batch.handed_in import ClassFolder, HandedIn, Layout
from grader.batch.roster import JoinedClass, read_roster
from grader.errors import UsageProblem
from grader.people import IdKind


def roster(path: Path, text: str, encoding: str = "utf-8") -> Path:
    file = path / "roster.csv"
    file.write_text(text, encoding=encoding)
    return file


def joined(tmp_path: Path, text: str, *names: str, **options) -> JoinedClass:
    return read_roster(roster(tmp_path, text, **options)).joined(understood(tree(tmp_path / "class", *names)))


CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Week 8 (98765)\n"
    "    Points Possible,,,,,10\n"
    '"Byron, Ada",4511,A001,ada,CS,\n'
    '"Hopper, Grace",4512,A002,grace,CS,\n'
    '"Noether, Emmy",4513,A003,emmy,CS,\n'
)


def test_canvas_gradebook_is_a_roster(tmp_path):
    found = joined(tmp_path, CANVAS, "byronada_4511_1_week8.py", "hoppergrace_LATE_4512_2_week8.py")
    ada = only(found.work, "byronada-4511")
    assert ada.people[0].name == "Byron, Ada"
    assert [id_of(ada, kind) for kind in (IdKind.CANVAS_USER, IdKind.STUDENT_NUMBER, IdKind.LOGIN)] == [
        "4511",
        "A001",
        "ada",
    ]
    assert [(each.key, each.people[0].name) for each in found.absent] == [("emmy", "Noether, Emmy")]
    assert found.strangers == ()


def test_moodles_worksheet_is_a_roster(tmp_path):
    text = "Identifier,Full name,Email address,Status\nParticipant 50123,Ada Byron,ada@example.edu,x\n"
    found = joined(tmp_path, text, "A. Byron_50123_assignsubmission_file/week8.py")
    assert id_of(only(found.work, "a.-byron-50123"), IdKind.EMAIL) == "ada@example.edu"


def test_github_classrooms_roster(tmp_path):
    text = '"identifier","github_username","github_id","name"\n"A001","AdaByron","1","Ada Byron"\n'
    work = ClassFolder(
        path=tmp_path,
        layout=Layout.GITHUB_CLASSROOM,
        attempts={"adabyron": (HandedIn(key="adabyron", people=(person("", github="adabyron"),), path=tmp_path),)},
    )
    found = read_roster(roster(tmp_path, text)).joined(work)
    assert id_of(only(found.work, "adabyron"), IdKind.STUDENT_NUMBER) == "A001"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("name;login\nAda;ada\n", "utf-8"),
        ("Name\tLogin\r\nAda\tADA\r\n", "utf-8"),
        ("name,login\nAda,ada\n", "utf-8-sig"),
        ("First name,Last name,Username\nAda,,ada\n", "utf-8"),
        ("key,name\nada,Ada\n", "utf-8"),
    ],
)
def test_forms_of_a_csv(tmp_path, text, encoding):
    found = joined(tmp_path, text, "ada.py", encoding=encoding)
    assert only(found.work, "ada").people[0].name == "Ada"
    assert found.absent == ()


def test_a_name_joins_only_where_it_is_one_students_on_both_sides(tmp_path):
    text = "name,email\nAda Byron,ada@x\nSam Lee,sam1@x\nSam Lee,sam2@x\nEve Doe,eve@x\n"
    folder = tree(tmp_path / "class", "Ada Byron.py", "Sam Lee.py", "Bob.py")
    found = read_roster(roster(tmp_path, text)).joined(understood(folder))
    assert id_of(only(found.work, "Ada Byron"), IdKind.EMAIL) == "ada@x"
    assert id_of(only(found.work, "Sam Lee"), IdKind.EMAIL) is None
    assert found.strangers == ("Bob", "Sam Lee")
    assert [each.people[0].name for each in found.absent] == ["Sam Lee", "Sam Lee", "Eve Doe"]


def test_ids_that_say_two_students_join_neither(tmp_path):
    text = "name,login,email\nAda,ada,ada@x\nBob,bob,bob@x\n"
    both = HandedIn(key="odd", people=(person("", login="ada", email="bob@x"),), path=tmp_path)
    work = ClassFolder(path=tmp_path, layout=Layout.PLAIN, attempts={"odd": (both,)})
    assert read_roster(roster(tmp_path, text)).joined(work).strangers == ("odd",)


def test_the_rosters_time_fills_in_what_a_download_does_not_tell(tmp_path):
    text = "login,submitted_at\nada,2026-11-20T23:59:00+01:00\n"
    assert only(joined(tmp_path, text, "ada.py").work, "ada").submitted_at == datetime(
        2026, 11, 20, 22, 59, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("login,name\nada,Ada\nADA,Bob\n", "lines 2 and 3 have the same login"),
        ("login,submitted_at\nada,yesterday\n", "line 2: 'yesterday'"),
        ("login,submitted_at\nada,2026-11-20\n", "no offset"),
        ("colour,shape\nred,round\n", "no column of it is known"),
        ("", "no column of it is known"),
    ],
)
def test_what_a_roster_may_not_say(tmp_path, text, said):
    with pytest.raises(UsageProblem, match=said):
        read_roster(roster(tmp_path, text))


def test_a_roster_that_is_no_text_is_refused(tmp_path):
    file = tmp_path / "roster.xlsx"
    file.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(UsageProblem, match="can't be used"):
        read_roster(file)
    with pytest.raises(UsageProblem, match="can't be used"):
        read_roster(tmp_path / "nowhere.csv")


def test_absent_students_never_take_the_key_of_anothers_work(tmp_path):
    found = joined(tmp_path, "login,email\nx,ada@x\n", "x.py", "ada.py")
    assert found.absent == ()
    found = joined(tmp_path, "student number,name\nbob,Somebody\n", "bob.py")
    assert [each.key for each in found.absent] == ["bob~line2"]
