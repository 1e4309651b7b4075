"""Marks in the files of Canvas and Moodle, read again by the rules of their importers: only who is meant changes."""

import csv
import io
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UsageProblem
from grader.exports.canvas import canvas_gradebook
from grader.exports.external_csv import parse_sheet, read_sheet
from grader.exports.marks import ClassMarks, entries, read_marks
from grader.exports.moodle_feedback import write_feedback
from grader.exports.moodle_worksheet import fill_moodle_worksheet
from grader.exports.result import Absence, ExportResult, told
from grader.report.people import IdKind
from tests.support.class_reports import (
    check,
    exercise,
    not_graded,
    nothing,
    person,
    report,
    reports_folder,
    small_class,
)

GRADEBOOK = """\
Student,ID,SIS User ID,SIS Login ID,Section,Week 7 (111),Week 8 (98765),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,10,20,(read only)
"Byron, Ada",4511,A001,ada,CS-DL-01,3,,1
"Hopper, Grace",4512,A002,grace,CS-DL-01,,EX,2
"=cmd|'/c calc'!A1",4513,A003,mallory,"CS ""DL"", 1",,3.5,2
"Erdős, Paul",4514,A004,paul,CS-DL-01,,4,2
"Noether, Emmy",4515,A005,emmy,CS-DL-01,,,2
"Zuse, Zoe",4516,A006,zoe,CS-DL-01,5,N/A,2
"Turing, Alan",4599,A099,alan,CS-DL-01,1,2,2
"""
WORKSHEET = """\
Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,Last modified (submission),Last modified (grade),Feedback comments
Participant 50123,Ada Byron,ada@example.edu,Submitted for grading,,100.00,Yes,"Friday, 20 November 2026, 9:00 PM",-,
Participant 50124,Grace Hopper,grace@example.edu,Submitted for grading - Graded,55.00,100.00,Yes,-,"Friday, 20 November 2026, 9:30 PM",<p>By hand</p>
Participant 50125,"=cmd|'/c calc'!A1",mallory@example.edu,Submitted for grading,,100.00,Yes,-,-,
Participant 50126,Paul Erdős,paul@example.edu,Submitted for grading,12.00,100.00,Yes,-,-,
Participant 50127,Emmy Noether,emmy@example.edu,No submission,,100.00,Yes,-,-,
Participant 50199,Alan Turing,alan@example.edu,No submission,3.00,100.00,Yes,-,-,
"""


@pytest.fixture
def marks(tmp_path) -> ClassMarks:
    return read_marks(small_class(tmp_path / "class").path)


class CanvasImport:
    """What Canvas takes from a gradebook's CSV, by the rules of its importer."""

    def __init__(self, data: bytes, *, students: dict[int, str], assignments: dict[int, str]) -> None:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=self._delimiter(data)))
        header = rows[0]
        assert len(header) > 3 and "Student" in header[0] and "ID" in header[1], "Invalid header row"
        student_columns = 3
        if re.search("SIS Login ID", header[2]):
            student_columns += 1
        elif re.search("SIS User ID", header[2]) and re.search("SIS Login ID", header[3]):
            student_columns += 2 + bool(re.search("Integration ID", header[4]))
            if re.search("Root Account", header[student_columns - 1]):
                student_columns += 1
        assert "Section" in header[student_columns - 1], "Invalid header row"
        self.new_assignments: list[str] = []
        self.new_students: list[str] = []
        self.points_possible: dict[int, str] = {}
        self.grades: dict[int, dict[int, str]] = {}
        columns: dict[int, int] = {}
        for index, title in enumerate(header[student_columns:], start=student_columns):
            if re.search("(Current|Final) (Score|Points|Grade)|Override", title):
                continue
            found = re.search(r" \((\d+)\)$", title)
            if found and int(found[1]) in assignments:
                columns[int(found[1])] = index
            else:
                self.new_assignments.append(title)
        for row in rows[1:]:
            if not row or re.fullmatch("[;, ]+", ",".join(row)):
                continue
            if "Points Possible" in row[0]:
                self.points_possible = {key: row[index] for key, index in columns.items()}
            elif all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell, re.I) for cell in row):
                continue
            elif row[1].isdigit() and int(row[1]) in students:
                self.grades[int(row[1])] = {key: row[index].strip() for key, index in columns.items()}
            else:
                self.new_students.append(row[0])

    @staticmethod
    def _delimiter(data: bytes) -> str:
        lines = data.decode("utf-8-sig").splitlines()[:3]
        counts = {}
        for delimiter in ";,":
            sizes = {len(next(csv.reader([line], delimiter=delimiter))) for line in lines}
            counts[delimiter] = sizes.pop() if len(sizes) == 1 else 0
        return ";" if counts[";"] > counts[","] else ","

    def changes(self, stored: dict[int, str], assignment: int) -> dict[int, str]:
        """Whose score an import would change, and to what. A blank over a score is a change."""
        changes = {}
        for student, grades in self.grades.items():
            new, old = grades[assignment], stored.get(student, "")
            blank = {"", "-"}
            if new == old or (new in blank and old in blank):
                continue
            try:
                same = round(float(new), 2) == round(float(old), 2)
            except ValueError:
                same = new.upper() == old.upper()
            if not same:
                changes[student] = new
        return changes


