"""Downloads as systems make them: whose work is what, and nothing is dropped."""

import os
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UsageProblem
from grader.intake.class_submissions import ClassFolder, Layout
from grader.intake.layouts.shared import is_junk
from grader.report.people import IdKind
from grader.report.reports_folder import file_stem
from tests.support.chance import rounds
from tests.support.downloads import id_of, only, tree, understood


def skipped(work: ClassFolder) -> dict[str, str]:
    return {each.path.name: each.reason for each in work.skipped}


# --- Canvas

CANVAS = (
    "byronada_4511_777001_week8.py",
    "hoppergrace_LATE_4512_777044_week8-1.ipynb",
    "anon_k3xYz_777050_my_week_8.py",
    "noetheremmy_4513_text.html",
    "latelena_4514_777060_late_7_8.py",
    "müllerjürgen_4515_777061_übung.py",
    "o_brien_4516_777062_a_b_c_1_2_3.ipynb",
    "group7_4517_777063_week8.py",
)


def test_canvas(tmp_path):
    work = understood(tree(tmp_path / "class", *CANVAS))
    assert work.layout is Layout.CANVAS
    names = ("byronada", "hoppergrace", "noetheremmy", "latelena", "müllerjürgen", "o_brien", "group7")
    numbers = (4511, 4512, 4513, 4514, 4515, 4516, 4517)
    keys = {f"{name}-{number}" for name, number in zip(names, numbers, strict=True)}
    assert set(work.attempts) == {*keys, "anon_k3xyz"}
    assert id_of(only(work, "byronada-4511"), IdKind.CANVAS_USER) == "4511"
    assert [key for key in work.attempts if only(work, key).marked_late] == ["hoppergrace-4512"]
    assert id_of(only(work, "anon_k3xyz"), IdKind.ANONYMOUS) == "k3xYz"
    assert only(work, "noetheremmy-4513").path.name == "noetheremmy_4513_text.html"
    assert work.skipped == ()


def test_of_several_attachments_in_canvas_the_latest_program_is_taken_and_the_others_are_listed(tmp_path):
    names = (
        "ada_1_10_week8.py",
        "ada_1_12_utils.py",
        "ada_1_11_week8-1.py",
        "ada_1_13_notes.pdf",
        "ada_1_text.html",
    )
    work = understood(tree(tmp_path / "class", *names))
    assert only(work, "ada-1").path.name == "ada_1_11_week8-1.py"
    assert sorted(skipped(work)) == sorted(set(names) - {"ada_1_11_week8-1.py"})


def test_resubmitted_utils_and_data_do_not_take_the_place_of_the_program(tmp_path):
    names = (
        "ada_1_10_week8-1.py",
        "ada_1_11_utils-1.py",
        "ada_1_12_data.zip",
        "bob_2_13_week8.zip",
        "bob_2_14_a.pdf",
    )
    work = understood(tree(tmp_path / "class", *names))
    assert only(work, "ada-1").path.name == "ada_1_10_week8-1.py"
    assert only(work, "bob-2").path.name == "bob_2_13_week8.zip"


def test_who_is_called_like_anothers_file_does_not_take_the_place_of_that_students_work(tmp_path):
    names = ("adabyron_4511_777001_week8.py", "x_4511_999999_4512_777002_week8.py")
    work = understood(tree(tmp_path / "class", *names))
    assert only(work, "adabyron-4511").path.name == names[0]
    assert only(work, "x-4511").path.name == names[1]


def test_tokens_that_differ_only_in_case_are_two_students(tmp_path):
    work = understood(tree(tmp_path / "class", "anon_k3xYz_1_week8.py", "anon_K3XYZ_2_week8.py"))
    assert {id_of(only(work, key), IdKind.ANONYMOUS) for key in work.attempts} == {"K3XYZ", "k3xYz"}
    assert len(work.attempts) == 2


# --- Moodle


