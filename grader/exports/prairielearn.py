"""PrairieLearn's ``results.json`` of one submission. It shows names as text, and messages as text with colours."""

import json
from typing import Any

from grader.exports.feedback_text import ResultLine, feedback, one_line, remarks, result_lines, score_text
from grader.report.model import Report

LARGEST = 900_000  # bytes; over 1 MB the whole job fails


def prairielearn_results(report: Report) -> str:
    """The file's text. A submission that could not be graded is "not gradable", which costs no attempt."""
    if not report.is_graded or report.score.max_points <= 0:
        problem = feedback(report)[0]
        errors = [" ".join((problem.heading, *problem.lines))] if problem.lines else []
        return _text(
            {"gradable": False, "format_errors": errors or ["Nothing in this file is graded by a machine."]}
        )
    lines = result_lines(report)
    results = {
        "gradable": True,
        "score": min(1.0, max(0.0, round(report.score.points / report.score.max_points, 6))),
        "message": "\n".join((f"{score_text(report)}.", *remarks(report))),
        "tests": [_test(line) for line in lines],
    }
    text = _text(results)
    if len(text.encode("utf-8")) > LARGEST:
        text = _text(results | {"tests": [_test(line, with_text=False) for line in lines]})
    return text


def _test(line: ResultLine, *, with_text: bool = True) -> dict[str, Any]:
    """Every test has both numbers: PrairieLearn shows points for all of them or for none."""
    test: dict[str, Any] = {
        "name": one_line(f"{line.exercise}: {line.title}"),
        "points": round(line.points, 2),
        "max_points": round(line.max_points, 2),
    }
    text = line.text if line.ran or line.text else "Not run: something before it went wrong."
    return test | ({"message": text} if text and with_text else {})


def _text(results: dict[str, Any]) -> str:
    return json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
