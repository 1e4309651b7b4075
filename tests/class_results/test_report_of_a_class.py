"""What a student sees of lateness, of the attempt and of work that can't be graded: on the terminal and the page."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from grader.report.model import LateReport, Report
from grader.views.html import to_html, write_html
from grader.views.outline import attempt_text, late_text, moment_text
from grader.views.terminal import show, standing
from tests.support.class_reports import check, exercise, person, report, unreadable
from tests.support.pages import HOSTILE, TAGS, Parsed, texts, with_every_text

LATE = LateReport(
    due="2026-11-20T23:59:00+00:00", seconds_late=7200.0, percent=10.0, message="2 hours late: 10% taken off."
)
WORK = exercise("alpha", check("one", "values", 8.0), check("two", "values", 2.0, passed=False))


def second_attempt(**more) -> Report:
    ada = report("ada", WORK, people=(person("Byron, Ada"),), submitted_at="2026-11-21T01:59:00+01:00", **more)
    assert ada.handed_in is not None
    return replace(ada, handed_in=replace(ada.handed_in, attempt=2, attempts=3))


def on_terminal(one: Report) -> str:
    text = io.StringIO()
    console = Console(width=100, file=text, highlight=False, markup=False, emoji=False)
    show(one, console)
    return text.getvalue()


def in_page(one: Report) -> str:
    return texts(to_html(one).partition("</style>")[2])


VIEWS = pytest.mark.parametrize("view", [on_terminal, in_page])


@VIEWS
def test_lateness_has_its_own_line_with_the_raw_score_the_deduction_and_why(view):
    text = view(second_attempt(late=LATE))
    assert "2 hours late: 10% taken off. 8 of 10 reached, 1 taken off." in text
    assert "7 of 10" in text


@VIEWS
def test_work_in_time_says_nothing_of_lateness(view):
    assert "Late" not in view(second_attempt())


@VIEWS
def test_late_work_that_loses_nothing_says_only_why(view):
    text = view(second_attempt(late=replace(LATE, percent=0.0, message="Late; a person has to decide.")))
    assert "Late; a person has to decide." in text
    assert "0 taken off" not in text
    assert "reached" not in text


@VIEWS
def test_the_attempt_and_its_time_are_shown(view):
    text = view(second_attempt())
    assert "Byron, Ada" in text
    assert "attempt 2 of 3, handed in 2026-11-21 01:59 UTC+01:00" in text


@VIEWS
def test_a_report_of_one_attempt_without_a_time_shows_neither(view):
    text = view(report("ada", WORK))
    assert "attempt" not in text
    assert "handed in" not in text


@VIEWS
def test_unreadable_work_is_explained_and_has_no_score(view):
    text = view(unreadable("paul"))
    for words in ("week8.py is not Python: it is a PDF.", "a .py file", "Hand in the file itself."):
        assert words in text, words
    for words in ("0 of 0", "Score 0", "0%", "1970", "0 / 0"):
        assert words not in text, words


@VIEWS
def test_unreadable_work_that_came_late_says_so_without_numbers(view):
    text = view(unreadable("paul", late=LATE))
    assert LATE.message in text
    assert "reached" not in text


def test_the_page_of_unreadable_work_says_so_in_its_title():
    page = to_html(unreadable("paul"))
    assert "<title>No score · " in page
    assert 'class="bar"' not in page


def test_the_standing_after_marking_says_what_lateness_cost():
    assert standing(second_attempt(late=LATE)).splitlines() == [
        "Score 7 of 10  (70%)",
        "Late: 2 hours late: 10% taken off. 8 of 10 reached, 1 taken off.",
    ]
    assert standing(unreadable("paul")) == "No score: there is nothing to grade"


@pytest.mark.parametrize("one", [second_attempt(late=LATE), unreadable("paul", late=LATE)])
def test_hostile_text_in_the_new_parts_is_only_text(one):
    parsed = Parsed(to_html(with_every_text(one, HOSTILE)))
    assert parsed.tags <= TAGS
    assert parsed.comments == []
    braces = texts(to_html(with_every_text(one, "{{7*7}}<b>")))
    assert "{{7*7}}<b>2 hours late" in braces
    assert "49" not in braces


@pytest.mark.parametrize(
    ("iso", "text"),
    [
        ("2026-11-20T21:00:30+00:00", "2026-11-20 21:00 UTC"),
        ("2026-11-20T21:00:00-05:00", "2026-11-20 21:00 UTC-05:00"),
        ("2026-11-20T21:00:00", "2026-11-20 21:00"),
        ("yesterday", "yesterday"),
    ],
)
def test_a_time_is_shown_with_its_own_offset(iso, text):
    assert moment_text(iso) == text


def test_the_words_alone():
    assert late_text(second_attempt()) == ""
    handed_in = second_attempt().handed_in
    assert handed_in is not None
    assert attempt_text(replace(handed_in, submitted_at=None)) == "attempt 2 of 3"
    assert attempt_text(replace(handed_in, attempts=1)) == "handed in 2026-11-21 01:59 UTC+01:00"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "one", [second_attempt(late=LATE), unreadable("paul", late=LATE)], ids=["late", "unreadable"]
)
def test_the_pages_are_accessible(visit, tmp_path, scheme, one):
    from axe_playwright_python.sync_playwright import Axe

    write_html(one, tmp_path / "page.html")
    page = visit(tmp_path / "page.html", color_scheme=scheme, bypass_csp=True).page
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
