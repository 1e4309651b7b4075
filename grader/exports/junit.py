"""JUnit XML, as Jenkins, GitLab and their like read it: a suite for each report, a test for each case."""

import re
from collections.abc import Iterable
from datetime import datetime
from xml.etree import ElementTree

from grader.exports.feedback_text import ResultLine, feedback, one_line, result_lines, score_text
from grader.exports.marks import MarkEntry, MarkState, standing
from grader.exports.result import Absence, ExportResult, report_notes
from grader.report.model import ExerciseStatus, Report, printable

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RAISED = frozenset(ExerciseStatus) - {ExerciseStatus.PASSED, ExerciseStatus.PARTIAL, ExerciseStatus.FAILED}


def junit_xml(entries: Iterable[MarkEntry], *, provisional: bool = False) -> ExportResult:
    """The document. What could not be graded is an error in it; who has no report, or waits, has a skipped test."""
    root = ElementTree.Element("testsuites", name="goldgrade")
    graded = 0
    absences: list[Absence] = []
    provisionals: list[str] = []
    waiting = 0
    for entry in entries:
        state, reason = standing(entry, provisional=provisional)
        key, why = one_line(entry.member.key), one_line(reason)
        if why:
            absences.append(Absence(who=key, why=why))
        if state is MarkState.PROVISIONAL:
            provisionals.append(key)
        waiting += state is MarkState.WAITING
        if entry.report is None:
            _absent(root, key, why, test="there is a report")
        elif state is MarkState.WAITING:
            _absent(root, key, why, test="every answer is marked")
        else:
            graded += not why
            _suite(root, key, entry.report)
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ElementTree.indent(root, " ")
    content = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
    return ExportResult(
        content=content,
        marks=graded,
        without_mark=tuple(absences),
        notes=tuple(report_notes(waiting, provisionals)),
    )


def _suite(root: ElementTree.Element, key: str, report: Report) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=_xml(key))
    properties = ElementTree.SubElement(suite, "properties")
    ElementTree.SubElement(properties, "property", name="file", value=_xml(one_line(report.submission.name)))
    if not report.is_graded:
        problem = feedback(report)[0]
        test = _test(suite, report.assignment.id, "the file can be graded")
        error = ElementTree.SubElement(test, "error", type="unreadable", message=_xml(problem.heading))
        error.text = _xml("\n".join(problem.lines))
    else:
        ElementTree.SubElement(properties, "property", name="score", value=score_text(report))
        statuses = {one_line(exercise.title): exercise.status for exercise in report.exercises}
        told = ""  # what to change in an exercise goes to the first of its cases that failed
        for line in result_lines(report):
            if line.max_points <= 0:
                told = line.text
                continue
            _case(suite, report.assignment.id, line, statuses.get(one_line(line.exercise)), told)
            told = told if line.passed else ""
    started = datetime.fromisoformat(report.run.started_at)
    suite.set("timestamp", started.replace(tzinfo=None).isoformat(timespec="seconds"))
    suite.set("time", f"{report.run.seconds:.3f}")
    _count(suite)


def _absent(root: ElementTree.Element, key: str, why: str, *, test: str) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=_xml(key))
    ElementTree.SubElement(_test(suite, "", test), "skipped", message=_xml(why))
    _count(suite)


def _case(
    suite: ElementTree.Element, assignment: str, line: ResultLine, status: ExerciseStatus | None, told: str
) -> None:
    test = _test(suite, f"{assignment}.{one_line(line.exercise)}", f"{line.number} {line.title}")
    if line.passed:
        return
    text = "\n".join(filter(None, (told, line.text)))
    first, _, _ = text.partition("\n")
    if line.waits:
        ElementTree.SubElement(test, "skipped", message=_xml(line.text))
    elif not line.ran and not text:
        ElementTree.SubElement(test, "skipped", message="something before it went wrong")
    else:
        raised = status in _RAISED and not line.ran
        kind = status.value if status is not None else "failed"
        problem = ElementTree.SubElement(test, "error" if raised else "failure", type=kind, message=_xml(first))
        problem.text = _xml(text)


def _test(suite: ElementTree.Element, classname: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=_xml(classname), name=_xml(one_line(name)))


def _count(suite: ElementTree.Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    for name, child in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{child}"))))


def _xml(text: str) -> str:
    """What XML 1.0 has room for; escaping is the library's business."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", printable(text))
