"""Similar answers side by side, as one HTML page for the teacher: no script, and nothing to fetch.

Everything in it that a student wrote is escaped, by the same environment as the report's page.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment

from grader.output_file import write_whole
from grader.report.model import without_controls
from grader.similarity.answer_pool import USUAL_PROGRAMS, USUAL_SHARE, USUAL_STUDENTS
from grader.similarity.findings import Group, Side, SimilarityFindings
from grader.similarity.fingerprints import RUN
from grader.views import indent_of, page_environment
from grader.wording import listed

MAX_LINES = 400  # of one answer
MAX_COLUMNS = 300
MAX_NAMES = 5  # in a heading; the group's list has all


@dataclass(frozen=True, kw_only=True)
class SideLine:
    """One line of an answer. ``origin`` is where it stands, told once at the first line from there."""

    origin: str
    number: int
    text: str
    indent: int
    marked: bool


def to_page(findings: SimilarityFindings) -> str:
    """The page. The same findings always give the same text."""
    return _environment().get_template("similar.html.jinja").render(findings=findings)


def write_page(findings: SimilarityFindings, path: Path) -> None:
    """Store the page; the file is there whole or not at all. Raises ReportUnwritable."""
    write_whole(to_page(findings), path, option="--out")


def in_short(findings: SimilarityFindings) -> tuple[str, ...]:
    """A line for each exercise, and how many programs were not compared. No student's text is in it."""
    lines = [
        f"{exercise.title}: {_count(exercise.answers, 'answer')}, "
        f"{_count(len(exercise.groups) + exercise.not_shown, 'group')} of similar ones "
        f"(from {exercise.baseline.percent:.0f}% of the unusual code on)"
        for exercise in findings.exercises
    ]
    if findings.left_out:
        lines.append(f"Not compared: {_count(len(findings.left_out), 'program')}; the page says why.")
    return tuple(lines)


def side_lines(side: Side) -> tuple[SideLine, ...]:
    """An answer's lines as the page shows them."""
    shown: list[SideLine] = []
    origin = ""
    for index, line in enumerate(side.lines[:MAX_LINES]):
        text = without_controls(line.text)
        shown.append(
            SideLine(
                origin="" if line.origin == origin else line.origin,
                number=line.number,
                text=text if len(text) <= MAX_COLUMNS else text[:MAX_COLUMNS] + "…",
                indent=indent_of(text),
                marked=index in side.marked,
            )
        )
        origin = line.origin
    return tuple(shown)


def heading(group: Group) -> str:
    """ "Ada and Grace", or "Ada, Grace, Emmy and 4 more"."""
    names = list(group.who)
    if len(names) > MAX_NAMES:
        names[MAX_NAMES - 1 :] = [f"{len(names) - MAX_NAMES + 1} more"]
    return listed(names)


def _percent(value: float) -> str:
    """Whole percents, rounded down: 100% is said of nothing less."""
    return f"{int(value)}%"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@cache
def _environment() -> Environment:
    environment = page_environment("similarity")
    environment.filters.update(count=_count, heading=heading, lines=side_lines, percent=_percent)
    environment.globals.update(
        run=RUN,
        max_lines=MAX_LINES,
        usual_share=f"{100 * USUAL_SHARE:g}%",
        usual_students=USUAL_STUDENTS,
        usual_programs=USUAL_PROGRAMS,
    )
    return environment