def test_moodle_with_folders(tmp_path):
    folder = tree(
        tmp_path / "CS-DL-Week 8-4321",
        "Ada Byron_50123_assignsubmission_file/week8.py",
        "Grace Hopper_50124_assignsubmission_file_/sub/week8.ipynb",
        "Grace Hopper_50124_assignsubmission_onlinetext/onlinetext.html",
        "Emmy Noether_50125_assignsubmission_onlinetext/onlinetext.html",
        "Seán O'Brien_50126_assignsubmission_file/",
        "Participant_50127_assignsubmission_file/week8.py",
        "Default group_assignsubmission_file/week8.py",
        "notes.txt",
    )
    work = understood(folder)
    assert work.layout is Layout.MOODLE
    assert sorted(work.attempts) == [
        "ada-byron-50123",
        "default-group",
        "emmy-noether-50125",
        "grace-hopper-50124",
        "participant-50127",
        "seán-o-brien-50126",
    ]
    assert id_of(only(work, "ada-byron-50123"), IdKind.MOODLE_PARTICIPANT) == "50123"
    assert only(work, "grace-hopper-50124").path.name == "Grace Hopper_50124_assignsubmission_file_"
    assert only(work, "default-group").people[0].ids == ()
    assert set(skipped(work)) == {"notes.txt", "Grace Hopper_50124_assignsubmission_onlinetext"}


def test_moodle_with_flat_files(tmp_path):
    folder = tree(
        tmp_path / "class",
        "Ada Byron_50123_assignsubmission_file_week_8.py",
        "Ada Byron_50123_assignsubmission_file_utils.py",
        "Grace Hopper_50124_assignsubmission_file_a_1_2.ipynb",
    )
    work = understood(folder)
    assert only(work, "ada-byron-50123").path.name.endswith("week_8.py")
    assert set(skipped(work)) == {"Ada Byron_50123_assignsubmission_file_utils.py"}


def test_a_name_like_moodles_does_not_make_a_class_of_canvas_one_of_moodles(tmp_path):
    joke = "mallory_4_5_x_9_assignsubmission_file_x.py"
    folder = tree(tmp_path / "class", "ada_1_2_week8.py", "bob_2_3_week8.py", joke)
    work = understood(folder)
    assert work.layout is Layout.CANVAS
    assert sorted(work.attempts) == ["ada-1", "bob-2", "mallory-4"]


def test_a_forced_layout_takes_the_names_that_fit_even_if_most_do_not(tmp_path):
    folder = tree(tmp_path / "class", "Ada_5_assignsubmission_file/week8.py", "a.txt", "b.txt", "c.txt")
    assert list(understood(folder, layout=Layout.MOODLE).attempts) == ["ada-5"]


# --- Gradescope

METADATA = """
submission_123456:
  :submitters:
  - :name: Ada Byron
    :sid: 'A001'
    :email: ada@example.edu
  - :name: Grace Hopper
    :sid: A002
    :email: grace@example.edu
  :created_at: 2025-03-04 23:21:09.123456000 Z
  :score: 7.5
  :history:
  - :created_at: 2025-03-03 20:00:00.000000000 Z
    :score: 1.0
submission_123457:
  :submitters:
  - :name: Emmy
    :email: emmy@example.edu
  :created_at: 2025-03-05 01:00:00.000000000 +01:00
submission_123458:
  :submitters: []
"""


def gradescope(folder: Path, metadata: str = METADATA) -> Path:
    tree(folder, "submission_123456/week8.py", "submission_123457/week8.ipynb", "submission_999/week8.py")
    (folder / "submission_metadata.yml").write_text(metadata, encoding="utf-8")
    return folder


def test_gradescope(tmp_path):
    work = understood(gradescope(tmp_path / "assignment_9100_export"))
    assert work.layout is Layout.GRADESCOPE
    assert sorted(work.attempts) == ["a001+a002", "emmy@example.edu", "submission_123458", "submission_999"]
    pair = only(work, "a001+a002")
    assert [person.name for person in pair.people] == ["Ada Byron", "Grace Hopper"]
    assert pair.submitted_at == datetime(2025, 3, 4, 23, 21, 9, 123456, UTC)
    assert only(work, "emmy@example.edu").submitted_at == datetime(2025, 3, 5, 0, 0, tzinfo=UTC)
    assert not only(work, "submission_123458").path.exists()  # listed, and not there: it can't be read


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)


