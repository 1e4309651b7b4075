"""Rosters as spreadsheet programs, systems and people in other languages write them."""

from pathlib import Path

import pytest

from grader.errors import UsageProblem
from grader.intake.roster import Roster, read_roster
from grader.report.people import IdKind
from tests.support.downloads import only, tree, understood


def read(tmp_path: Path, content: str | bytes) -> Roster:
    file = tmp_path / "roster.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_roster(file)


def people(found: Roster) -> list[tuple[str, dict[str, str]]]:
    return [
        (entry.person.name, {each.kind.value: each.value for each in entry.person.ids}) for entry in found.entries
    ]


@pytest.mark.parametrize("word", ["-", "–", "N/A", "n/a", "#N/A", "none", "NULL", "?", "...", "0", "k.A."])
def test_a_word_for_nothing_is_no_id(tmp_path, word):
    text = f"name,login,student number,email\nAnn Ox,ann,{word},{word}\nBo Yak,bo,{word},{word}\nCy Emu,cy,77,\n"
    assert people(read(tmp_path, text)) == [
        ("Ann Ox", {"login": "ann"}),
        ("Bo Yak", {"login": "bo"}),
        ("Cy Emu", {"login": "cy", "student_number": "77"}),
    ]


def test_a_login_may_be_such_a_word_but_not_two(tmp_path):
    assert people(read(tmp_path, "name,login\nNa Li,na\nBo Yak,bo\n"))[0] == ("Na Li", {"login": "na"})
    assert people(read(tmp_path, "name,login\nAnn Ox,none\nBo Yak,none\n")) == [("Ann Ox", {}), ("Bo Yak", {})]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_spreadsheet_programs_file_is_read(tmp_path, separator, encoding):
    rows = [["Name", "Login", "E-Mail"], ['"Müller, Marta; PhD"', "m.mueller", "mm@example.org"]]
    text = "".join(separator.join(row) + "\r\n" for row in rows)
    found = read(tmp_path, text.encode(encoding))
    assert people(found) == [("Müller, Marta; PhD", {"login": "m.mueller", "email": "mm@example.org"})]
    if encoding == "cp1252":  # which is a guess
        assert "not in UTF-8" in found.notes[0] and "'Müller'" in found.notes[0]
    else:
        assert not found.notes


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_that_tells_excel_the_separator_is_no_title(tmp_path, first):
    found = read(tmp_path, f"\N{ZERO WIDTH NO-BREAK SPACE}{first}\r\nName;Login\r\nMüller, Marta;m.mueller\r\n")
    assert people(found) == [("Müller, Marta", {"login": "m.mueller"})]
    assert found.entries[0].line == 3


@pytest.mark.parametrize(
    "titles",
    [
        "Vorname,Nachname,ID-Nummer,E-Mail-Adresse,Gruppen",
        "Prénom,Nom de famille,Numéro d’identification,Adresse de courriel,Groupes",
        "Prénom,Nom,Numéro d'identification,Adresse de courriel,Groupes",
        "Nombre,Apellido(s),Número de ID,Dirección de correo,Grupos",
        "Nome,Cognome,Codice identificativo,Indirizzo email,Gruppi",
        "Voornaam,Achternaam,ID nummer,E-mailadres,Groepen",
        "Nome,Apelido,Número de ID,Endereço de email,Grupos",
        "Nome,Sobrenome,Número de identificação,Endereço de email,Grupos",
        "Imię,Nazwisko,Numer Indeksu,E-mail,Grupy",
        "Nom,Cognoms,Número ID,Adreça electrònica,Grups",
        "Förnamn,Efternamn,ID-Nummer,E-postadress,Grupper",
        "Имя,Фамилия,Индивидуальный номер,Адрес электронной почты,Группы",
        "名,姓,学号,电子邮件地址,小组",
    ],
)
def test_moodles_list_of_participants_in_other_languages(tmp_path, titles):
    found = read(tmp_path, f"{titles}\nMarta,Müller,S77,mm@example.org,A\n")
    assert people(found) == [("Marta Müller", {"student_number": "S77", "email": "mm@example.org"})]


def test_moodles_worksheet_in_another_language_is_a_roster(tmp_path):
    titles = "Bezeichner,Vollständiger Name,Status,Bewertung,Bestwertung,Bewertung kann geändert werden"
    found = read(tmp_path, f'{titles}\nTeilnehmer/in 50001,"Marta Müller",-,,"10,00",Ja\n')
    assert people(found) == [("Marta Müller", {"moodle_participant": "50001"})]


def test_brightspaces_and_blackboards_lists(tmp_path):
    text = "OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator\n#007,#ada,Byron,Ada,a@b.org,#\n"
    assert people(read(tmp_path, text)) == [
        ("Ada Byron", {"student_number": "007", "login": "ada", "email": "a@b.org"})
    ]
    text = '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Week 8 [Total Pts: 10] |12"\n"Byron"\t"Ada"\t"ada"\t"7"\t"-"\n'
    assert people(read(tmp_path, text.encode("utf-16"))) == [("Ada Byron", {"login": "ada", "student_number": "7"})]


