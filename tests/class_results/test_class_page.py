"""The class's page: as text, and in a real Chromium, which is what a teacher opens it with."""

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from grader.class_results import page as class_page_module
from grader.class_results.page import class_page
from grader.class_results.plots import VARIABLES, plot_distribution, plot_mistakes, plot_seconds
from grader.class_results.write import summarise, write_summary
from grader.report.reports_folder import ReportsFolder
from tests.support.class_reports import (
    check,
    exercise,
    not_graded,
    nothing,
    person,
    report,
    reports_folder,
    small_class,
    unreadable,
)
from tests.support.pages import (
    ATTRIBUTES,
    HOSTILE,
    PLOT_ATTRIBUTES,
    PLOT_TAGS,
    TAGS,
    Parsed,
    texts,
    with_every_text,
)

pytest.importorskip("matplotlib")


def large_class(path: Path, students: int = 90) -> ReportsFolder:
    """So many students that groups are folded, with mistakes, near misses and every state."""
    mistakes = [(f"mistake_{number}", f"Mistake number {number} of $x$", "Change it.") for number in range(4)]
    reports = []
    for number in range(students):
        alpha = exercise(
            "alpha",
            check("one", "values", 8.0, passed=number % 3 > 0),
            check("two", "values", 2.0, passed=number % 5 > 0, visible=False),
            diagnoses=(mistakes[number % 4],) if number % 3 == 0 else (),
        )
        who = person(f"Student {number}", login=f"s{number:04}")
        reports.append(report(f"s{number:04}", alpha, people=(who,), seconds=0.5 + number / 100))
    return reports_folder(path, *reports, unreadable("x1"), others=(nothing("x2"), not_graded("x3")))


def page_of(folder: ReportsFolder) -> str:
    return class_page(summarise(folder))


@pytest.fixture(scope="module")
def large_page(tmp_path_factory) -> str:
    return page_of(large_class(tmp_path_factory.mktemp("large")))


def test_the_page_says_what_the_summary_says(tmp_path):
    text = texts(page_of(small_class(tmp_path)))
    for words in (
        *("Week 8", "6 students: 3 graded, 1 not readable, 1 not graded, 1 nothing handed in"),
        *("median 70%", "mean 57%", "Of the 3 with a mark. Nobody else counts as a zero."),
        *("Byron, Ada", "Erdős, Paul", "Noether, Emmy", "Zuse, Zoe"),
        *("week8.py is not Python: it is a PDF.", "The container engine failed while starting a container."),
        *("33% of those with a mark, 1 of 3: The scores are not divided by √d_k.", "mask/values hidden"),
        *("1 passed", "1 partly right", "1 raised an exception", "One check short of a right exercise"),
        *("0.50 s", "late: 1 of 8 taken off", "7 / 10"),
    ):
        assert words in text, words


def test_the_numbers_of_the_plots_are_in_tables_too(large_page):
    page, text = large_page, texts(large_page)
    assert page.count('<figure class="plot"') == 4
    assert "80 to less than 90% 12 90 to 100% 48" in text
    assert re.search(r"one/values the case one 8 60 30 0 0 67%", text)
    assert re.search(r"two/values hidden the case two 2 72 18 0 0 80%", text)
    assert re.search(r"Mistake number 0 of \$x\$ Alpha 8 9%", text)


def test_each_plot_has_a_description_in_words(large_page):
    labels = re.findall(r'<figure class="plot" role="img" aria-label="([^"]*)"', large_page)
    assert [label.split(".")[0] for label in labels] == [
        "Histogram of scores",
        "The most frequent mistakes",
        "Alpha: how many of 90 passed each check",
        "Histogram of grading times",
    ]
    assert all(re.search(r"\d", label) for label in labels)


def test_the_same_summary_gives_the_same_page(tmp_path):
    folder = large_class(tmp_path)
    assert page_of(folder) == page_of(folder)


def test_a_teachers_own_matplotlib_settings_change_nothing(tmp_path, monkeypatch):
    import matplotlib

    folder = small_class(tmp_path)
    before = page_of(folder)
    monkeypatch.setitem(matplotlib.rcParams, "text.usetex", True)
    monkeypatch.setitem(matplotlib.rcParams, "font.size", 30)
    assert page_of(folder) == before
    assert matplotlib.rcParams["font.size"] == 30


