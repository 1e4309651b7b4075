"""A roster gives names and ids to the work in a class folder, and guesses nobody."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.errors import UsageProblem
from grader.intake.class_submissions import ClassFolder, ClassSubmission, Layout
from grader.intake.roster import JoinedClass, read_roster
from grader.report.people import IdKind
from tests.support.class_reports import person
from tests.support.downloads import id_of, only, tree, understood


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


def test_a_student_may_be_called_as_canvas_calls_its_row_of_points(tmp_path):
    text = CANVAS.replace('"Hopper, Grace"', "Points Possible")
    found = joined(tmp_path, text, "byronada_4511_1_week8.py", "pointspossible_4512_2_week8.py")
    assert found.strangers == ()
    assert [each.people[0].name for each in found.absent] == ["Noether, Emmy"]


def test_moodles_worksheet_is_a_roster(tmp_path):
    text = "Identifier,Full name,Email address,Status\nParticipant 50123,Ada Byron,ada@example.edu,x\n"
    found = joined(tmp_path, text, "A. Byron_50123_assignsubmission_file/week8.py")
    assert id_of(only(found.work, "a.-byron-50123"), IdKind.EMAIL) == "ada@example.edu"


def test_github_classrooms_roster(tmp_path):
    text = '"identifier","github_username","github_id","name"\n"A001","AdaByron","1","Ada Byron"\n'
    work = ClassFolder(
        path=tmp_path,
        layout=Layout.GITHUB_CLASSROOM,
        attempts={
            "adabyron": (ClassSubmission(key="adabyron", people=(person("", github="adabyron"),), path=tmp_path),)
        },
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
    both = ClassSubmission(key="odd", people=(person("", login="ada", email="bob@x"),), path=tmp_path)
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


def test_absent_students_have_keys_of_their_own(tmp_path):
    text = "student number,name\nBOB-2,Somebody\n,Sam Lee\n,Sam Lee\n"
    found = joined(tmp_path, text, "bob_2_3_week8.py", "cyd_3_4_week8.py")
    assert [each.key for each in found.absent] == ["bob-2~line2", "sam-lee", "sam-lee~line4"]


def test_a_files_name_may_be_any_id(tmp_path):
    text = "name,student number,login,email,github\nAda,A001,ab1,ada@x,lovelace\nBob,A002,bh2,bob@x,ab1\n"
    found = joined(tmp_path, text, "A001.py", "bob@x.py")
    assert [works[-1].people[0].name for works in found.work.attempts.values()] == ["Ada", "Bob"]
    # What the file was called was no login, and a mark must not go to one of that name.
    assert id_of(only(found.work, "A001"), IdKind.LOGIN) == "ab1"
    assert (found.strangers, found.absent) == ((), ())


def test_a_files_name_that_is_two_students_ids_is_nobodys(tmp_path):
    text = "name,student number,login\nAda,x1,ada\nBob,A002,x1\n"
    assert joined(tmp_path, text, "x1.py").strangers == ("x1",)


def test_nbgraders_list_is_a_roster(tmp_path):
    text = "id,first_name,last_name,email,lms_user_id\nada,Ada,Byron,ada@x,7\n"
    found = joined(tmp_path, text, "submitted/ada/week8/week8.ipynb")
    ada = only(found.work, "ada")
    assert (id_of(ada, IdKind.LOGIN), id_of(ada, IdKind.EMAIL), id_of(ada, IdKind.CANVAS_USER)) == (
        "ada",
        "ada@x",
        None,
    )


def test_a_name_does_not_join_where_an_id_says_that_they_are_two(tmp_path):
    found = joined(tmp_path, CANVAS, "byronada_9999_1_week8.py", "hoppergrace_4512_2_week8.py")
    assert found.strangers == ("byronada-9999",)
    assert id_of(only(found.work, "byronada-9999"), IdKind.LOGIN) is None
    assert {each.key for each in found.absent} == {"ada", "emmy"}


def test_work_of_two_that_claim_to_be_one_student_is_neithers(tmp_path):
    text = "name,student number,email\nAda,A001,ada@x\n"
    found = joined(tmp_path, text, "A001.py", "ada@x.py")
    assert found.strangers == ("A001", "ada@x")
    assert found.absent == ()  # one of them is there
    assert id_of(only(found.work, "A001"), IdKind.EMAIL) is None


def test_what_the_roster_says_of_a_key_is_stronger_than_an_id_and_that_than_a_name(tmp_path):
    text = "name,login,key\nAda Byron,ada,first\nBob Hill,bob,\n"
    found = joined(tmp_path, text, "first.py", "ada.py", "bob.py", "Bob Hill.py")
    assert id_of(only(found.work, "first"), IdKind.LOGIN) == "ada"
    assert id_of(only(found.work, "bob"), IdKind.LOGIN) == "bob"
    assert found.strangers == ("Bob Hill", "ada")


def test_a_key_of_several_students_is_their_groups(tmp_path):
    text = "key,name,email\nred-7,Ada,ada@x\nred-7,Bob,bob@x\nblue-8,Cyd,cyd@x\nblue-8,Dan,dan@x\n"
    found = joined(tmp_path, text, "red_7_1_week8.py", "green_9_2_week8.py")
    assert [each.name for each in only(found.work, "red-7").people] == ["Ada", "Bob"]
    assert [(each.key, len(each.people)) for each in found.absent] == [("blue-8", 2)]


def test_a_groups_number_in_moodle_is_no_participants(tmp_path):
    text = "Identifier,Full name\nParticipant 12,Grace Hopper\nParticipant 13,Seán O'Brien\n"
    names = ("Team Rocket_12_assignsubmission_file/week8.py", "Seán OBrien_13_assignsubmission_file/week8.py")
    found = joined(tmp_path, text, *names)
    assert found.strangers == ("team-rocket-12",)
    assert id_of(only(found.work, "team-rocket-12"), IdKind.MOODLE_PARTICIPANT) == "12"
    assert only(found.work, "team-rocket-12").people[0].name == "Team Rocket"


def test_in_blind_marking_the_number_is_enough(tmp_path):
    text = "name,moodle participant\nGrace Hopper,12\n"
    found = joined(tmp_path, text, "Participant_12_assignsubmission_file/week8.py")
    assert only(found.work, "participant-12").people[0].name == "Grace Hopper"


def test_a_group_number_in_github_classrooms_roster_is_no_participant_of_moodle(tmp_path):
    found = joined(tmp_path, "identifier,github_username,name\nGroup 12,ada,Ada\n", "x.py")
    assert found.absent[0].people[0].id_of(IdKind.MOODLE_PARTICIPANT) is None


def test_cells_may_hold_a_whole_answer_and_lines_are_counted_as_in_the_file(tmp_path):
    answer = "x" * 200_000
    found = joined(tmp_path, f'login,name,text\nada,Ad\u2028a,"{answer}\n"\n', "ada.py")
    assert only(found.work, "ada").people[0].name == "Ad\N{REPLACEMENT CHARACTER}a"
    with pytest.raises(UsageProblem, match="lines 2 and 5 have the same login"):
        read_roster(roster(tmp_path, 'login,name\nada,"a\nb"\nbob,\nADA,c\n'))
