"""Moodle's grading worksheet in whatever language: the right points in the right column, or nothing at all."""

import csv
import io
from pathlib import Path

import pytest

from grader.errors import UsageProblem
from grader.exports.external_csv import parse_sheet
from grader.exports.marks import ClassMarks, read_marks
from grader.exports.moodle_columns import MoodleColumnNames, moodle_columns
from grader.exports.moodle_worksheet import fill_moodle_worksheet
from grader.exports.result import ExportResult
from grader.intake.moodle_titles import NO, TITLES, YES, MoodleRole, normal
from tests.support.class_reports import check, exercise, person, report, reports_folder

# identifier, full name, email, status, grade, maximum, lock, submitted, graded, feedback; a word before the number,
# yes, no. As the language packs have them; the last three are of languages that are not known.
LANGUAGES = {
    "en": (
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
        "Last modified (submission),Last modified (grade),Feedback comments",
        ("Participant ", "Yes", "No"),
    ),
    "es": (
        "Identificador,Nombre completo,Dirección de correo,Estado,Calificación,Calificación máxima,"
        "La calificación puede ser cambiada,Última modificación (entrega),Última modificación (calificación),"
        "Comentarios de retroalimentación",
        ("Participante ", "Sí", "No"),
    ),
    "de": (
        "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,"
        "Zuletzt geändert (Abgabe),Zuletzt geändert (Bewertung),Feedback als Kommentar",
        ("Teilnehmer/in", "Ja", "Nein"),
    ),
    "fr": (
        "Identifiant,Nom complet,Adresse de courriel,Statut,Note,Note maximale,La note peut être modifiée,"
        "Dernière modification (travail remis),Dernière modification (note),Feedback par commentaires",
        ("Participant", "Oui", "Non"),
    ),
    "ja, whose yes and no may be in English": (
        "ID,フルネーム,メールアドレス,ステータス,評点,最大評点,評点変更可,最終更新日時 (提出),最終更新日時 (評定),"
        "フィードバックコメント",
        ("参加者", "Yes", "No"),
    ),
    "ru": (
        "Идентификатор,Полное имя,Адрес электронной почты,Статус,Оценка,Максимальная оценка,"
        "Оценка может быть изменена,Последнее изменение (ответ),Последнее изменение (оценка),"
        "Отзыв в виде комментария",
        ("Участник", "Да", "Нет"),
    ),
    "ar": (
        "المُعرَّف,الاسم كاملا,عنوان البريد الإلكتروني,الحالة,العلامة,أقصى علامة,يمكن تغيير العلامة,"
        "آخر تعديل (التسليم),آخر تعديل (العلامة),تعليقات الإفادة",
        ("المشارك", "نعم", "لا"),
    ),
    "zh_cn": (
        "标识符,全名,电子邮件地址,状态,成绩,最高分,允许更改成绩,上次修改（作业）,上次修改（评分）,反馈意见",
        ("参与人", "是", "否"),
    ),
    "es, half translated": (
        "Identificador,Full name,Dirección de correo,Status,Calificación,Maximum grade,"
        "La calificación puede ser cambiada,Last modified (submission),Última modificación (calificación),"
        "Feedback comments",
        ("Participante ", "Yes", "No"),
    ),
    "hu, by content": (
        "Azonosító,Teljes név,E-mail cím,Állapot,Pontszám,Max. pont,A pont módosítható,Módosítva (beadás),"
        "Módosítva (pont),Visszajelzés",
        ("Résztvevő ", "Igen", "Nem"),
    ),
    "fi, by content": (
        "Tunniste,Koko nimi,Sähköposti,Tila,Arvosana,Suurin,Voi muuttaa,Muokattu (palautus),Muokattu (arvosana),"
        "Palautekommentit",
        ("Osallistuja ", "Kyllä", "Ei"),
    ),
    "none, by content": ("A,B,C,D,E,F,G,H,I,J", ("P", "Tak", "Nie")),
}
PEOPLE = (("ada", "Ada Byron", 20.0), ("grace", "Grace Hopper", 10.0), ("emmy", "Emmy Noether", 15.0))


@pytest.fixture(scope="module")
def marks(tmp_path_factory: pytest.TempPathFactory) -> ClassMarks:
    """Three students, of 20 points each."""
    reports = (
        report(
            key,
            exercise("attention", check("a", "values", points), check("b", "values", 20.0 - points, passed=False)),
            people=(person(name, email=f"{key}@example.edu", moodle_participant=str(number)),),
        )
        for number, (key, name, points) in enumerate(PEOPLE, start=50001)
    )
    return read_marks(reports_folder(tmp_path_factory.mktemp("class") / "reports", *reports).path)


