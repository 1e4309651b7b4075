"""The columns of Moodle's grading worksheet, by what they are for: by titles in any language, else by content.

Moodle writes them in one order: who it is, the status, then the grade, the maximum right of it, whether the grade
can be changed, and after the times the feedback. What is found by content stands at its place in that order too.
What can't be found is not guessed: a maximum that is not known would make another grade of the points.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from grader.errors import UsageProblem
from grader.exports.external_csv import Row, Sheet
from grader.exports.scaling import number
from grader.intake import NO, TITLES, YES, MoodleRole, normal
from grader.report.model import printable

IDENTIFIER = re.compile(r"\D*(?P<id>\d+)")  # "Participant 50123"; the word is the site's language
_BLANK = ("", "-")
_MOST_SHOWN = 5  # words of a column, in a message


@dataclass(frozen=True, kw_only=True)
class MoodleColumnNames:
    """What a teacher says of a worksheet's columns; None is found by itself."""

    grade: str | None = None
    maximum: str | None = None
    lock: str | None = None
    feedback: str | None = None
    group: str | None = None
    unlocked: str | None = None  # the word of the lock's column that says that a grade can be changed
    best_grade: float | None = None  # where the worksheet does not tell the maximum
    without_locks: bool = False  # it does not tell which grades are locked, and all may be written


@dataclass(frozen=True, kw_only=True)
class MoodleColumns:
    """Where in the worksheet each thing is; None where it has no such column."""

    grade: int
    maximum: int | None
    lock: int | None
    feedback: int | None
    full_name: int | None
    number: int | None
    login: int | None
    email: int | None
    group: int | None
    may_have_groups: bool  # a column before the grade may be one of groups, and then numbers are those of groups
    names: MoodleColumnNames

    def maximum_of(self, row: Row) -> float | None:
        """The best grade; None where the row does not tell it."""
        if self.maximum is None:
            return self.names.best_grade
        return number(row.text(self.maximum)) or None

    def can_be_changed(self, row: Row) -> bool | None:
        """Whether the row's grade is not locked; None where the row does not tell it."""
        if self.lock is None:
            return True if self.names.without_locks else None
        word = normal(row.text(self.lock))
        if self.names.unlocked is not None:
            return word == normal(self.names.unlocked) if word else None
        return True if word in YES else False if word in NO else None


def moodle_columns(worksheet: Sheet, names: MoodleColumnNames) -> MoodleColumns:
    """Raises UsageProblem where it is no worksheet, or the grade, its maximum or its lock is not to be found."""
    return _Finder(worksheet, names).columns()