STUDENTS = dict.fromkeys((4511, 4512, 4513, 4514, 4515, 4516, 4599), "")
ASSIGNMENTS = {111: "Week 7", 98765: "Week 8"}
STORED = {4512: "EX", 4513: "3.5", 4514: "4", 4515: "9", 4516: "", 4599: "2"}  # Emmy's came after the export


def test_canvas_changes_only_the_marks_of_those_who_have_one(marks):
    exported = canvas_gradebook(marks, parse_sheet(GRADEBOOK.encode()), column="Week 8 (98765)")
    read = CanvasImport(exported.content, students=STUDENTS, assignments=ASSIGNMENTS)
    assert read.new_assignments == [] and read.new_students == []
    assert read.points_possible == {98765: "20"}
    assert read.changes(STORED, 98765) == {4511: "20", 4513: "0"}
    assert 111 not in read.grades[4511]  # the other columns are not there to be changed


def test_canvas_keeps_every_byte_of_the_kept_cells(marks):
    exported = canvas_gradebook(marks, parse_sheet(GRADEBOOK.encode()))  # found by the assignment's title
    assert exported.content.decode() == (
        "Student,ID,SIS User ID,SIS Login ID,Section,Week 8 (98765)\n"
        ",,,,,\n"
        "    Points Possible,,,,,20\n"
        '"Byron, Ada",4511,A001,ada,CS-DL-01,20\n'
        '"Hopper, Grace",4512,A002,grace,CS-DL-01,EX\n'
        '"=cmd|\'/c calc\'!A1",4513,A003,mallory,"CS ""DL"", 1",0\n'
        '"Erdős, Paul",4514,A004,paul,CS-DL-01,4\n'
        '"Turing, Alan",4599,A099,alan,CS-DL-01,2\n'
    )


def test_canvas_names_everybody_who_gets_nothing(marks):
    gradebook = GRADEBOOK.replace('"Byron, Ada",4511,A001,ada,', '"Byron, Ada",4500,A000,countess,')
    exported = canvas_gradebook(marks, parse_sheet(gradebook.encode()), column="98765")
    assert {each.who for each in exported.without_mark} == {
        "Noether, Emmy (emmy)",
        "Erdős, Paul (paul)",
        "Zuse, Zoe (zoe)",
    }
    assert [each.who for each in exported.without_row] == ["Byron, Ada (ada)"]
    assert [each.who for each in exported.without_report] == ["Byron, Ada", "Turing, Alan"]
    text = "\n".join(told(exported))
    for words in (
        "Byron, Ada",
        "Turing, Alan",
        "Hopper, Grace is excused",
        "had 3.5 and gets 0",
        "10 in the reports are 20",
    ):
        assert words in text


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_canvas_files_with_semicolons_and_bom_come_back_as_they_were(marks, ending, bom):
    gradebook = GRADEBOOK.replace(",", ";").replace("\n", ending).replace(";20;(", ";20,00;(")
    data = (bom + gradebook).encode()
    content = canvas_gradebook(marks, parse_sheet(data), column="Week 8 (98765)").content
    assert content.startswith(f"{bom}Student;ID;SIS User ID;SIS Login ID;Section;Week 8 (98765){ending}".encode())
    assert f'"Byron; Ada";4511;A001;ada;CS-DL-01;20{ending}'.encode() in content
    assert CanvasImport(content, students=STUDENTS, assignments=ASSIGNMENTS).grades[4511] == {98765: "20"}


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        (("Student,ID", "Name,Number"), None, "not a gradebook"),
        (("Week 8 (98765)", "Quiz (98765)"), None, "Week 7 (111); Quiz (98765)"),
        (("Week 8 (98765)", "Week 8"), "Week 8", "No columns"),
        (("Week 8 (98765)", "Week 8 (98765)"), "Week 9 (1)", "No columns"),
        (("Week 7 (111)", "Week 8 (111)"), "Week 8", "2 columns"),
        ((",10,20,", ",10,(read only),"), "98765", "would not take"),
        (("Byron, Ada", "Byron, Ada"), "Final Score", "No columns"),
    ],
)
def test_a_column_that_canvas_would_not_take_is_refused(marks, change, column, words):
    with pytest.raises(UsageProblem, match=re.escape(words)):
        canvas_gradebook(marks, parse_sheet(GRADEBOOK.replace(*change).encode()), column=column)