@pytest.mark.parametrize(
    "metadata",
    ["", "[1, 2]", "a: [", "submission_1: 3", "!!python/object/apply:os.system ['true']", BOMB, "\0", "? [a]\n: 1"],
)
def test_gradescopes_list_is_data(tmp_path, metadata):
    with pytest.raises(UsageProblem, match="can't be read"):
        understood(gradescope(tmp_path / "export", metadata))


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ("[" * 100_000, "nest"),
        ("".join(" " * depth + "a:\n" for depth in range(1000)), "nest"),
        (BOMB.replace("[", "{<<: [").replace("]", "]}").replace("x,", "{x: 1},"), "merge key"),
        ("s: {a: !!bool x}", "x"),
        ("s: {a: !!timestamp x}", ""),
        ('s: {a: !!int ""}', ""),
        ("1: {}", "no submission"),
        ("s: {a: 2025-99-99}", ""),
    ],
)
def test_gradescopes_list_can_neither_crash_nor_fill_the_memory(tmp_path, metadata, said):
    with pytest.raises(UsageProblem, match=f"(?s)can't be read: .*{said}"):
        understood(gradescope(tmp_path / "export", metadata))


def test_a_number_that_python_would_not_show_is_no_id_in_gradescopes_list(tmp_path):
    metadata = f"submission_123456:\n  :submitters:\n  - :sid: 0x{'f' * 4000}\n    :email: ada@x.org\n"
    work = understood(gradescope(tmp_path / "export", metadata))
    assert [each.value for each in only(work, "ada@x.org").people[0].ids] == ["ada@x.org", "123456"]


def test_text_that_is_no_utf_8_costs_gradescopes_list_nothing(tmp_path):
    metadata = METADATA + "  :results:\n    output: !binary |-\n      gIE=\n"
    assert "a001+a002" in understood(gradescope(tmp_path / "export", metadata)).attempts


@pytest.mark.parametrize("name", ["..", ".", "", "/etc", "../export", "submission_metadata.yml", "linked"])
def test_what_is_listed_and_not_there_is_nothing_else(tmp_path, name):
    folder = gradescope(tmp_path / "export", METADATA + f"'{name}': {{':submitters': [{{':sid': Z1}}]}}\n")
    (folder / "linked").symlink_to(folder / "submission_123456")
    path = only(understood(folder), "z1").path
    assert path.parent == folder.resolve()
    assert not os.path.lexists(path)


def test_ids_that_make_the_same_key_are_still_two_students(tmp_path):
    metadata = """
submission_123456:
  :submitters: [{":email": "x+y@e"}]
submission_123457:
  :submitters: [{":email": x}, {":email": y@e}]
submission_999:
  :submitters: [{":email": X+Y@e}]
"""
    work = understood(gradescope(tmp_path / "export", metadata))
    assert [len(works) for works in work.attempts.values()] == [1, 1, 1]


def test_two_submissions_of_the_same_people_are_attempts_the_oldest_first(tmp_path):
    metadata = """
submission_123456:
  :submitters: [{":sid": A1}, {":sid": A2}]
  :created_at: 2025-03-05 00:00:00 Z
submission_123457:
  :submitters: [{":sid": A2}, {":sid": A1}]
  :created_at: 2025-03-04 00:00:00 Z
"""
    works = understood(gradescope(tmp_path / "export", metadata)).attempts["a1+a2"]
    assert [work.path.name for work in works] == ["submission_123457", "submission_123456"]


@pytest.mark.parametrize(
    "record",
    [":submitters: 7", ":submitters: [7]", ":created_at: soon", ":submitters: [{':name': [1], ':sid': {}}]"],
)
def test_a_strange_record_costs_nobody_the_report(tmp_path, record):
    folder = gradescope(tmp_path / "export", f"submission_123456:\n  {record}\n")
    assert "submission_123456" in understood(folder).attempts


# --- nbgrader