def test_titles_that_are_not_known_are_named(tmp_path):
    with pytest.raises(UsageProblem, match=r"(?s)Its first line: Foo, Bar\. Known are name, .*email"):
        read(tmp_path, "Foo,Bar\n1,2\n")


def test_a_list_may_say_first_what_it_is_of(tmp_path):
    found = read(tmp_path, "Class list of CS 101;;\n\nName;Login;E-Mail\nAnn Ox;ann;a@b.org\n")
    assert people(found) == [("Ann Ox", {"login": "ann", "email": "a@b.org"})]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04 sheet", "an Excel or LibreOffice workbook"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"\n<!DOCTYPE html><table>", "a web page"),
        (b"name,login\nAnn,\x81\x8d\n", "encoding that can't be told"),
        (b'name,login\n"Ann,ann\nBo,bo\n', "line 2: .*a quote is not closed"),
    ],
)
def test_what_is_no_csv_is_named(tmp_path, content, kind):
    with pytest.raises(UsageProblem, match=kind):
        read(tmp_path, content)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("Łukasz Żak", "cp1250"), ("Müller", "mac-roman"), ("Марина Лось", "cp1251"), ("Ελένη Νίκου", "cp1253")],
)
def test_letters_in_another_encoding_are_not_guessed(tmp_path, name, encoding):
    with pytest.raises(UsageProblem, match="encoding that can't be told, with letters such as"):
        read(tmp_path, f"name,login\n{name},lz\n".encode(encoding))


@pytest.mark.parametrize(
    "name", ["Zoë Þórsdóttir", "O´Neil", "d’Été", "Núñez – Ibáñez", "Ægir ßmall", "Šimůnek".replace("ů", "u")]
)
def test_names_of_western_europe_are_read(tmp_path, name):
    assert people(read(tmp_path, f"name,login\n{name},x\n".encode("cp1252"))) == [(name, {"login": "x"})]


def test_prairielearns_list_and_what_is_no_address(tmp_path):
    text = "UID,UIN,Name,Role\nann@b.org,7,Ann Ox,Student\n"
    assert people(read(tmp_path, text)) == [("Ann Ox", {"email": "ann@b.org", "student_number": "7"})]
    assert people(read(tmp_path, "name,email\nAnn Ox,later\n")) == [("Ann Ox", {})]


def test_a_comma_that_is_not_quoted_moves_no_cell_into_anothers_column(tmp_path):
    with pytest.raises(UsageProblem, match="line 2: there are 4 cells under 3 titles"):
        read(tmp_path, "name,login,email\nMüller, Marta,m.mueller,mm@example.org\n")
    assert len(read(tmp_path, "name,login,email\nMarta,m.mueller,mm@example.org,,\n").entries) == 1


def test_two_lines_of_one_student_are_one(tmp_path):
    text = (
        "name,login,email,student number,section\nMarta Müller,m.mueller,,7,L01\n"
        '"Müller, Marta",M.MUELLER,mm@example.org,7,D03\nAnn Ox,ann,ann@example.org,,L01\n'
    )
    assert people(read(tmp_path, text)) == [
        ("Marta Müller", {"login": "m.mueller", "student_number": "7", "email": "mm@example.org"}),
        ("Ann Ox", {"login": "ann", "email": "ann@example.org"}),
    ]


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("Bo Yak,ann,,", "have the same login, ann, and not the same name: 'Ann Ox' and 'Bo Yak'"),
        ("Ann Ox,ann,,8", "have the same login, ann, and not the same student_number: '7' and '8'"),
        ("Ann Ox,ann,z@b.org,7", "not the same email"),
    ],
)
def test_two_lines_that_contradict_each_other_are_refused(tmp_path, second, said):
    with pytest.raises(UsageProblem, match=f"lines 2 and 3 .*{said}"):
        read(tmp_path, f"name,login,email,student number\nAnn Ox,ann,a@b.org,7\n{second}\n")


def test_a_line_with_the_ids_of_two_students_is_refused(tmp_path):
    with pytest.raises(UsageProblem, match="lines 2 and 3: line 4 has ids of both"):
        read(tmp_path, "login,email\nann,\n,b@b.org\nann,b@b.org\n")


def test_what_programs_put_around_an_id_is_not_of_it(tmp_path):
    text = 'name;student number;email\n\'=Ann;=""""""\nBo;"=""007""";Bo Yak <bo@b.org>\nCy;\xa09\u200b;mailto:cy@b.org\n'
    assert people(read(tmp_path, text)) == [
        ("=Ann", {}),
        ("Bo", {"student_number": "007", "email": "bo@b.org"}),
        ("Cy", {"student_number": "9", "email": "cy@b.org"}),
    ]


def test_numbers_that_a_spreadsheet_program_has_spoilt_are_nobodys(tmp_path):
    found = read(tmp_path, "name,student number\nAnn,1.23457E+11\nBo,1.23457E+11\n")
    assert people(found) == [("Ann", {}), ("Bo", {})]
    assert "spoilt 2 of its numbers, the first in line 2" in found.notes[0]


CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Week 8 (98765)\n,,,,,Manual Posting\n    Points Possible,,,,,20\n"
    '"Ox, Ann",4512,S2,ann,L1,\n'
)


@pytest.mark.parametrize(
    "row",
    [
        '"Student, Test",9001,,5c3fd0e1b8a,L1,\n',
        '"prueba, Estudiante de",9001,,0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33,L1,\n',
        '"prueba, Estudiante de",9001,,5c3fd0e1b8a,L1,\n',
        '"Student, Test",9001,,,L1,\n',
    ],
)
def test_canvas_test_student_is_nobody(tmp_path, row):
    found = read(tmp_path, CANVAS + row)
    assert [name for name, _ in people(found)] == ["Ox, Ann"]
    assert "line 5" in found.notes[0] and "Test Student" in found.notes[0]
    folder = tree(tmp_path / "class", "oxann_4512_1_week8.py", "somebody_9001_2_week8.py")
    work = found.joined(understood(folder)).work
    assert list(work.attempts) == ["oxann-4512"]
    assert [each.reason for each in work.skipped] == ["of Canvas' Test Student"]


def test_somebody_who_is_called_so_is_somebody(tmp_path):
    for row in ('"Student, Test",9001,S9,student,L1,\n', '"Student, Test",9001,,t.student,L1,\n'):
        assert len(read(tmp_path, CANVAS + row).entries) == 2
    assert only(understood(tree(tmp_path / "c", "deadbeef01.py")), "deadbeef01").key == "deadbeef01"
    assert people(read(tmp_path, "name,login\nTest Student,deadbeef01\n")) == [
        ("Test Student", {"login": "deadbeef01"})
    ]


def test_a_students_login_may_look_like_a_digest(tmp_path):
    among = CANVAS + '"Bee, Abe",4513,,abe1234567,L1,\n"Yak, Bo",4514,S3,bo,L1,\n'
    without_numbers = CANVAS.replace("S2", "") + '"Bee, Abe",4513,,abe1234567,L1,\n'
    assert [len(read(tmp_path, text).entries) for text in (among, without_numbers)] == [3, 2]


@pytest.mark.parametrize("role", ["Instructor", "TA", "Non-editing teacher", "staff"])
def test_who_teaches_is_no_student(tmp_path, role):
    found = read(tmp_path, f"Name,SID,Email,Role,Sections\nAnn Ox,7,a@b.org,Student,L1\nDi Roe,8,d@b.org,{role},\n")
    assert [name for name, _ in people(found)] == ["Ann Ox"]
    assert "Di Roe (line 3" in found.notes[0]


def test_who_has_left_the_course_is_no_member(tmp_path):
    found = read(tmp_path, "user_id,login_id,full_name,status\nS1,ann,Ann Ox,active\nS2,bo,Bo Yak,deleted\n")
    assert [name for name, _ in people(found)] == ["Ann Ox"]
    assert "no longer in the course by their status, and left out: Bo Yak (line 3)" in found.notes[0]


@pytest.mark.parametrize("word", ["Class average", "TOTAL", "Durchschnitt"])
def test_a_line_about_the_list_is_nobody(tmp_path, word):
    found = read(tmp_path, f"name,login,points\nAnn Ox,ann,8\n{word},,8\n")
    assert [name for name, _ in people(found)] == ["Ann Ox"]
    assert f"{word} (line 3)" in found.notes[0]


def test_a_student_may_be_called_like_such_a_line(tmp_path):
    assert people(read(tmp_path, "name,login\nAnn Ox,ann\nMedia,media\n"))[1] == ("Media", {"login": "media"})
    assert [name for name, _ in people(read(tmp_path, "name\nAnn Ox\nMedia\n"))] == ["Ann Ox", "Media"]


@pytest.mark.parametrize("between", ["; ", ",", " ", " | "])
def test_each_of_two_addresses_in_a_cell_is_the_students(tmp_path, between):
    found = read(tmp_path, f'name,email\nAnn Ox,"a@b.org{between}ann@home.org"\n')
    assert [each.value for each in found.entries[0].person.ids] == ["a@b.org", "ann@home.org"]


def test_work_of_canvas_test_student_is_nobodys(tmp_path):
    work = understood(tree(tmp_path / "c", "oxann_4512_1_week8.py", "studenttest_9001_2_week8.py"))
    assert (list(work.attempts), [each.path.name for each in work.skipped]) == (
        ["oxann-4512"],
        ["studenttest_9001_2_week8.py"],
    )


def test_ids_of_roster_columns_keep_their_kind(tmp_path):
    found = read(tmp_path, "SIS ID,Login ID,Name,canvas user,GitHub\nS1,ann,Ann,4512,Ann-Ox\n")
    assert {each.kind for each in found.entries[0].person.ids} == {
        IdKind.STUDENT_NUMBER,
        IdKind.LOGIN,
        IdKind.CANVAS_USER,
        IdKind.GITHUB,
    }
