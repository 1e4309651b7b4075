"""What the columns of a roster are for, by what we, Canvas, Moodle (in its languages), Gradescope, Brightspace,
Blackboard and GitHub Classroom call them.

Moodle's own titles are in ``moodle_titles``; those of first and last names are here, for its list of participants
has them. Some words are a first name in one language and a last name, or a whole name, in another ("Nome", "Nom"):
what stands beside them decides.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.intake.moodle_titles import TITLES, MoodleRole
from grader.report.people import IdKind


def plain_title(cell: str) -> str:
    """A title in lower case without signs."""
    text = unicodedata.normalize("NFC", cell).casefold()
    return " ".join("".join(sign if sign.isalnum() else " " for sign in text).split())


def _titles(text: str) -> frozenset[str]:
    return frozenset(plain_title(word) for line in text.split("\n") for word in line.split(" | ") if word.strip())


_OURS: Mapping[str, IdKind] = {
    "canvas user": IdKind.CANVAS_USER,
    "canvas id": IdKind.CANVAS_USER,
    "moodle participant": IdKind.MOODLE_PARTICIPANT,
    "participant": IdKind.MOODLE_PARTICIPANT,
    "student number": IdKind.STUDENT_NUMBER,
    "student id": IdKind.STUDENT_NUMBER,
    "sid": IdKind.STUDENT_NUMBER,
    "sis id": IdKind.STUDENT_NUMBER,
    "uin": IdKind.STUDENT_NUMBER,  # PrairieLearn's, whose "UID" is an address
    "sis user id": IdKind.STUDENT_NUMBER,
    "id number": IdKind.STUDENT_NUMBER,
    "orgdefinedid": IdKind.STUDENT_NUMBER,
    "org defined id": IdKind.STUDENT_NUMBER,
    "matriculation number": IdKind.STUDENT_NUMBER,
    "matrikelnummer": IdKind.STUDENT_NUMBER,
    "roster identifier": IdKind.STUDENT_NUMBER,
    "login": IdKind.LOGIN,
    "login id": IdKind.LOGIN,
    "sis login id": IdKind.LOGIN,
    "username": IdKind.LOGIN,
    "user name": IdKind.LOGIN,
    "email": IdKind.EMAIL,
    "e mail": IdKind.EMAIL,
    "email address": IdKind.EMAIL,
    "mail": IdKind.EMAIL,
    "uid": IdKind.EMAIL,
    "github": IdKind.GITHUB,
    "github username": IdKind.GITHUB,
    "lti user": IdKind.LTI_USER,
    "lti user id": IdKind.LTI_USER,
}
_OF_MOODLE = {
    MoodleRole.NUMBER: IdKind.STUDENT_NUMBER,
    MoodleRole.LOGIN: IdKind.LOGIN,
    MoodleRole.EMAIL: IdKind.EMAIL,
}
ID_TITLES: Mapping[str, IdKind] = {
    plain_title(title): kind for role, kind in _OF_MOODLE.items() for title in TITLES[role]
} | dict(_OURS)
_WHOLE = _titles("name | student | student name | full name | fullname") | _titles(
    " | ".join(sorted(TITLES[MoodleRole.FULL_NAME]))
)
_FIRST = _titles(
    """
    first name | firstname | first names | given name | given names | forename | preferred first name
    Vorname | Prénom | Prénoms | Nombre(s) | Nombres | Voornaam | Imię | Imiona | Förnamn | Fornavn | Etunimi
    Křestní jméno | Keresztnév | Prenume | Adı | Имя | Ім'я | Ім’я | Όνομα | 名 | 이름 | الاسم الأول | Nama depan
    Vardas
    """
)
_LAST = _titles(
    """
    last name | lastname | surname | family name
    Nachname | Familienname | Nom de famille | Apellido(s) | Apellidos | Apellido | Cognome | Achternaam | Apelido
    Apelidos | Sobrenome | Último nome | Nazwisko | Efternamn | Efternavn | Etternavn | Sukunimi | Příjmení
    Priezvisko
    Vezetéknév | Nume de familie | Cognoms | Deitura | Soyadı | Фамилия | Прізвище | Επώνυμο | 姓 | 姓氏 | 성
    اسم العائلة | الاسم الأخير | Nama akhir | Nama belakang | Pavardė
    """
)
# A part of a name beside the other part, and else the whole.
_PART = _titles("name | Nome | Nom | Nombre | Nume | Izena | Jméno | Meno | Naam | Tên")
_KEY, _SUBMITTED, ID, _IDENTIFIER, STUDENT = "key", "submitted at", "id", "identifier", "student"
_ROLE = ("role", "roles", "enrollment role", "enrolment role", "base role")
_CANVAS_SIGNS = frozenset({STUDENT, "section", "sis user id", "sis login id"})
_KNOWN = frozenset(ID_TITLES) | _WHOLE | _FIRST | _LAST | _PART | {_KEY, ID, _IDENTIFIER}
_SHOWN = (
    "name, first name and last name, email, student number, login, canvas user, moodle participant, github, key; "
    "or the titles of Canvas, Moodle in most languages, Brightspace, Blackboard and GitHub Classroom"
)


@dataclass(frozen=True, kw_only=True)
class RosterColumns:
    """Where a roster has what; places in a row."""

    ids: tuple[tuple[int, IdKind], ...]
    whole: int | None
    first: int | None
    last: int | None
    identifier: int | None  # Moodle's "Participant 50123", or GitHub Classroom's own
    key: int | None
    submitted: int | None
    role: int | None
    status: int | None  # in Canvas' own lists: who has left the course is still there
    number_of_canvas: int | None  # "SIS User ID", which Canvas' Test Student has not
    is_canvas: bool
    is_github: bool
    is_brightspace: bool  # writes # before ids, so that no spreadsheet program takes them for numbers


def known_titles(header: Sequence[str]) -> int:
    """How many of the cells are titles of columns."""
    return sum(plain_title(cell) in _KNOWN for cell in header)


def known_in_words() -> str:
    """The titles to use, for a message."""
    return _SHOWN


def roster_columns(header: Sequence[str]) -> RosterColumns:
    """What the columns under this header are for. Of two with the same title the first counts."""
    titles = [plain_title(cell) for cell in header]
    place = {title: index for index, title in reversed(list(enumerate(titles)))}
    is_canvas = ID in place and any(title in _CANVAS_SIGNS for title in titles)
    ids = [(place[title], ID_TITLES[title]) for title in dict.fromkeys(titles) if title in ID_TITLES]
    if is_canvas:
        ids.append((place[ID], IdKind.CANVAS_USER))
    elif ID in place and all(kind is not IdKind.LOGIN for _, kind in ids):
        ids.append((place[ID], IdKind.LOGIN))
    first, last = _one_of(place, _FIRST), _one_of(place, _LAST)
    part = _one_of(place, _PART)
    if part is not None and (first is None) != (last is None):
        first, last = (part, last) if first is None else (first, part)
    whole = None if first is not None and last is not None else _one_of(place, _WHOLE | _PART)
    identifier = place.get(_IDENTIFIER)
    if identifier is None and _is_worksheet(header):
        identifier = 0
    return RosterColumns(
        ids=tuple(ids),
        whole=whole,
        first=first,
        last=last,
        identifier=identifier,
        key=place.get(_KEY),
        submitted=place.get(_SUBMITTED),
        role=next((place[title] for title in _ROLE if title in place), None),
        status=place.get("status"),
        number_of_canvas=place.get("sis user id"),
        is_canvas=is_canvas,
        is_github="github username" in place,
        is_brightspace="orgdefinedid" in place or "org defined id" in place,
    )


def _one_of(place: Mapping[str, int], titles: frozenset[str]) -> int | None:
    return min((place[title] for title in titles if title in place), default=None)


def _is_worksheet(header: Sequence[str]) -> bool:
    """Moodle's grading worksheet, in any of its languages, has its participants' numbers first."""
    signs = frozenset(map(plain_title, TITLES[MoodleRole.LOCK] | TITLES[MoodleRole.GRADED_AT]))
    return any(plain_title(cell) in signs for cell in header[1:])