def test_nbgrader(tmp_path):
    folder = tree(
        tmp_path / "course",
        "submitted/ada/week8/week8.ipynb",
        "submitted/bob/week8/week8.ipynb",
        "submitted/cyd/week8/week8.ipynb",
        "submitted/dan/week8/week8.ipynb",
        "source/ps1/week8.ipynb",
    )
    times = {
        "ada": "2015-02-02 14:58:23.948203 America/Los_Angeles\n",
        "bob": "2025-03-04 23:21:09.123 UTC",
        "cyd": "2025-03-04 23:21:09 +0100",
        "dan": "yesterday",
    }
    for student, time in times.items():
        (folder / "submitted" / student / "week8" / "timestamp.txt").write_text(time)
    work = understood(folder)
    assert work.layout is Layout.NBGRADER
    assert {key: only(work, key).submitted_at for key in work.attempts} == {
        "ada": datetime(2015, 2, 2, 22, 58, 23, 948203, UTC),
        "bob": datetime(2025, 3, 4, 23, 21, 9, 123000, UTC),
        "cyd": datetime(2025, 3, 4, 23, 21, 9, tzinfo=timezone(timedelta(hours=1))),
        "dan": None,
    }
    assert id_of(only(work, "ada"), IdKind.LOGIN) == "ada"
    assert sorted(understood(folder / "submitted").attempts) == ["ada", "bob", "cyd", "dan"]


def test_which_of_nbgraders_assignments_has_to_be_said(tmp_path):
    folder = tree(
        tmp_path / "course",
        "submitted/ada/week7/a.ipynb",
        "submitted/ada/week8/a.ipynb",
        "submitted/bob/week7/a.ipynb",
    )
    with pytest.raises(UsageProblem, match=r"2 assignments: week7, week8(.|\n)*--assignment-name"):
        understood(folder)
    work = understood(folder, assignment_name="week8")
    assert list(work.attempts) == ["ada"]
    assert "nothing of week8" in skipped(work)["bob"]


def test_a_students_own_timestamp_does_not_make_a_class_one_of_nbgraders(tmp_path):
    folder = tree(tmp_path / "class", "ada/week8.py", "bob/week8.py", "mallory/evil/timestamp.txt")
    work = understood(folder)
    assert work.layout is Layout.PLAIN
    assert sorted(work.attempts) == ["ada", "bob", "mallory"]


def test_a_folder_called_submitted_may_be_a_plain_one(tmp_path):
    assert sorted(understood(tree(tmp_path / "submitted", "ada.py", "bob.py")).attempts) == ["ada", "bob"]


def test_what_lies_beside_an_assignment_of_nbgraders_is_listed(tmp_path):
    folder = tree(
        tmp_path / "course",
        "submitted/ada/week8/week8.py",
        "submitted/ada/week7/week7.py",
        "submitted/bob/week8.py",
        "submitted/note.txt",
        "source/week8/week8.ipynb",
        "gradebook.db",
    )
    work = understood(folder, assignment_name="week8")
    assert list(work.attempts) == ["ada"]
    assert set(skipped(work)) == {"week7", "bob", "week8.py", "note.txt", "source", "gradebook.db"}


# --- GitHub Classroom


def test_github_classroom(tmp_path):
    from dulwich import porcelain

    folder = tree(
        tmp_path / "week8-submissions",
        *(f"week8-{name}/week8.py" for name in ("adabyron", "ghopper", "linked", "emmy", "mia", "joan")),
    )
    for name in ("emmy", "mia", "joan"):  # empty repositories
        porcelain.init(str(folder / f"week8-{name}"))
    ada = folder / "week8-adabyron"
    porcelain.init(str(ada))
    porcelain.add(str(ada), paths=[str(ada / "week8.py")])
    porcelain.commit(
        str(ada),
        b"done",
        author=b"Ada <a@b>",
        committer=b"Ada <a@b>",
        commit_timestamp=1741130469,
        commit_timezone=3600,
    )
    # What git would run for "git log", were it asked.
    (ada / ".git" / "config").write_text(
        f"[log]\n\tshowSignature = true\n[gpg]\n\tprogram = touch {tmp_path}/ran\n[core]\n\tfsmonitor = touch {tmp_path}/ran\n"
    )
    (folder / "week8-linked" / ".git").write_text(f"gitdir: {ada / '.git'}\n")
    work = understood(folder)
    assert work.layout is Layout.GITHUB_CLASSROOM
    assert sorted(work.attempts) == ["adabyron", "emmy", "ghopper", "joan", "linked", "mia"]
    assert only(work, "adabyron").submitted_at == datetime.fromtimestamp(1741130469, UTC)
    assert only(work, "ghopper").submitted_at is None
    assert only(work, "linked").submitted_at is None
    assert id_of(only(work, "adabyron"), IdKind.GITHUB) == "adabyron"
    assert not (tmp_path / "ran").exists()


