"""Gradescope's ``results.json`` of one submission."""

import json

from grader.report import Report


def gradescope_results(report: Report) -> str:
    """The file's text. A submission that could not be graded has no score, not even a zero."""
    if report.problem is not None:
        return json.dumps(
            {"output": f"{report.problem.happened}\n{report.problem.advice}", "output_format": "text"}
        )
    tests = [
        {
            "name": exercise.title,
            "score": exercise.points,
            "max_score": exercise.max_points,
            "output": exercise.message,
            "output_format": "text",
        }
        for exercise in report.exercises
    ]
    return json.dumps({"score": report.score.points, "tests": tests})