def test_another_courses_gradebook_is_refused(marks):
    gradebook = "Student,ID,Section,Week 8 (98765)\nSomebody,1,x,3\n"
    with pytest.raises(UsageProblem, match="No mark found its student"):
        canvas_gradebook(marks, parse_sheet(gradebook.encode()))


def test_somebody_to_whom_canvas_does_not_give_the_assignment_has_no_row(marks):
    gradebook = b"Student,ID,Section,Week 8 (98765)\nAda,4511,x,N/A\nGrace,4512,x,\n"
    exported = canvas_gradebook(marks, parse_sheet(gradebook))
    assert b"Ada" not in exported.content
    assert any("not given to them" in note for note in exported.notes)


def test_a_maximum_beyond_all_numbers_is_none(marks):
    gradebook = b"Student,ID,Section,Week 8 (98765)\nPoints Possible,,," + b"9" * 400 + b"\nAda,4511,x,3\n"
    exported = canvas_gradebook(marks, parse_sheet(gradebook))
    assert exported.content.endswith(b"Ada,4511,x,10\n")


def test_a_table_too_large_to_be_one_is_refused_before_it_is_read(tmp_path):
    with open(tmp_path / "gradebook.csv", "wb") as file:
        file.truncate(65 << 20)
    with pytest.raises(UsageProblem, match="larger than 64 MiB"):
        read_sheet(tmp_path / "gradebook.csv")


def test_points_stay_where_canvas_says_no_maximum(marks):
    exported = canvas_gradebook(marks, parse_sheet(b"Student,ID,Section,Week 8 (98765)\nAda,4511,x,3\n"))
    assert exported.content.endswith(b"Ada,4511,x,10\n")


# Who is who


def two_of_a_group(tmp_path: Path) -> ClassMarks:
    people = (person("Ada Byron", canvas_user="1", login="ada"), person("Grace Hopper", canvas_user="2"))
    part = exercise("attention", check("plain", "values", 10.0))
    return read_marks(reports_folder(tmp_path / "group", report("team", part, people=people)).path)


def test_each_of_a_group_gets_the_mark(tmp_path):
    gradebook = b"Student,ID,Section,Week 8 (9)\nAda,1,x,\nGrace,2,x,\n"
    content = canvas_gradebook(two_of_a_group(tmp_path), parse_sheet(gradebook)).content
    assert content == b"Student,ID,Section,Week 8 (9)\nAda,1,x,10\nGrace,2,x,10\n"


def test_a_name_alone_is_no_match_unless_that_is_asked_for(tmp_path):
    gradebook = b'Student,ID,Section,Week 8 (9)\n"Hopper, Grace",2,x,\n"Byron, Ada",,x,\n'
    marks = two_of_a_group(tmp_path)
    exported = canvas_gradebook(marks, parse_sheet(gradebook))
    assert b'"Byron, Ada"' not in exported.content
    assert [each.who for each in exported.without_row] == ["Ada Byron (team)"]
    assert b'"Byron, Ada",,x,10' in canvas_gradebook(marks, parse_sheet(gradebook), by_name=True).content


def test_a_name_is_no_match_where_the_ids_say_otherwise(tmp_path):
    gradebook = b"Student,ID,Section,Week 8 (9)\nGrace Hopper,2,x,\nAda Byron,77,x,\n"
    exported = canvas_gradebook(two_of_a_group(tmp_path), parse_sheet(gradebook), by_name=True)
    assert [(each.who, each.why) for each in exported.without_report] == [
        ("Ada Byron", "a student of this name has other ids")
    ]


