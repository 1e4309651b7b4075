"""The HTML report: as text, and in a real Chromium, which is what a student opens it with."""

import re
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.errors import ReportUnwritable
from grader.judging.checks import Outcome
from grader.report.model import (
    AssignmentInfo,
    CheckReport,
    CodeReport,
    DiagnosisReport,
    EarlierMark,
    ErrorReport,
    ExerciseReport,
    ExerciseStatus,
    LayerReport,
    LayerState,
    NetworkReport,
    PictureReport,
    QuestionReport,
    QuestionStatus,
    Report,
    RunInfo,
    Score,
    SubmissionInfo,
)
from grader.views.html import to_html, write_html
from tests.support.pages import ATTRIBUTES, HOSTILE, TAGS, Parsed, texts, with_every_text


def check(
    name: str, outcome: Outcome, *, visible: bool = True, picture: PictureReport | None = None
) -> CheckReport:
    passed = outcome is Outcome.PASSED
    return CheckReport(
        id=f"{name}/values/weights",
        case=name,
        case_title=f"the case {name}",
        kind="values",
        visible=visible,
        outcome=outcome,
        points=2.0 if passed else 0.0,
        max_points=2.0,
        message="It passed." if passed else f"In {name} 3 of 12 values differ.",
        details={},
        picture=picture,
    )


def exercise(name: str, status: ExerciseStatus, *checks: CheckReport, **more: Any) -> ExerciseReport:
    plain = ExerciseReport(
        id=name,
        title=f"The exercise {name}",
        entry_point=f"student_{name}",
        status=status,
        points=sum(member.points for member in checks),
        max_points=sum(member.max_points for member in checks),
        message=f"What is said of {name}.",
        checks=checks,
        diagnoses=(),
        stdout="",
        error=None,
    )
    return replace(plain, **more)


def layer(label: str, state: LayerState) -> LayerReport:
    return LayerReport(label=label, output_shape="(2, 8, 6, 6)", state=state)


CODE = CodeReport(
    origin="submission.py",
    first_line=39,
    text="def attention(Q, K, V):\n    scores = Q @ K.T\n\n    return softmax(scores) @ V\n",
    marked_lines=(40,),
)
NETWORK = NetworkReport(
    case_title="more channels",
    layers=(
        layer("Conv2d(3→8, 3×3, stride 2)", LayerState.SAME),
        layer("BatchNorm2d(8)", LayerState.MISSING),
        layer("ReLU", LayerState.EXTRA),
        layer("Linear(8→2)", LayerState.AFTER),
    ),
)
QUESTIONS = (
    QuestionReport(
        id="why",
        title="Why attention",
        status=QuestionStatus.NEEDS_REVIEW,
        answer="Because of the keys.",
        points=None,
        max_points=3.0,
        earlier=EarlierMark(points=1.0, comment="Too short at first."),
    ),
    QuestionReport(
        id="how",
        title="How it scales",
        status=QuestionStatus.MARKED,
        answer="With the square.",
        points=2.0,
        max_points=3.0,
        comment="And the memory?",
    ),
    QuestionReport(
        id="when", title="When to use it", status=QuestionStatus.UNANSWERED, answer="", points=None, max_points=3.0
    ),
)
PICTURE = PictureReport(
    title="weights of the first sequence",
    actual=((1.0, 0.0), (0.9, 0.1)),
    expected=((1.0, 0.0), (0.6, 0.4)),
)


def whole_report() -> Report:
    """A report with everything in it that a report can have."""
    exercises = (
        exercise("alpha", ExerciseStatus.PASSED, check("one", Outcome.PASSED), stdout="printed by alpha\n"),
        exercise(
            "beta",
            ExerciseStatus.PARTIAL,
            check("two", Outcome.PASSED),
            check("three", Outcome.FAILED, picture=PICTURE),
            check("four", Outcome.FAILED, visible=False),
            check("five", Outcome.NOT_RUN),
            diagnoses=(
                DiagnosisReport(
                    id="not_scaled",
                    title="The scores are not scaled",
                    message="Divide them.",
                    exercise_line="submission.py, line 39",
                ),
            ),
            stdout="printed by beta\n",
            code=CODE,
            network=NETWORK,
        ),
        exercise(
            "gamma",
            ExerciseStatus.ERROR,
            check("six", Outcome.FAILED),
            error=ErrorReport(
                type="ValueError", message="bad shapes", traceback='File "submission.py", line 92, in forward'
            ),
        ),
        exercise("delta", ExerciseStatus.MISSING, check("seven", Outcome.NOT_RUN)),
        *(exercise(status.value, status, check("any", Outcome.FAILED)) for status in ExerciseStatus),
    )
    return Report(
        assignment=AssignmentInfo(id="week8", title="Week 8", version="1"),
        submission=SubmissionInfo(name="submission.py", student="Sam Taylor", sha256="a" * 64, format="notebook"),
        score=Score(points=10.0, max_points=40.0, raw_points=10.0, late_deduction=0.0),
        exercises=exercises,
        questions=QUESTIONS,
        run=RunInfo(
            started_at="2026-01-05T10:00:00Z", seconds=0.8, backend="docker", image=None, numpy="2.4.6", limits={}
        ),
    )


