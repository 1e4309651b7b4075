"""Gradescope's ``results.json`` of one submission.

No test in it is hidden from the student: where one is, Gradescope shows no total either. The hidden cases of an
exercise are one test that tells only whether all of them are right. All texts have the format "text".
"""

import json
from typing import Any

from grader.exports.feedback_text import ResultLine, feedback, one_line, remarks, result_lines, score_text
from grader.report.model import Report


def gradescope_results(report: Report) -> str:
    """The file's text. A submission that could not be graded has no score, not even a zero."""
    results: dict[str, Any] = {
        "output": "\n".join((f"{score_text(report)}.", *remarks(report))),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "execution_time": round(report.run.seconds, 3),
        "extra_data": {"assignment": report.assignment.id, "submission_sha256": report.submission.sha256},
    }
    if report.is_graded:
        # Overrides the sum of the tests, which knows nothing of lateness.
        results["score"] = round(report.score.points, 2)
        results["tests"] = [_test(line) for line in result_lines(report)]
    else:
        problem = feedback(report)[0]
        results["output"] = "\n".join((problem.heading, *problem.lines))
        results["tests"] = [
            {
                "name": problem.heading,
                "status": "failed",
                "output": "\n".join(problem.lines),
                "visibility": "visible",
            }
        ]
    return json.dumps(results, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _test(line: ResultLine) -> dict[str, Any]:
    test: dict[str, Any] = {
        "number": line.number,
        "name": one_line(f"{line.exercise}: {line.title}"),
        "status": "passed" if line.passed else "failed",
        "visibility": "visible",
    }
    if line.max_points > 0:
        test |= {"score": round(line.points, 2), "max_score": round(line.max_points, 2)}
    text = line.text if line.ran or line.text else "Not run: something before it went wrong."
    return test | ({"output": text} if text else {})