def test_a_row_whose_ids_belong_to_two_students_is_left_alone(tmp_path):
    gradebook = b"Student,ID,SIS Login ID,Section,Week 8 (9)\nGrace,2,ada,x,\nAda,1,,x,\n"
    exported = canvas_gradebook(two_of_a_group(tmp_path), parse_sheet(gradebook))
    assert b"Grace" not in exported.content
    assert "belong to" in exported.without_report[0].why


def test_an_id_that_two_reports_claim_gives_nobody_a_mark(tmp_path):
    part = exercise("attention", check("plain", "values", 10.0))
    folder = reports_folder(
        tmp_path / "two",
        report("a", part, people=(person("A", canvas_user="1"),)),
        report("b", part, people=(person("B", canvas_user="1"),)),
        report("c", part, people=(person("C", canvas_user="3"),)),
    )
    gradebook = b"Student,ID,Section,Week 8 (9)\nX,1,x,\nC,3,x,\n"
    exported = canvas_gradebook(read_marks(folder.path), parse_sheet(gradebook))
    assert exported.marks == 1
    assert {each.who for each in exported.without_row} == {"A (a)", "B (b)"}


def test_two_rows_about_one_student_are_refused(tmp_path):
    gradebook = b"Student,ID,Section,Week 8 (9)\nAda,1,x,\nAda,1,y,\n"
    with pytest.raises(UsageProblem, match="Two rows"):
        canvas_gradebook(two_of_a_group(tmp_path), parse_sheet(gradebook))


def test_a_student_who_is_called_as_canvas_calls_its_row_of_points_decides_nothing(marks):
    row = "Points Possible,4512,A002,grace,CS-DL-01,1,1,2\n"
    lines = GRADEBOOK.splitlines(keepends=True)
    for gradebook in ("".join([lines[0], row, *lines[2:4], *lines[5:]]), "".join([lines[0], row, lines[3]])):
        exported = canvas_gradebook(marks, parse_sheet(gradebook.encode()), column="Week 8 (98765)")
        maximum = "20" if "Points Possible,,," in gradebook else "10"
        assert f"ada,CS-DL-01,{maximum}\n" in exported.content.decode()
        assert b"4512" not in exported.content  # Canvas would take it for what the assignment is worth
        assert any("row of points" in note for note in exported.notes)
        assert any("does not tell what" in note for note in exported.notes) is (maximum == "10")


# Moodle


def moodle_import(data: bytes, stored: dict[str, str]) -> tuple[dict[str, float], dict[str, str]]:
    """Whose grade and feedback an import into Moodle would change, by the rules of its importer."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    header = rows[0]
    identifier, grade, _ = (header.index(name) for name in ("Identifier", "Grade", "Last modified (grade)"))
    feedback = header.index("Feedback comments")
    assert feedback > 0
    grades, comments = {}, {}
    for row in rows[1:]:
        student = row[identifier].removeprefix("Participant ")
        if student not in stored:
            continue
        value = row[grade].strip()
        if value and float(value) >= 0 and float(value) <= 100 and value != stored[student]:
            grades[student] = float(value)
        if row[feedback]:
            comments[student] = row[feedback]
    return grades, comments


MOODLE_STORED = {"50123": "", "50124": "55.00", "50125": "", "50126": "12.00", "50127": "", "50199": "3.00"}


class Tags(HTMLParser):
    """Which tags a piece of HTML has, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert attrs == []

    def handle_data(self, data):
        self.text += data


def test_moodle_changes_only_the_grades_of_those_who_have_one(marks):
    exported = fill_moodle_worksheet(marks, parse_sheet(WORKSHEET.encode()))
    grades, comments = moodle_import(exported.content, MOODLE_STORED)
    assert grades == {"50123": 100.0, "50124": 70.0, "50125": 0.0}
    assert comments["50124"] == "<p>By hand</p>"
    assert set(comments) == {"50123", "50124", "50125"}
    seen = Tags()
    seen.feed(comments["50125"])
    assert seen.tags <= {"p", "strong", "br"}
    assert "<script>alert(1)</script>" in seen.text
    assert any("by hand" in note for note in exported.notes)
    assert [each.who for each in exported.without_report] == ["Alan Turing"]