def test_the_page_says_what_the_report_says():
    text = texts(to_html(whole_report()))
    for words in (
        *("Week 8", "Sam Taylor", "submission.py", "10 of 40 points", "25%"),
        *("The exercise alpha", "partly right", "raised an exception", "not found"),
        *("The scores are not scaled", "Divide them.", "submission.py, line 39"),
        *("scores = Q @ K.T", "weights of the first sequence", "Farthest apart at [1, 0]: yours 0.9, expected 0.6"),
        *("the case three", "weights: In three 3 of 12 values differ.", "the case four", "hidden", "1 of 4 right"),
        *("Conv2d", "3→8, 3×3, stride 2", "(2, 8, 6, 6)", "missing"),
        *("ValueError : bad shapes", 'File "submission.py", line 92, in forward'),
        *("printed by alpha", "printed by beta", "What is said of delta."),
        *(
            "Why attention",
            "waits for a person",
            "Because of the keys.",
            "Before it changed it had 1. Too short at first.",
        ),
        *("How it scales", "marked", "And the memory?", "When to use it", "not answered", "worth 3"),
    ):
        assert words in text, words


def test_the_same_report_gives_the_same_page():
    assert to_html(whole_report()) == to_html(whole_report())


def test_a_report_without_name_code_network_and_picture_is_a_page_too():
    report = whole_report()
    bare = replace(report, submission=replace(report.submission, student=None), exercises=(report.exercises[0],))
    page = to_html(bare)
    assert "None" not in texts(page)
    assert "Your code" not in page
    assert "Your network" not in page
    assert to_html(
        replace(bare, exercises=(), score=Score(points=0.0, max_points=0.0, raw_points=0.0, late_deduction=0.0))
    )


def test_whatever_a_submission_says_is_only_text():
    page = to_html(with_every_text(whole_report(), HOSTILE))
    parsed = Parsed(page)
    assert parsed.tags <= TAGS
    assert parsed.attributes <= ATTRIBUTES
    assert parsed.comments == []
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page)
    page.encode("utf-8")


@pytest.mark.parametrize(
    "place",
    [
        *(
            "10 of",
            "Week 8",
            "Sam Taylor",
            "The exercise beta",
            "The scores are not",
            "Divide them",
            "student_beta",
        ),
        *("the case three", "In three", "weights of", "Conv2d", "(2, 8, 6, 6)", "more channels", "def attention"),
        *("ValueError", "bad shapes", "File ", "printed by", "What is said of delta", "2026", "2.4.6"),
    ],
)
def test_braces_of_a_submission_are_shown_and_not_computed(place):
    """Also sees to it that the test above has its hostile text in every place where the page shows one."""
    plain, hostile = (texts(to_html(with_every_text(whole_report(), text))) for text in ("", "{{7*7}}<b>"))
    assert place in plain
    if place != "10 of":  # a number; no text goes before it
        assert f"{{{{7*7}}}}<b>{place}" in hostile


def test_nothing_in_the_page_is_fetched_and_no_script_is_in_it():
    page = to_html(whole_report())
    assert set(re.findall(r'(?:href|src)="([^"#]*)', page)) <= {"", "data:,"}
    assert "url(" not in page
    assert "@import" not in page
    assert "<script" not in page


def test_only_the_first_wrong_layer_is_red_and_each_wrong_one_has_a_word():
    page = to_html(whole_report())
    boxes = re.findall(r'<li class="((?:same|different|missing|extra|after)[^"]*)">(.*?)</li>', page, re.DOTALL)
    assert [classes for classes, _ in boxes] == ["same", "missing first-wrong", "extra", "after"]
    words = [re.search(r'class="verdict">([^<]*)<', box) for _, box in boxes]
    assert [word and word[1] for word in words] == [None, "missing", "too many", None]