def test_a_repository_is_read_without_its_configuration_and_without_objects_from_elsewhere(tmp_path):
    from dulwich import porcelain

    folder = tree(tmp_path / "week8-submissions", "week8-ada/week8.py", "week8-bob/week8.py", "other/week8.py")
    for name in ("ada", "bob"):
        path = folder / f"week8-{name}"
        porcelain.init(str(path))
        porcelain.add(str(path), paths=[str(path / "week8.py")])
        porcelain.commit(str(path), b"done", author=b"A <a@b>", committer=b"A <a@b>", commit_timestamp=1741130469)
    os.mkfifo(tmp_path / "pipe")  # whoever reads it waits for ever
    (folder / "week8-ada" / ".git" / "config").write_text(f"[include]\n\tpath = {tmp_path / 'pipe'}\n")
    (folder / "week8-bob" / ".git" / "objects" / "info").mkdir(exist_ok=True)
    (folder / "week8-bob" / ".git" / "objects" / "info" / "alternates").write_text("/somewhere\n")
    work = understood(folder)
    assert only(work, "ada").submitted_at == datetime.fromtimestamp(1741130469, UTC)
    assert only(work, "bob").submitted_at is None
    assert id_of(only(work, "other"), IdKind.GITHUB) is None  # not called after the assignment and a student


# --- plain, and what all share


def test_a_plain_folder(tmp_path):
    folder = tree(
        tmp_path / "class",
        "ada.py",
        "bob.ipynb",
        "cyd.zip",
        "dan/week8.py",
        "eve.pdf",
        "utils.py",
        "marks.csv",
        ".hidden",
    )
    work = understood(folder)
    assert work.layout is Layout.PLAIN
    assert sorted(work.attempts) == ["ada", "bob", "cyd", "dan", "eve"]
    assert set(skipped(work)) == {"utils.py", "marks.csv", ".hidden"}


def test_two_files_of_one_name_are_two_attempts_the_later_one_last(tmp_path):
    folder = tree(tmp_path / "class", "ada.py", "ada.ipynb", "bob.py")
    os.utime(folder / "ada.ipynb", (1, 1))
    assert [work.path.name for work in understood(folder).attempts["ada"]] == ["ada.ipynb", "ada.py"]


def test_a_single_folder_is_the_classs_only_where_a_teacher_says_so(tmp_path):
    plain = tree(tmp_path / "a", "week8/ada.py", "week8/bob.py")
    with pytest.raises(UsageProblem, match=r"(?s)'week8'.*one student's.*--layout plain"):
        understood(plain)
    assert list(understood(plain, layout=Layout.PLAIN).attempts) == ["week8"]
    assert list(understood(plain / "week8").attempts) == ["ada", "bob"]
    assert list(understood(tree(tmp_path / "b", "ada/week8.py", "ada/notes.txt", "ada/utils.py")).attempts) == [
        "ada"
    ]
    canvas = tree(tmp_path / "c", "download/ada_1_2_week8.py")
    with pytest.raises(UsageProblem, match=r"(?s)plain.*canvas: 1 of 1.*--layout canvas"):
        understood(canvas)
    assert list(understood(canvas, layout=Layout.CANVAS).attempts) == ["ada-1"]


# --- what a single student can name or hand in decides nothing for the others


def plain_class(folder: Path, *names: str) -> Path:
    return tree(folder, "ada.py", "bob.py", "cyd/week8.py", *names)


METADATA_OF_ONE = """
submission_1:
  :submitters: [{":name": Ada, ":sid": ada}]
bob.py:
  :submitters: [{":name": Ada, ":sid": ada}]
"""


