"""GitHub Actions: annotations of a run, and a job summary.

The runner takes any line that begins with "::" for a command, and one with "##[" anywhere; Markdown takes nearly
every sign for markup. A student's text is therefore escaped sign by sign.
"""

import re
from collections.abc import Iterable

from grader.exports.feedback_text import exercise_feedback, feedback, one_line, remarks, score_text
from grader.report.model import ExerciseReport, ExerciseStatus, Report, printable
from grader.views import STATUS_WORDS, points_text, question_label

SHOWN_OF_A_KIND = 10  # GitHub shows no more of a step's errors, nor of its warnings
LARGEST_SUMMARY = 1_000_000  # bytes; GitHub drops a summary of more than 1 MiB
_SIGN = re.compile(r"[^\w ]|_")
_LINE = re.compile(r", line (\d+)")


def annotations(report: Report, *, file: str | None = None) -> str:
    """The run's annotations, a line each. ``file`` is the submission's path in the repository."""
    path = file if file is not None else report.submission.name
    if not report.is_graded:
        problem = feedback(report)[0]
        return _command("error", " ".join(problem.lines), title=problem.heading, file=path)
    lines = [_command("notice", "\n".join((f"{score_text(report)}.", *remarks(report))), title="Score")]
    errors = warnings = 0
    for exercise in report.exercises:
        if exercise.status is ExerciseStatus.PASSED:
            continue
        kind = "warning" if exercise.status is ExerciseStatus.PARTIAL else "error"
        errors, warnings = errors + (kind == "error"), warnings + (kind == "warning")
        if (errors if kind == "error" else warnings) > SHOWN_OF_A_KIND:
            continue
        lines.append(_annotation(kind, exercise, path))
    return "".join(lines)


def job_summary(report: Report) -> str:
    """The summary in Markdown, in which whatever a student wrote is only text."""
    lines = [f"### {_inert(report.assignment.title)}", ""]
    if not report.is_graded:
        problem = feedback(report)[0]
        return "\n".join((*lines, f"**{_inert(problem.heading)}**", "", *_listed(problem.lines))) + "\n"
    lines += [f"**{_inert(score_text(report))}**", "", *_listed(remarks(report))]
    lines += ["| | Exercise | Points | |", "|---|---|---:|---|"]
    for exercise in report.exercises:
        words = STATUS_WORDS[exercise.status]
        lines.append(_table_row(words.mark, exercise.title, exercise.points, exercise.max_points, words.text))
    for question in report.questions:
        words = question_label(question)
        points = 0.0 if question.counts and not question.waits else None
        points = points if question.points is None else question.points
        lines.append(_table_row(words.mark, question.title, points, question.max_points, words.text))
    lines.append("")
    for paragraph in feedback(report)[1:]:
        if paragraph.lines:
            lines += [f"#### {_inert(paragraph.heading)}", "", *_listed(paragraph.lines)]
    return _cut("\n".join(lines) + "\n")


def _annotation(kind: str, exercise: ExerciseReport, path: str) -> str:
    told = exercise_feedback(exercise)
    line = _line_of(exercise, path)
    return _command(kind, "\n".join(told.lines) or exercise.message, title=told.heading, file=path, line=line)


def _line_of(exercise: ExerciseReport, path: str) -> int | None:
    """The line of the file to show it at; a notebook's cells have none."""
    name = path.rpartition("/")[2]
    for diagnosis in exercise.diagnoses:
        found = _LINE.fullmatch((diagnosis.exercise_line or "").removeprefix(name))
        if found is not None:
            return int(found[1])
    return exercise.code.first_line if exercise.code is not None and exercise.code.origin == name else None


def _command(kind: str, message: str, *, title: str, file: str | None = None, line: int | None = None) -> str:
    """One workflow command on one line."""
    properties = [] if file is None else [f"file={_property(file)}"]
    if line is not None:
        properties.append(f"line={line}")
    properties.append(f"title={_property(title)}")
    return f"::{kind} {','.join(properties)}::{_data(printable(message))}\n"


def _data(text: str) -> str:
    """As the runner undoes it; the old kind of command is broken up, should the new one be switched off."""
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.replace("##[", "## [")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")


def _table_row(mark: str, title: str, points: float | None, max_points: float, words: str) -> str:
    reached = "–" if points is None else points_text(points)
    return f"| {mark} | {_inert(title)} | {reached} / {points_text(max_points)} | {words} |"


def _listed(lines: Iterable[str]) -> list[str]:
    return [*(f"- {_inert(line)}" for line in lines), ""]


def _inert(text: str) -> str:
    """A text without one sign that Markdown or HTML would read; line ends are shown as such."""
    lines = printable(text).replace("\t", " ").split("\n")
    return "<br>".join(_SIGN.sub(_entity, line.strip()) for line in lines)


def _entity(found: re.Match[str]) -> str:
    """As a number. Behind the signs of mentions and references comes a space of no width, or GitHub makes links."""
    sign = found[0]
    return f"&#{ord(sign)};" + ("&#8203;" if sign in "@#" else "")


def _cut(text: str) -> str:
    """As much as GitHub takes, in whole lines."""
    if len(text.encode("utf-8")) <= LARGEST_SUMMARY:
        return text
    kept = text.encode("utf-8")[:LARGEST_SUMMARY].decode("utf-8", "ignore")
    return kept[: kept.rindex("\n") + 1] + "\n… and more, which has no room here.\n"