def test_a_network_without_a_difference_has_no_red_box():
    report = whole_report()
    same = replace(NETWORK, layers=NETWORK.layers[:1])
    page = to_html(replace(report, exercises=(replace(report.exercises[1], network=same),)))
    assert "red one" not in page
    assert 'class="same"' in page


def test_lines_are_numbered_as_in_the_file_and_the_marked_ones_say_so():
    page = to_html(whole_report())
    assert re.findall(r'class="number">(\d+)<', page) == ["39", "40", "41", "42"]
    marked = re.findall(r'<div class="line marked".*?</div>', page)
    assert len(marked) == 1
    assert "look here" in marked[0]
    assert "<mark>    scores = Q @ K.T</mark>" in marked[0]


def test_a_page_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(ReportUnwritable, match="Give another path to --html"):
        write_html(whole_report(), tmp_path / "nowhere" / "report.html")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def page_file(tmp_path) -> Path:
    file = tmp_path / "report.html"
    write_html(whole_report(), file)
    return file


@pytest.fixture
def hostile_file(tmp_path) -> Path:
    file = tmp_path / "hostile.html"
    write_html(with_every_text(whole_report(), HOSTILE), file)
    return file


@pytest.mark.browser
@pytest.mark.parametrize("bypass_csp", [False, True])
def test_in_a_browser_no_script_runs_and_no_request_leaves_the_page(visit, hostile_file, bypass_csp):
    """Also without the page's policy: escaping alone must hold."""
    seen = visit(hostile_file, bypass_csp=bypass_csp)
    assert seen.requests == [hostile_file.as_uri()]
    assert seen.dialogs == []
    assert "hacked" not in seen.page.evaluate("document.title.split('<script>')[0]")
    assert seen.page.locator("script, img, iframe, base").count() == 0
    assert seen.page.get_by_text("The exercise beta").last.is_visible()


@pytest.mark.browser
def test_the_policy_alone_stops_a_script_and_a_request(visit, page_file):
    """Were something ever not escaped."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.png"
        slipped = f"<script>document.title = 'hacked'</script><img src='{address}' onerror='alert(1)'>"
        text = page_file.read_text(encoding="utf-8")
        page_file.write_text(text.replace("</main>", f"{slipped}</main>"), encoding="utf-8")
        seen = visit(page_file)
        assert seen.page.locator("img").count() == 1
        assert seen.page.title() != "hacked"
        assert seen.dialogs == []
        server.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody connected
            server.accept()


@pytest.mark.browser
def test_without_javascript_folded_parts_open(visit, page_file):
    page = visit(page_file, java_script_enabled=False).page
    folded = page.get_by_text("the case one")
    assert not folded.is_visible()
    page.locator("#exercise-1 summary").first.click()
    assert folded.is_visible()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_is_accessible(visit, page_file, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(page_file, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True).page
    page.locator("details:not([open]) > summary").evaluate_all("all => all.forEach(one => one.click())")
    found = Axe().run(page)
    assert found.response["passes"]
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("text", ["", "x" * 400])
def test_nothing_is_wider_than_the_screen(visit, tmp_path, width, text):
    file = tmp_path / "report.html"
    write_html(with_every_text(whole_report(), text), file)
    page = visit(file, viewport={"width": width, "height": 900}).page
    page.locator("details:not([open]) > summary").evaluate_all("all => all.forEach(one => one.click())")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_wrong_layer_and_the_marked_line_stand_out(visit, page_file, scheme):
    page = visit(page_file, color_scheme=scheme).page
    colour = page.locator(".first-wrong").evaluate("box => getComputedStyle(box).borderTopColor")
    red, green, blue = map(int, re.findall(r"\d+", colour))
    assert red > 1.5 * max(green, blue)
    marked, plain = (
        page.locator(f".line{kind}").first.evaluate("line => getComputedStyle(line).backgroundColor")
        for kind in (".marked", ":not(.marked)")
    )
    assert marked != plain


@pytest.mark.browser
def test_on_paper_the_page_is_light_and_nothing_is_folded(visit, page_file):
    page = visit(page_file, color_scheme="dark").page
    assert page.pdf(format="A4").startswith(b"%PDF-")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for words in ("the case one", "printed by alpha"):
        assert page.get_by_text(words).evaluate("element => element.checkVisibility({contentVisibilityAuto: true})")
        assert page.get_by_text(words).bounding_box()["height"] > 0