@pytest.mark.parametrize(
    "names",
    [
        ["mallory/submission_metadata.yml", "mallory/submission_1/x.py"],
        ["submission_metadata.yml", "submission_1/x.py"],
        ["submission_metadata.yml"],
        ["mallory/.git/HEAD", "mallory/week8.py"],
        ["week8-mallory/.git/HEAD"],
        ["submitted/week8/x.py"],
        ["submitted/ada/week8/x.py", "submitted/ada/week8/timestamp.txt"],
        ["mallory/week8/timestamp.txt"],
        ["x_1_2_week8.py"],
        ["Ada_5_assignsubmission_file/week8.py"],
        ["Ada_5_assignsubmission_file_1_2_week8.py"],
        ["mallory/assignment.toml", "mallory/gradebook.csv", "mallory/nbgrader_config.py", "mallory/x.py"],
        ["gradebook.db"],
        ["source/week8/x.py"],
    ],
)
def test_one_student_can_not_make_another_layout_of_a_plain_class(tmp_path, names):
    folder = plain_class(tmp_path / "week8-submissions", *names)
    for file in folder.rglob("submission_metadata.yml"):
        file.write_text(METADATA_OF_ONE)
    work = understood(folder)
    assert work.layout is Layout.PLAIN
    assert {"ada", "bob", "cyd"} <= set(work.attempts)
    assert only(work, "bob").path.name == "bob.py"
    for name in {each.partition("/")[0] for each in names} - {"submission_metadata.yml"}:
        assert Path(name).stem in {Path(key).stem for key in work.attempts}


@pytest.mark.parametrize(
    ("names", "layouts"),
    [
        (["ada.py", "x_1_2_week8.py"], "canvas or --layout plain"),
        (["ada.py", "Ada_5_assignsubmission_file/week8.py"], "moodle or --layout plain"),
        (["ada.py", "week8-x/.git/HEAD"], "github-classroom or --layout plain"),
        (["ada.py", "submitted/x/week8/x.py"], "nbgrader or --layout plain"),
        (["ada.py", "submission_metadata.yml", "submission_1/x.py"], "gradescope or --layout plain"),
        (["ada.py", "mallory/x/timestamp.txt"], "nbgrader or --layout plain"),
        (["A_5_assignsubmission_file_1_2_x.py", "B_6_assignsubmission_file_1_2_x.py"], "moodle or --layout canvas"),
    ],
)
def test_what_may_be_two_layouts_is_refused_and_a_teacher_settles_it(tmp_path, names, layouts):
    folder = tree(tmp_path / "week8-submissions", *names)
    for file in folder.rglob("submission_metadata.yml"):
        file.write_text(METADATA_OF_ONE)
    with pytest.raises(UsageProblem, match=f"(?s)can't be told.*--layout {layouts}"):
        understood(folder)
    for name in layouts.split(" or --layout "):
        assert understood(folder, layout=Layout.named(name)).layout.value == name


@pytest.mark.parametrize(
    "inside",
    [
        ["submission_metadata.yml", "submission_1/x.py"],
        ["ada.py", "bob.py"],
        ["a_1_2_x.py"],
        ["Ada_5_assignsubmission_file/x.py"],
        ["submitted/ada/week8/x.py"],
        ["ada/week8/timestamp.txt"],
    ],
)
def test_the_only_student_of_a_class_is_nobody_else(tmp_path, inside):
    folder = tree(tmp_path / "late", *(f"eve/{name}" for name in inside))
    for file in folder.rglob("submission_metadata.yml"):
        file.write_text(METADATA_OF_ONE)
    with pytest.raises(UsageProblem, match=r"(?s)'eve'.*one student's.*For one student.*--layout plain"):
        understood(folder)
    work = understood(folder, layout=Layout.PLAIN)
    assert list(work.attempts) == ["eve"]


def test_a_folder_of_one_students_own_assignment_stops_nobody_in_nbgrader(tmp_path):
    names = [f"submitted/{name}/week8/x.ipynb" for name in ("ada", "bob", "cyd")]
    work = understood(tree(tmp_path / "course", *names, "submitted/ada/mine/x.py", "submitted/eve/evil/x.py"))
    assert sorted(work.attempts) == ["ada", "bob", "cyd"]
    assert "nothing of week8" in skipped(work)["eve"]
    assert skipped(work)["mine"] == "another assignment"


