"""PrairieLearn's ``results.json`` of one submission."""

import json

from grader.report import Report


def prairielearn_results(report: Report) -> str:
    """The file's text. A submission that could not be graded is "not gradable", which costs no attempt."""
    if report.problem is not None:
        return json.dumps({"gradable": False, "format_errors": [report.problem.happened]})
    return json.dumps({"gradable": True, "score": report.score.percent / 100})