class _Finder:
    def __init__(self, worksheet: Sheet, names: MoodleColumnNames) -> None:
        self._sheet = worksheet
        self._names = names
        self._people = [row for row in worksheet.rows if not row.is_blank]
        self._titles = [normal(cell.text) for cell in worksheet.header.cells]

    def columns(self) -> MoodleColumns:
        if not self._people:
            raise self._no_worksheet("there is no row below its titles")
        if not all(IDENTIFIER.fullmatch(row.text(0)) for row in self._people):
            raise self._no_worksheet("its first column is not one of participants with a number each")
        maximum = self._maximum()
        grade = self._grade(maximum)
        self._refuse_words(grade)
        self._check_grades(grade)
        if maximum is None and self._names.best_grade is None:
            raise UsageProblem(
                f"The worksheet does not tell the assignment's maximum grade. Its columns: {self._headers()}",
                expected="a column of maximum grades right of the grades, in a language that is known or with the "
                "same number in every row",
                advice="Name it with --maximum-column HEADER; or say it with --max NUMBER, as the assignment's "
                "settings have it. An assignment that is graded in words can't be filled in.",
            )
        self._check_best_grade(maximum)
        before = {
            role: self._first(role, 1, grade)
            for role in (MoodleRole.FULL_NAME, MoodleRole.NUMBER, MoodleRole.LOGIN, MoodleRole.EMAIL)
        }
        group = self._named(self._names.group, "--group-column")
        group = self._first(MoodleRole.GROUP, 1, grade) if group is None else group
        email = before[MoodleRole.EMAIL]
        email = self._only(1, grade, self._has_addresses) if email is None else email
        lock, feedback = self._lock(grade), self._feedback(grade)
        self._check_different(grade, maximum, lock, feedback, group)
        return MoodleColumns(
            grade=grade,
            maximum=maximum,
            lock=lock,
            feedback=feedback,
            full_name=before[MoodleRole.FULL_NAME],
            number=before[MoodleRole.NUMBER],
            login=before[MoodleRole.LOGIN],
            email=email,
            group=group,
            may_have_groups=group is None and self._unknown(1, grade, email) > 1,
            names=self._names,
        )

    def _maximum(self) -> int | None:
        named = self._named(self._names.maximum, "--maximum-column")
        if named is not None:
            return named
        titled = [index for index in self._with_title(MoodleRole.MAXIMUM) if self._has_one_number(index)]
        if len(titled) == 1:
            return titled[0]
        named = self._named(self._names.grade, "--grade-column")
        grades = self._with_title(MoodleRole.GRADE) if named is None else [named]
        where = [grade + 1 for grade in grades] or range(2, len(self._titles))
        found = titled or [index for index in where if self._is_maximum(index)]
        return found[0] if len(found) == 1 else None

    def _grade(self, maximum: int | None) -> int:
        named = self._named(self._names.grade, "--grade-column")
        if named is not None:
            return named
        titled = self._with_title(MoodleRole.GRADE)
        left = maximum - 1 if maximum is not None else None
        if left in titled or len(titled) == 1:
            grade = left if left in titled else titled[0]
        elif left is not None and not titled and self._is_maximum(left + 1):
            grade = left
        else:
            raise self._no_worksheet("no column of it is known to have the grades")
        assert grade is not None
        # Moodle takes no English worksheet without this column; in other languages it is called otherwise.
        if self._titles[0] == "identifier" and not self._with_title(MoodleRole.GRADED_AT):
            raise self._no_worksheet('it has no column "Last modified (grade)"')
        return grade

    def _check_grades(self, grade: int) -> None:
        other = [text for text in self._texts(grade) if text not in _BLANK and number(text) is None]
        if other:
            said = printable(other[0])
            raise self._no_worksheet(f"the column {self._header(grade)} says {said!r}, which is no grade")

    def _check_different(self, *columns: int | None) -> None:
        """What a column is named for must not be another's: its cells would be written over."""
        known = [column for column in columns if column is not None]
        twice = [column for column in dict.fromkeys(known) if known.count(column) > 1]
        if twice:
            raise self._no_worksheet(f"the column {self._header(twice[0])} can't be for two things")

    def _check_best_grade(self, maximum: int | None) -> None:
        said = self._names.best_grade
        if said is None or maximum is None:
            return
        others = [text for text in self._texts(maximum) if number(text) != said]
        if others:
            raise UsageProblem(
                f"--max says {said:g}, and the worksheet's column {self._header(maximum)} says "
                f"{printable(others[0])!r}",
                expected="one maximum grade",
                advice="Leave --max out where the worksheet tells it, or name another --maximum-column.",
            )

    def _lock(self, grade: int) -> int | None:
        lock = self._named(self._names.lock, "--lock-column")
        after = range(grade + 1, len(self._titles))
        if lock is None:
            titled = [index for index in self._with_title(MoodleRole.LOCK) if index in after]
            by_content = self._only(grade + 1, min(grade + 5, len(self._titles)), self._has_locks)
            lock = titled[0] if len(titled) == 1 else by_content
        if lock is None:
            if self._names.without_locks:
                return None
            raise UsageProblem(
                f"The worksheet does not tell which grades are locked in Moodle. Its columns: {self._headers()}",
                expected='a column such as "Grade can be changed" right of the maximum grades, with yes or no in a '
                "language that is known",
                advice="Name it with --lock-column HEADER, and with --unlocked WORD what it says of a grade that "
                "can be changed. Where the worksheet has no such column and none is locked, say --without-locks.",
            )
        words = list(dict.fromkeys(text for row in self._people if (text := row.text(lock))))
        known = {normal(self._names.unlocked)} if self._names.unlocked is not None else YES | NO
        if not any(normal(word) in known for word in words):
            shown = ", ".join(repr(printable(word)) for word in words[:_MOST_SHOWN]) or "nothing"
            raise UsageProblem(
                f"Which grades are locked can't be read: the column {self._header(lock)} says {shown}",
                expected='"Yes" or "No", in a language that is known'
                if self._names.unlocked is None
                else f"{self._names.unlocked!r} in some rows, as --unlocked says",
                advice="Say with --unlocked WORD what stands there for a grade that can be changed; or name "
                "another column with --lock-column.",
            )
        return lock

    def _feedback(self, grade: int) -> int | None:
        named = self._named(self._names.feedback, "--feedback-column")
        if named is not None:
            return named
        titled = [index for index in self._with_title(MoodleRole.FEEDBACK) if index > grade]
        return titled[-1] if titled else None

    def _refuse_words(self, grade: int) -> None:
        if any(index == grade + 1 for index in self._with_title(MoodleRole.SCALE)):
            raise UsageProblem(
                f"This assignment is graded in words (its worksheet has a column {self._header(grade + 1)})",
                expected="an assignment with grade type Point",
                advice="Change the assignment's grade type in Moodle and download the worksheet again.",
            )

    def _named(self, name: str | None, option: str) -> int | None:
        if name is None:
            return None
        found = [index for index, title in enumerate(self._titles) if title == normal(name)]
        if len(found) > 1 and option == "--grade-column":  # a field of the user's profile may have the same name
            found = [index for index in found if self._is_maximum(index + 1)] or found
        if len(found) != 1:
            raise UsageProblem(
                f"The worksheet has {len(found) or 'no'} column{'s' * (len(found) > 1)} {printable(name)!r}, "
                f"which {option} names. Its columns: {self._headers()}",
                expected="the title of one column",
                advice=f"Correct {option}.",
            )
        return found[0]

    def _with_title(self, role: MoodleRole) -> list[int]:
        return [index for index, title in enumerate(self._titles) if title in TITLES[role]]

    def _first(self, role: MoodleRole, start: int, stop: int) -> int | None:
        return next((index for index in self._with_title(role) if start <= index < stop), None)

    def _only(self, start: int, stop: int, has: Callable[[int], bool]) -> int | None:
        found = [index for index in range(start, stop) if has(index)]
        return found[0] if len(found) == 1 else None

    def _unknown(self, start: int, stop: int, email: int | None) -> int:
        """How many columns have a title that is not known; one of them is the status in any case."""
        known = frozenset[str]().union(*TITLES.values())
        return sum(self._titles[index] not in known for index in range(start, stop) if index != email)

    def _texts(self, index: int) -> list[str]:
        return [row.text(index) for row in self._people]

    def _has_one_number(self, index: int) -> bool:
        return any(number(text) for text in self._texts(index))

    def _is_maximum(self, index: int) -> bool:
        """Whether it is the same number in each row, and what is left of it may be a grade."""
        if index >= len(self._titles):
            return False
        values = {number(text) for text in self._texts(index)}
        best = values.pop() if len(values) == 1 else None
        if not best:
            return False
        grades = [text for text in self._texts(index - 1) if text not in _BLANK]
        return all((grade := number(text)) is not None and grade <= best for text in grades)

    def _has_addresses(self, index: int) -> bool:
        texts = [text for text in self._texts(index) if text]
        return bool(texts) and all(text.count("@") == 1 and not re.search(r"\s", text) for text in texts)

    def _has_locks(self, index: int) -> bool:
        return all(normal(text) in YES | NO for text in self._texts(index))

    def _header(self, index: int) -> str:
        return repr(printable(self._sheet.header.text(index)))

    def _headers(self) -> str:
        return ", ".join(printable(cell.text.strip()) for cell in self._sheet.header.cells)

    def _no_worksheet(self, why: str) -> UsageProblem:
        return UsageProblem(
            f"This is not a grading worksheet of Moodle: {why}. Its columns: {self._headers()}",
            expected='"Identifier" with participants\' numbers first, and then at least "Grade", its maximum and '
            '"Last modified (grade)", in the site\'s language',
            advice="In Moodle: the assignment, Submissions, Download grading worksheet. Where it is one in a "
            "language that is not known, name its columns with --grade-column and --maximum-column.",
        )