def test_moodle_feedback_by_hand_is_replaced_only_when_asked(marks):
    sheet = parse_sheet(WORKSHEET.encode())
    content = fill_moodle_worksheet(marks, sheet, replace_feedback=True).content
    assert "√d_k" in moodle_import(content, MOODLE_STORED)[1]["50124"]
    again = fill_moodle_worksheet(marks, parse_sheet(content))
    assert again.content == content
    older = content.replace("√d_k".encode(), b"something")  # a feedback of ours from another day
    assert fill_moodle_worksheet(marks, parse_sheet(older)).content == content


def cells(data: bytes) -> list[list[bytes]]:
    sheet = parse_sheet(data)
    return [[cell.raw for cell in row.cells] + [row.end] for row in (sheet.header, *sheet.rows)]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_moodle_every_other_cell_stays_byte_for_byte(marks, ending, delimiter, bom):
    rows = [*csv.reader(io.StringIO(WORKSHEET))]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(rows)
    before = (bom + text.getvalue()).encode()
    after = fill_moodle_worksheet(marks, parse_sheet(before)).content
    assert after.startswith(bom.encode() + b'"Identifier"')
    filled = {(row, column) for row in (1, 2, 3) for column in (4, 9)} - {(2, 9)}
    for row, (old, new) in enumerate(zip(cells(before), cells(after), strict=True)):
        changed = {(row, column) for column, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]}
        assert changed == {cell for cell in filled if cell[0] == row}
        assert all(cell.startswith(b'"') for cell in new[:-1])


def test_moodle_grades_have_the_decimal_sign_of_the_file(marks):
    worksheet = WORKSHEET.replace("100.00", '"15,00"').replace("55.00", '"5,50"')
    content = fill_moodle_worksheet(marks, parse_sheet(worksheet.encode())).content.decode()
    assert ',"10,5","15,00",' in content


def test_moodle_locked_grades_stay(marks):
    worksheet = WORKSHEET.replace(",100.00,Yes,", ",100.00,No,", 1)
    exported = fill_moodle_worksheet(marks, parse_sheet(worksheet.encode()))
    assert "50123" not in moodle_import(exported.content, MOODLE_STORED)[0]
    assert any("locked" in note for note in exported.notes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("Maximum grade", "Scale"), "graded in words"),
        (("Last modified (grade)", "x"), "not a grading worksheet"),
        (("Participant 50199", "Somebody"), "not a grading worksheet"),
        (("Participant 50199", "Participant 50123"), "Two rows"),
    ],
)
def test_what_moodle_would_not_take_is_refused(marks, change, words):
    with pytest.raises(UsageProblem, match=words):
        fill_moodle_worksheet(marks, parse_sheet(WORKSHEET.replace(*change).encode()))


def test_a_groups_number_is_not_taken_for_a_participants(tmp_path):
    """The folder of a group in a download has the group's number where a student's has the participant's."""
    part = exercise("attention", check("plain", "values", 10.0))
    group = report("team", part, people=(person("Team One", moodle_participant="12"),))
    marks = read_marks(reports_folder(tmp_path / "g", group).path)
    worksheet = (
        b"Identifier,Full name,Group,Grade,Maximum grade,Grade can be changed,Last modified (grade)\n"
        b"Participant 12,Somebody Else,Team Two,,10,Yes,-\nParticipant 13,Ada,Team One,,10,Yes,-\n"
        b"Participant 14,Grace,Team One,,10,Yes,-\n"
    )
    with pytest.raises(UsageProblem, match="No mark found"):
        fill_moodle_worksheet(marks, parse_sheet(worksheet))
    content = fill_moodle_worksheet(marks, parse_sheet(worksheet), by_name=True).content
    assert [row[3] for row in csv.reader(io.StringIO(content.decode()))] == ["Grade", "", "10", "10"]