def worksheet(
    language: str = "es", *, maximum: str = "10,00", locked: str = "grace", lock: str | None = None
) -> bytes:
    """``locked`` is the one whose grade is; ``lock`` stands in every row in place of yes and no."""
    header, (word, yes, no) = LANGUAGES[language]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header.split(","))
    for number, (key, name, _) in enumerate(PEOPLE, start=50001):
        can = lock if lock is not None else no if key == locked else yes
        who = (f"{word}{number}", name, f"{key}@example.edu", "x")
        writer.writerow([*who, "3,00" if key == locked else "", maximum, can, "-", "-", ""])
    return text.getvalue().encode()


def filled(marks: ClassMarks, data: bytes, **said: object) -> ExportResult:
    return fill_moodle_worksheet(marks, parse_sheet(data), columns=MoodleColumnNames(**said))  # type: ignore[arg-type]


def grades(exported: ExportResult, column: int = 4) -> list[str]:
    return [row[column] for row in csv.reader(io.StringIO(exported.content.decode()))][1:]


@pytest.mark.parametrize("language", LANGUAGES)
def test_points_are_scaled_and_a_locked_row_stays_in_every_language(marks, language):
    exported = filled(marks, worksheet(language))
    assert grades(exported) == ["10", "3,00", "7,5"]
    assert any("Points are scaled: 20 in the reports are 10" in note for note in exported.notes)
    assert any("Grace Hopper" in note and "locked" in note for note in exported.notes)
    if "by content" in language:
        assert any("--feedback-column" in note for note in exported.notes)
        last = LANGUAGES[language][0].rpartition(",")[2]
        exported = filled(marks, worksheet(language), feedback=last)
    assert ["Score" in text for text in grades(exported, 9)] == [True, False, True]


def test_the_marker_of_an_indonesian_worksheet_is_not_its_grade(marks):
    """Both columns are called "Nilai" there."""
    text = (
        "Tanda pengenal,Nama lengkap,Alamat surel,Status,Nilai,Nilai,Nilai maksimum,Nilai bisa diubah,"
        "Terakhir diubah (nilai)\nPeserta50001,Ada Byron,ada@example.edu,x,,,10,Ya,-\n"
    )
    exported = filled(marks, text.encode())
    assert (grades(exported, 4), grades(exported, 5)) == ([""], ["10"])


def test_a_field_of_the_profile_that_is_called_grade_is_left_alone(marks):
    text = (
        "Identifier,Full name,Grade,Status,Grade,Maximum grade,Grade can be changed,Last modified (grade)\n"
        "Participant 50001,Ada Byron,11,x,,10,Yes,-\n"
    )
    for said in ({}, {"grade": "Grade"}):
        exported = filled(marks, text.encode(), **said)
        assert (grades(exported, 2), grades(exported, 4)) == (["11"], ["10"])


@pytest.mark.parametrize("maximum", ["", "-", "zehn", "0", "1.000,00"])
def test_nothing_is_written_where_the_maximum_is_not_known(marks, maximum):
    for language in ("es", "hu, by content"):
        with pytest.raises(UsageProblem, match="--max"):
            filled(marks, worksheet(language, maximum=maximum))
    told = filled(marks, worksheet(maximum="").replace("Calificación máxima".encode(), b"x"), best_grade=40.0)
    assert grades(told) == ["40", "3,00", "30"]


def test_a_maximum_that_contradicts_the_worksheet_is_refused(marks):
    with pytest.raises(UsageProblem, match=r"--max says 20.*'10,00'"):
        filled(marks, worksheet(), best_grade=20.0)


def test_a_row_that_does_not_tell_its_maximum_or_its_lock_stays_and_is_named(marks):
    data = worksheet(maximum="10.00").decode()
    for old, new, said in (
        ("ada@example.edu,x,,10.00", "ada@example.edu,x,,", "maximum grade can't be read"),
        ("ada@example.edu,x,,10.00,Sí", "ada@example.edu,x,,10.00,", "does not tell whether the grade is locked"),
        ("ada@example.edu,x,,10.00,Sí", "ada@example.edu,x,,10.00,Quizás", "does not tell whether"),
    ):
        exported = filled(marks, data.replace(old, new).encode())
        assert grades(exported) == ["", "3,00", "7.5"]
        assert any("Ada Byron" in note and said in note for note in exported.notes)