def test_a_students_folder_that_can_not_be_opened_stops_nobody(tmp_path, monkeypatch):
    names = [f"{name}/week8/{file}" for name in ("ada", "bob", "eve") for file in ("x.py", "timestamp.txt")]
    folder = tree(tmp_path / "class", *names)
    there = os.scandir

    def scandir(path):
        if Path(path).name == "eve":
            raise PermissionError(13, "Permission denied", str(path))
        return there(path)

    monkeypatch.setattr(os, "scandir", scandir)
    work = understood(folder)
    assert (work.layout, sorted(work.attempts)) == (Layout.NBGRADER, ["ada", "bob", "eve"])


def test_a_student_called_submitted_is_one_of_nbgraders_students(tmp_path):
    names = [f"{name}/week8/{file}" for name in ("ada", "bob", "submitted") for file in ("x.py", "timestamp.txt")]
    folder = tree(tmp_path / "class", *names)
    for layout in (None, Layout.NBGRADER):
        work = understood(folder, layout=layout)
        assert (work.layout, sorted(work.attempts)) == (Layout.NBGRADER, ["ada", "bob", "submitted"])
    inside = tree(tmp_path / "submitted", *(name for name in names if not name.endswith(".txt")))
    assert sorted(understood(inside).attempts) == ["ada", "bob", "submitted"]
    unclear = tree(tmp_path / "c", "ada/week8/x.py", "submitted/eve/week8/x.py")
    with pytest.raises(UsageProblem, match=r"(?s)may be the folder of all students.*Give .*submitted"):
        understood(unclear, layout=Layout.NBGRADER)


def test_names_of_any_bytes_can_be_stored(tmp_path):
    for name in (b"m\xfcller.py", b"m\xe4ller.py", b"a\x1b[31mb\nc.py"):
        (tmp_path / os.fsdecode(name)).write_text("x = 1\n")
    work = understood(tmp_path)
    assert len(work.attempts) == 3
    told = [*work.attempts, *(repr(works[-1].people) for works in work.attempts.values())]
    assert all(text.encode("utf-8").decode().isprintable() for text in told)


def test_who_is_spelt_as_file_systems_compare_keeps_the_key_whoever_comes_into_the_class(tmp_path):
    folder = tree(tmp_path / "class", "ada.py")
    assert list(understood(folder).attempts) == ["ada"]
    tree(folder, "Ada.py")
    keys = list(understood(folder).attempts)
    assert "ada" in keys
    assert len(keys) == 2


def test_a_name_like_a_key_that_we_make_takes_nobodys_place(tmp_path):
    folder = tree(tmp_path / "class", "ada.py", "Ada.py")
    (made,) = (key for key in understood(folder).attempts if key != "ada")
    tree(folder, f"{made}.py", f"{made.upper()}.py")
    assert len(understood(folder).attempts) == 4


def test_links_are_not_followed_and_listed(tmp_path):
    folder = tree(tmp_path / "class", "ada.py")
    (tmp_path / "secret.py").write_text("x = 1")
    (folder / "bob.py").symlink_to(tmp_path / "secret.py")
    (folder / "cyd").symlink_to("/etc")
    os.mkfifo(folder / "dan.py")
    work = understood(folder)
    assert list(work.attempts) == ["ada"]
    assert set(skipped(work)) == {"bob.py", "cyd", "dan.py"}


def test_students_who_differ_only_in_case_keep_reports_of_their_own(tmp_path):
    folder = tree(tmp_path / "class", "ada.py", "Ada.py", "ﬁnn.py", "finn.py")
    work = understood(folder)
    assert len(work.attempts) == 4
    assert len({file_stem(key).casefold() for key in work.attempts}) == 4


def test_a_forced_layout_has_to_fit(tmp_path):
    folder = tree(tmp_path / "class", "ada_1_2_week8.py")
    assert list(understood(folder, layout=Layout.PLAIN).attempts) == ["ada_1_2_week8"]
    with pytest.raises(UsageProblem, match="not laid out as moodle"):
        understood(folder, layout=Layout.MOODLE)
    with pytest.raises(UsageProblem, match="one of: canvas, moodle"):
        Layout.named("sakai")