def test_moodle_feedback_files_are_found_by_the_importer(tmp_path):
    folder = small_class(tmp_path / "class")
    written, again = io.BytesIO(), io.BytesIO()
    pages, absences = write_feedback(entries(folder.path), written)
    assert pages == 4
    assert {each.who for each in absences} == {"emmy", "zoe"}
    with zipfile.ZipFile(written) as archive:
        assert archive.testzip() is None
        found = {}
        for name in archive.namelist():
            folder_name, file = name.split("/")
            pieces = folder_name.split("_", 4)
            assert len(pieces) >= 4 and pieces[2:4] == ["assignsubmission", "file"]
            assert not name.startswith((".", "~")) and ".." not in name
            assert file == "week8-feedback.html"
            found[pieces[1]] = archive.read(name).decode()
        assert set(found) == {"50123", "50124", "50125", "50126"}
        assert "it is a PDF" in found["50126"]
        assert "0 of 0" not in found["50126"]
        assert "<script>alert" not in found["50125"]
    write_feedback(entries(folder.path), again)
    assert again.getvalue() == written.getvalue()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..", "~root", "a_1_assignsubmission_file", "", "C:\\x", "\x00", "/"]
)
def test_a_name_makes_no_path_in_the_zip(tmp_path, name):
    part = exercise("attention", check("plain", "values", 10.0))
    folder = reports_folder(tmp_path / "n", report("x", part, people=(person(name, moodle_participant="7"),)))
    written = io.BytesIO()
    write_feedback(entries(folder.path), written)
    (path,) = zipfile.ZipFile(written).namelist()
    assert re.fullmatch(r"[^_/\\.~][^_/\\]*_7_assignsubmission_file_/week8-feedback\.html", path)


# Sheets


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r")), min_size=2, max_size=2),
        min_size=1,
    ),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_any_table_comes_back_byte_for_byte(rows, delimiter, ending, everything_quoted):
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=delimiter,
        lineterminator=ending,
        quoting=csv.QUOTE_ALL if everything_quoted else csv.QUOTE_MINIMAL,
    )
    writer.writerow(["first", "second"])
    writer.writerows(rows)
    data = text.getvalue().encode()
    sheet = parse_sheet(data)
    assert sheet.to_bytes(sheet.rows) == data
    assert [[cell.text for cell in row.cells] for row in sheet.rows] == rows


def test_a_cell_that_php_wrote_is_read_as_php_reads_it():
    """PHP leaves the quote behind a backslash undoubled."""
    data = b'Identifier,Online text,Grade\nParticipant 1,"a \\"b, c\\" d",5\n'
    sheet = parse_sheet(data)
    assert [row.text(2) for row in sheet.rows] == ["5"]
    assert sheet.to_bytes(sheet.rows) == data


@pytest.mark.parametrize(
    "data", [b"", b'a,b\n"never closed', b"a,b\n1,2,3\n", "a,b\n1,2\n".encode("utf-16"), b'a,b\n"x"y,2\n']
)
def test_what_is_no_table_is_refused(tmp_path, data):
    file = tmp_path / "x.csv"
    file.write_bytes(data)
    with pytest.raises(UsageProblem, match="not a table"):
        read_sheet(file)


def test_text_in_an_old_encoding_stays(marks):
    data = WORKSHEET.replace("ő", "ö").encode("cp1252")
    content = fill_moodle_worksheet(marks, parse_sheet(data), replace_feedback=True).content
    assert "Paul Erdös".encode("cp1252") in content
    assert b"&#8730;d_k" in content  # a sign that this encoding has no place for


def test_a_class_with_nobody_graded_changes_nothing(tmp_path):
    folder = reports_folder(tmp_path / "none", others=(nothing("a", person("A", canvas_user="1")), not_graded("b")))
    with pytest.raises(UsageProblem, match="No mark found"):
        canvas_gradebook(read_marks(folder.path), parse_sheet(b"Student,ID,Section,W (9)\nA,1,x,5\n"))


def test_one_report_is_a_class_of_one(tmp_path):
    folder = small_class(tmp_path / "class")
    marks = read_marks(folder.report_file("ada"))
    assert [mark.person.id_of(IdKind.CANVAS_USER) for mark in marks.marks] == ["4511"]


def test_no_line_that_is_told_is_a_command_of_a_ci_runner():
    name = "::add-mask::x\n::error::y ##[add-mask]z\r::error::\x1b[31m"
    exported = ExportResult(
        content=b"",
        marks=1,
        without_mark=(Absence(who=name, why=name),),
        without_row=(Absence(who=name, why=name),),
        without_report=(Absence(who=name, why=name),),
        notes=(f"{name} had 3.",),
    )
    for line in told(exported):
        assert len(line.splitlines()) == 1
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
        assert "\x1b" not in line


def test_a_table_of_which_another_delimiter_could_make_another_table_is_refused():
    """A quote in the header would open a cell under a comma, as soon as what is filled in makes room for it."""
    with pytest.raises(ValueError, match="a quote"):
        parse_sheet(b'Identifier\ted","Grade (max\n5 "m\n","x"\n')
    assert parse_sheet(b'"Identifier ""old"""\tGrade\na\t1\n').delimiter == b"\t"