@pytest.mark.parametrize("language", ["es", "hu, by content"])
def test_nothing_is_written_where_no_word_of_the_lock_is_known(marks, language):
    data = worksheet(language, lock="Quizás")
    with pytest.raises(UsageProblem, match=r"(?s)--unlocked WORD|--lock-column"):
        filled(marks, data)
    lock = LANGUAGES[language][0].split(",")[6]
    assert grades(filled(marks, data, lock=lock, unlocked="quizás")) == ["10", "5", "7,5"]
    with pytest.raises(UsageProblem, match="--unlocked"):
        filled(marks, data, lock=lock, unlocked="Sí")


def test_every_other_word_than_the_one_that_is_said_to_be_free_is_locked(marks):
    exported = filled(marks, worksheet(locked="ada"), unlocked="Sí")
    assert grades(exported) == ["3,00", "5", "7,5"]


def test_without_a_column_of_locks_somebody_has_to_say_that_there_are_none(marks):
    data = b"Identifier,Grade,Maximum grade,Last modified (grade)\nParticipant 50001,,10,-\n"
    with pytest.raises(UsageProblem, match="--without-locks"):
        filled(marks, data)
    assert grades(filled(marks, data, without_locks=True), 1) == ["10"]
    assert grades(filled(marks, worksheet(), without_locks=True)) == ["10", "3,00", "7,5"]  # the lock is known here


def test_a_class_whose_every_grade_is_locked_is_told_that(marks):
    with pytest.raises(UsageProblem, match=r"(?s)Nothing can be written.*locked in Moodle.*2 more rows"):
        filled(marks, worksheet(lock="No"))


def test_a_name_that_is_no_column_is_refused(marks):
    for option in ("grade", "maximum", "lock", "feedback", "group"):
        with pytest.raises(UsageProblem, match=f"(?s)no column 'Nota'.*--{option}-column.*Calificación"):
            filled(marks, worksheet(), **{option: "Nota"})


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"grade": "Nombre completo"}, "'Ada Byron', which is no grade"),
        ({"grade": "Calificación máxima"}, "can't be for two things"),
        ({"feedback": "Calificación"}, "can't be for two things"),
        ({"lock": "Calificación"}, "--unlocked"),
        ({"maximum": "Calificación"}, "can't be for two things"),
    ],
)
def test_a_column_that_is_named_for_something_else_is_not_written_over(marks, said, why):
    with pytest.raises(UsageProblem, match=why):
        filled(marks, worksheet(), **said)


def test_a_groups_number_in_a_language_that_is_not_known_is_no_participants(tmp_path: Path):
    """The column of groups can't be told there, so a number counts only where the row has the name."""
    group = report(
        "team",
        exercise("attention", check("a", "values", 10.0)),
        people=(person("Csapat 1", moodle_participant="12"),),
    )
    marks = read_marks(reports_folder(tmp_path / "g", group).path)
    data = (
        "Azonosító,Teljes név,Állapot,Csoport,Pontszám,Max. pont,Módosítható,Módosítva\n"
        "Résztvevő 12,Kiss Éva,x,Csapat 2,,10,Igen,-\nRésztvevő 13,Nagy Pál,x,Csapat 1,,10,Igen,-\n"
    ).encode()
    with pytest.raises(UsageProblem, match="No mark found"):
        filled(marks, data)
    sheet = parse_sheet(data)
    exported = fill_moodle_worksheet(marks, sheet, columns=MoodleColumnNames(group="Csoport"), by_name=True)
    assert grades(exported) == ["", "10"]


def test_no_word_is_a_yes_in_one_language_and_a_no_in_another():
    assert not YES & NO
    assert len(YES) > 60 and len(NO) > 60
    roles = [(role, title) for role, titles in TITLES.items() for title in titles]
    shared = {title for role, title in roles for other, same in roles if title == same and role is not other}
    assert shared == {normal("Nilai")}  # told apart by its place
    assert all(TITLES[role] for role in MoodleRole)


def test_two_columns_that_may_be_the_maximum_are_none(marks):
    data = b"Id,N,E,F,G,H,L\nP 50001,Ada Byron,,5,,10,Igen\nP 50002,Grace Hopper,,5,,10,Igen\n"
    with pytest.raises(UsageProblem, match="not a grading worksheet"):
        moodle_columns(parse_sheet(data), MoodleColumnNames())
    assert grades(filled(marks, data, grade="G"), 4) == ["10", "5"]