@pytest.mark.parametrize("kind", ["nowhere", "empty", "only junk"])
def test_where_nobody_handed_in_anything(tmp_path, kind):
    folder = tmp_path / "class"
    if kind == "empty":
        folder.mkdir()
    elif kind == "only junk":
        tree(folder, ".DS_Store", "__MACOSX/x.py", "marks.csv")
    with pytest.raises(UsageProblem):
        understood(folder)


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40)
of_any_bytes = st.binary(min_size=1, max_size=40).map(os.fsdecode)
like_a_system = st.builds(
    "{}_{}_{}_{}".format,
    st.sampled_from(["ada", "LATE", "Ada Byron", "anon", ""]),
    st.sampled_from(["4511", "LATE", "x", "assignsubmission"]),
    st.sampled_from(["777", "assignsubmission", "text.html", "file"]),
    st.sampled_from(["week8.py", "file_a.py", "onlinetext", "a_1_2.ipynb"]),
)


def is_a_name(name: str) -> bool:
    return not set("/\0") & set(name) and name not in (".", "..") and len(os.fsencode(name)) < 200


@rounds(150)
@given(st.sets((names | of_any_bytes | like_a_system).filter(is_a_name), min_size=1, max_size=6))
def test_whatever_files_are_called_each_is_somebodys_or_listed(tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("class")
    for name in files:
        (folder / name).write_text("x = 1\n")
    there = {path.name for path in folder.iterdir()}
    try:
        work = understood(folder)
    except UsageProblem:
        return  # nobody's work at all
    taken = [attempt.path.name for works in work.attempts.values() for attempt in works]
    junk = {name for name in there if is_junk(name)}
    assert set(taken) | set(skipped(work)) | junk == there
    assert len(taken) == len(set(taken))
    stems = [file_stem(key).casefold() for key in work.attempts]
    assert len(stems) == len(set(stems))
    repr(work.attempts.keys()).encode("utf-8")
    assert all(each.value.encode("utf-8") for works in work.attempts.values() for each in works[-1].people[0].ids)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("สมชาย วงศ์สวัสดิ์", "สมชาย-วงศ์สวัสดิ์"),  # Thai, Hindi and Bengali write vowels as marks
        ("हिन्दी मीरा", "हिन्दी-मीरा"),
        ("বাংলা", "বাংলা"),
        ("İpek", "i̇pek"),
        ("ΐος", "ΐοσ"),
        ("נִקּוּד", "נִקּוּד"),
        ("Zoë 😀 Ng", "zoë-ng"),
        ("CON", "con"),
    ],
)
def test_a_key_keeps_the_marks_of_every_script(tmp_path, name, key):
    work = understood(tree(tmp_path / "class", f"{name}_60001_assignsubmission_file/week8.py"))
    assert list(work.attempts) == [unicodedata.normalize("NFC", f"{key}-60001")]


def test_nbgraders_exchange_has_attempts_and_their_times(tmp_path):
    names = [
        "ada+week8+2026-11-20 22:41:05.123 UTC/week8.ipynb",
        "ada+week8+2026-11-20 22:55:05.123 UTC+xYz/week8.ipynb",
        "ada+week7+2026-11-13 22:55:05.123 UTC/week7.ipynb",
        "bo+week8+2026-11-20 20:41:05.123 PST/week8.ipynb",
        "cy+week8+2026-11-20 20:41:05.123 UTC/week8.ipynb",
        "notes.txt",
    ]
    work = understood(tree(tmp_path / "inbound", *names))
    assert work.layout is Layout.NBGRADER_EXCHANGE
    assert [each.submitted_at for each in work.attempts["ada"]] == [
        datetime(2026, 11, 20, 22, minute, 5, 123_000, tzinfo=UTC) for minute in (41, 55)
    ]
    assert "PST may be" in only(work, "bo").time_problem
    assert skipped(work)["ada+week7+2026-11-13 22:55:05.123 UTC"] == "another assignment"
    tree(tmp_path / "inbound", "bo+week7+2026-11-13 22:55:05.123 UTC/week7.ipynb")
    with pytest.raises(UsageProblem, match="2 assignments"):
        understood(tmp_path / "inbound")
    assert len(understood(tmp_path / "inbound", assignment_name="week7").attempts) == 2


def test_a_page_about_a_plain_folder_is_nobodys_work(tmp_path):
    work = understood(tree(tmp_path / "class", "ada.py", "README.md", "index.html", "License", "readme.py"))
    assert list(work.attempts) == ["ada", "readme"]
    assert set(skipped(work).values()) == {"about the folder, and nobody's work"}