def test_names_lead_to_the_students_pages_and_nothing_is_fetched(tmp_path):
    folder = small_class(tmp_path)
    write_summary(folder)
    page = folder.index_page.read_text(encoding="utf-8")
    links = set(re.findall(r'(?:href|src)="([^"]*)"', page))
    pages = {link for link in links if not link.startswith("#")} - {"data:,"}
    assert pages == {f"pages/{key}.html" for key in ("ada", "grace", "mallory", "paul")}
    assert all((tmp_path / link).is_file() for link in pages)
    assert set(re.findall(r"url\((.)", page)) <= {"#"}
    assert "@import" not in page
    assert "<script" not in page
    anchors = set(re.findall(r' id="([^"]*)"', page))
    assert {link[1:] for link in links if link.startswith("#")} <= anchors


def test_no_id_is_there_twice(large_page):
    ids = re.findall(r' id="([^"]*)"', large_page)
    assert len(ids) == len(set(ids))


def test_the_page_of_a_key_that_is_no_file_name_is_found(tmp_path):
    folder = reports_folder(tmp_path, report("Zoë ?#&%/..", exercise("alpha", check("one", "values", 1.0))))
    write_summary(folder)
    (link,) = set(re.findall(r'href="(pages/[^"]*)"', folder.index_page.read_text(encoding="utf-8")))
    assert re.fullmatch(r"pages/[A-Za-z0-9_.~%-]+\.html", link)
    assert (tmp_path / unquote(link)).is_file()


def test_whatever_a_student_says_is_only_text(tmp_path):
    folder = large_class(tmp_path, 8)
    summary = with_every_text(summarise(folder), "")
    hostile = replace(
        with_every_text(summary, HOSTILE),
        counts=summary.counts,
        exercises=with_every_text(summary.exercises, HOSTILE),
    )
    page = class_page(hostile)
    parsed = Parsed(page)
    assert parsed.tags <= TAGS | PLOT_TAGS
    assert parsed.attributes <= ATTRIBUTES | PLOT_ATTRIBUTES
    assert parsed.comments == []
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page)
    page.encode("utf-8")


def test_braces_are_shown_and_not_computed(tmp_path):
    summary = with_every_text(summarise(large_class(tmp_path, 8)), "{{7*7}}<b>")
    text = texts(class_page(summary))
    for place in ("Student 3", "s0003", "Mistake number 0", "Alpha", "the case one", "week8.py is not"):
        assert f"{{{{7*7}}}}<b>{place}" in text
    assert "49<b>" not in text


@pytest.mark.parametrize(
    "title",
    ["a $x^2", "$\\frac$", "from $1 to $2", "</text><script>", "-->", "漢字 ✓ \u0950", "x" * 500, "a\nb\tc"],
)
def test_any_title_can_be_drawn(tmp_path, title):
    wrong = check("one", "values", 1.0, passed=False)
    folder = reports_folder(tmp_path, report("a", exercise("alpha", wrong, diagnoses=(("id", title, "Why."),))))
    (mistake,) = summarise(folder).mistakes
    svg = plot_mistakes((mistake,)).svg
    assert title.split()[0][:20] in "".join(Parsed(svg).texts)  # dollars are no formula
    assert Parsed(svg).tags <= TAGS | PLOT_TAGS
    assert Parsed(svg).comments == []


@pytest.mark.slow
def test_plots_have_the_colours_of_the_page_and_no_other(large_page):
    page = large_page
    drawings = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    assert not re.search(r"#[0-9a-f]{6}\b", drawings)
    used = set(re.findall(r"var\((--[\w-]+)\)", drawings))
    assert used <= set(VARIABLES.values())
    assert {"--ink", "--plot-passed", "--plot-failed"} <= used


