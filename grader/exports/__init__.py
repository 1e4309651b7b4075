"""Marks and feedback in the formats of other systems, a module each."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.exports.canvas import canvas_gradebook
    from grader.exports.external_csv import read_sheet
    from grader.exports.github import annotations, job_summary
    from grader.exports.gradescope import gradescope_results
    from grader.exports.junit import junit_xml
    from grader.exports.lti import lti_scores, read_previous
    from grader.exports.marks import comparable_entries, read_marks, read_one
    from grader.exports.moodle_columns import MoodleColumnNames
    from grader.exports.moodle_feedback import write_feedback
    from grader.exports.moodle_gradebook import MoodleIdentity, fill_moodle_gradebook
    from grader.exports.moodle_worksheet import fill_moodle_worksheet
    from grader.exports.nbgrader import nbgrader_csv
    from grader.exports.plain import plain_csv
    from grader.exports.prairielearn import prairielearn_results
    from grader.exports.result import Absence, ExportResult, told, told_absences
    from grader.exports.safe_csv import neutral
else:
    __getattr__ = lazy(
        __name__,
        {
            "canvas": ("canvas_gradebook",),
            "external_csv": ("read_sheet",),
            "github": ("annotations", "job_summary"),
            "gradescope": ("gradescope_results",),
            "junit": ("junit_xml",),
            "lti": ("lti_scores", "read_previous"),
            "marks": ("comparable_entries", "read_marks", "read_one"),
            "moodle_columns": ("MoodleColumnNames",),
            "moodle_feedback": ("write_feedback",),
            "moodle_gradebook": ("MoodleIdentity", "fill_moodle_gradebook"),
            "moodle_worksheet": ("fill_moodle_worksheet",),
            "nbgrader": ("nbgrader_csv",),
            "plain": ("plain_csv",),
            "prairielearn": ("prairielearn_results",),
            "result": ("Absence", "ExportResult", "told", "told_absences"),
            "safe_csv": ("neutral",),
        },
    )

__all__ = [
    "Absence",
    "ExportResult",
    "MoodleColumnNames",
    "MoodleIdentity",
    "annotations",
    "canvas_gradebook",
    "comparable_entries",
    "fill_moodle_gradebook",
    "fill_moodle_worksheet",
    "gradescope_results",
    "job_summary",
    "junit_xml",
    "lti_scores",
    "nbgrader_csv",
    "neutral",
    "plain_csv",
    "prairielearn_results",
    "read_marks",
    "read_one",
    "read_previous",
    "read_sheet",
    "told",
    "told_absences",
    "write_feedback",
]
