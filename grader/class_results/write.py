"""A class's results: made from its reports in one pass, and written beside them."""

import hashlib
import os
from collections.abc import Callable
from functools import partial

from grader.class_results.aggregate import Tally, class_summary
from grader.class_results.json_format import summary_json
from grader.class_results.marks_csv import marks_csv
from grader.class_results.model import ClassSummary
from grader.class_results.student_result import StudentResult, result_of, result_without_report
from grader.errors import ReportUnreadable
from grader.output_file import write_whole
from grader.report.model import Report
from grader.report.reports_folder import ReportsFolder

# A page's last line. It tells more surely than the files' times whether a page is of the report beside it: clocks
# are set back, and files come from elsewhere.
MADE_OF = "<!-- Made of the report with the SHA-256 {}. -->\n"

__all__ = ["ClassSummary", "summarise", "write_pages", "write_summary"]


def summarise(folder: ReportsFolder, *, on_report: Callable[[str, Report], None] | None = None) -> ClassSummary:
    """The results of the class in a folder. One report is in memory at a time; of each only small facts are kept.

    ``on_report`` is called with each key and report. A report that can't be read makes a student in that state,
    with the reason. Raises UsageProblem or ReportUnreadable where there is no class list.
    """
    class_list = folder.class_list()
    tally = Tally()
    students: list[StudentResult] = []
    for member in class_list.members:
        try:
            report = folder.report(member.key)
        except ReportUnreadable as error:
            students.append(result_without_report(member, broken=error.happened))
            continue
        if report is None:
            students.append(result_without_report(member))
            continue
        if on_report is not None:
            on_report(member.key, report)
        page = folder.page(member.key).relative_to(folder.path).as_posix()
        students.append(result_of(member, report, page))
        tally.add(report)
    return class_summary(class_list, tuple(students), tally)


def write_summary(folder: ReportsFolder) -> ClassSummary:
    """Write summary.json, marks.csv, index.html and the students' pages that are missing or of another report.

    Raises UsageProblem or ReportUnreadable where there is no class list, ReportUnwritable where there is no room.
    """
    from grader.class_results.page import class_page

    summary = summarise(folder, on_report=partial(_write_page, folder))
    write_whole(summary_json(summary), folder.summary_file, option=None)
    write_whole(marks_csv(summary), folder.marks_file, option=None)
    write_whole(class_page(summary), folder.index_page, option=None)
    return summary


def write_pages(folder: ReportsFolder) -> None:
    """Write the page of each student with a report, where it is missing or was made of another report."""
    summarise(folder, on_report=partial(_write_page, folder))


def _write_page(folder: ReportsFolder, key: str, report: Report) -> None:
    from grader.views import to_html

    page, digest = folder.page(key), hashlib.sha256(folder.report_file(key).read_bytes()).hexdigest()
    made_of = MADE_OF.format(digest).encode()
    try:
        with page.open("rb") as file:
            file.seek(-min(len(made_of), page.stat().st_size), os.SEEK_END)
            if file.read() == made_of:
                return
    except FileNotFoundError:
        pass
    write_whole(to_html(report).encode() + made_of, folder.ready(page), option=None)