@pytest.mark.parametrize("seconds", [[0.5], [0.0, 0.0], [0.1] * 50 + [60.0], [0.0] * 9 + [1.0]])
def test_any_times_can_be_drawn(seconds):
    plot = plot_seconds(seconds, median=sorted(seconds)[len(seconds) // 2])
    assert plot.svg.count("<path") > 30


def test_a_distribution_of_nobody_can_be_drawn(tmp_path):
    bands = summarise(reports_folder(tmp_path)).distribution
    assert plot_distribution(bands, median=50.0).svg


def test_without_matplotlib_the_page_has_its_tables_and_says_how_to_get_plots(tmp_path, monkeypatch):
    monkeypatch.setattr(class_page_module, "can_plot", lambda: False)
    page = page_of(large_class(tmp_path))
    assert "<svg" not in page
    assert "Matplotlib was not installed" in texts(page)
    assert "grade doctor" in texts(page)
    assert re.search(r"one/values the case one 8 60 30 0 0 67%", texts(page))
    assert "<details open>\n<summary><h3>The numbers</h3>" in page


def test_a_large_class_is_folded_into_groups_from_the_best_down_and_a_small_one_is_not(tmp_path, large_page):
    large, small = large_page, page_of(small_class(tmp_path / "small"))
    groups = re.findall(r"<details( open)?>\n<summary><h3>([^<]*(?:percent|With a mark))</h3>", large)
    assert groups == [
        ("", "90 to 100 percent"),
        ("", "80 to less than 90 percent"),
        ("", "20 to less than 30 percent"),
        ("", "0 to less than 10 percent"),
    ]
    assert re.findall(r"<details( open)?>\n<summary><h3>With a mark</h3>", small) == [" open"]
    names = re.findall(r'<th scope="row"><a href="pages/(\w+)', small)
    assert names == ["paul", "ada", "grace", "mallory"]  # without a mark first, then by points


def test_every_student_is_in_the_page_once_among_the_students(large_page):
    page = large_page
    table = page[page.index('id="students"') :]
    assert table.count('<th scope="row">') == 93


@pytest.fixture
def page_file(tmp_path) -> Path:
    folder = large_class(tmp_path)
    write_summary(folder)
    return folder.index_page


def unfold(page) -> None:
    page.locator("details:not([open]) > summary").evaluate_all("all => all.forEach(one => one.click())")


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_is_accessible(visit, page_file, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(page_file, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True).page
    unfold(page)
    found = Axe().run(page)
    assert found.response["passes"]
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("text", ["", "x" * 400])
def test_nothing_is_wider_than_the_screen(visit, tmp_path, width, text):
    summary = with_every_text(summarise(large_class(tmp_path)), text)
    file = tmp_path / "index.html"
    file.write_text(class_page(summary), encoding="utf-8")
    page = visit(file, viewport={"width": width, "height": 900}).page
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_no_script_runs_and_no_request_leaves_the_page(visit, tmp_path):
    summary = summarise(large_class(tmp_path, 8))
    file = tmp_path / "index.html"
    file.write_text(class_page(with_every_text(summary, HOSTILE)), encoding="utf-8")
    seen = visit(file, bypass_csp=True)
    assert seen.requests == [file.as_uri()]
    assert seen.dialogs == []
    assert seen.page.locator("script, img, iframe, base").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_words_in_plots_are_readable(visit, page_file, scheme):
    page = visit(page_file, color_scheme=scheme).page
    fills = page.locator(".plot text").evaluate_all("all => all.map(text => getComputedStyle(text).fill)")
    brightness = [sum(map(int, re.findall(r"\d+", fill))) / 3 for fill in fills]
    assert len(brightness) > 20
    assert max(brightness) < 130 if scheme == "light" else min(brightness) > 150


@pytest.mark.browser
def test_a_name_opens_the_students_page(visit, page_file):
    page = visit(page_file, java_script_enabled=False).page
    page.get_by_text("90 to 100 percent").click()
    page.get_by_role("link", name="Student 1", exact=True).click()
    assert page.url.endswith("/pages/s0001.html")
    assert page.get_by_role("heading", name="Week 8").is_visible()


@pytest.mark.browser
def test_on_paper_nothing_is_folded_or_cut_off(visit, page_file):
    page = visit(page_file, color_scheme="dark", viewport={"width": 688, "height": 1000}).page  # A4 less margins
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.get_by_text("Student 44", exact=True).last.bounding_box()["height"] > 0
