"""Similar answers: what is found, what is not taken for anything, and the page that shows it."""

import ast
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from exercises.loader import DEFAULT_ASSIGNMENT, load_assignment
from grader.errors import ReportUnreadable, UsageProblem
from grader.similarity import fingerprints
from grader.similarity.answers import MAX_WORDS, answer_of
from grader.similarity.find import find_similar
from grader.similarity.findings import ExerciseFindings, SimilarityFindings
from grader.similarity.fingerprints import RUN, places
from grader.similarity.page import in_short, to_page
from sandbox.wire.messages import Snippet
from tests.support.class_programs import (
    ATTENTION,
    RENAMED,
    REORDERED,
    UNUSUAL,
    class_of,
    right_programs,
    stub_class,
)
from tests.support.class_reports import HOSTILE, person, report, reports_folder, unreadable
from tests.support.paths import ROOT
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.slow

ACCUSING = re.compile(
    r"cheat|plagiar|fraud|misconduct|suspic|suspect|guilt|dishonest|offen[cs]e|stole|culprit", re.IGNORECASE
)


def found_in(folder, *, only="attention", at_least=None) -> SimilarityFindings:
    return find_similar(folder, assignment=DEFAULT_ASSIGNMENT, only=(only,), at_least=at_least)


def attention(path, programs, **options) -> ExerciseFindings:
    return found_in(class_of(path, programs), **options).exercises[0]


def groups(path, programs, **options) -> list[tuple[str, ...]]:
    return [group.who for group in attention(path, programs, **options).groups]


def words(source: str) -> str:
    return answer_of([Snippet(origin="x.py", line=1, source=source)]).words


def test_other_names_layout_comments_and_annotations_are_seen_through(tmp_path):
    exercise = attention(tmp_path, {**right_programs(), "ada": UNUSUAL, "grace": RENAMED})
    (group,) = exercise.groups
    assert group.who == ("ada", "grace")
    assert group.percent == 100
    assert group.comparisons[0].as_similar == 1


def test_statements_in_another_order_and_a_new_helper_are_found(tmp_path):
    exercise = attention(tmp_path, {**right_programs(), "ada": UNUSUAL, "emmy": REORDERED})
    (group,) = exercise.groups
    assert group.who == ("ada", "emmy")
    assert 50 < group.percent < 100


def test_two_students_alone_are_enough_to_find_it(tmp_path):
    assert groups(tmp_path, {"ada": UNUSUAL, "grace": RENAMED}) == [("ada", "grace")]


@pytest.mark.parametrize("exercise", load_assignment().exercises, ids=lambda exercise: exercise.exercise_id)
def test_independent_right_programs_are_not_listed(tmp_path, exercise):
    folder = class_of(tmp_path, right_programs(exercise))
    (findings,) = found_in(folder, only=exercise.exercise_id).exercises
    assert findings.answers == len(exercise.right_paths) > 20
    assert findings.groups == ()
    assert findings.baseline.percent >= max(50, findings.baseline.right_percent)
    assert findings.baseline.places > findings.baseline.right_places > 0


def test_the_natural_solution_says_nothing_even_if_it_is_the_same(tmp_path):
    taught = right_programs()["as_taught"]
    other = taught.replace("scores", "logits").replace("weights", "probabilities")
    assert groups(tmp_path, {"ada": taught, "grace": other, "emmy": taught}) == []


def test_what_much_of_the_class_wrote_is_usual(tmp_path):
    programs = {f"student-{number:02}": UNUSUAL for number in range(11)}
    exercise = attention(tmp_path, programs)
    assert exercise.groups == ()
    assert exercise.most_frequent == 11


def test_a_way_that_the_course_knows_and_some_students_took_is_usual(tmp_path):
    way = right_programs()["masked_array"]
    others = {f"other-{number:03}": program for number, program in enumerate(stub_class(200).values())}
    few = {**others, "ada": way, "grace": way.replace("scores", "s")}
    some = {**others, **{f"student-{number:02}": way for number in range(12)}}
    assert any({"ada", "grace"} <= set(who) for who in groups(tmp_path / "few", few))
    assert not any("student-01" in who for who in groups(tmp_path / "some", some))


def test_a_skeleton_never_pairs(tmp_path):
    skeleton = (ATTENTION.folder / "skeleton.py").read_text(encoding="utf-8")
    notes = skeleton.replace("raise NotImplementedError", "# later\n    raise NotImplementedError")
    programs = {"ada": skeleton, "grace": skeleton, "emmy": notes, **right_programs()}
    assert groups(tmp_path, programs, at_least=0) == []
    assert attention(tmp_path, {"ada": skeleton, "grace": skeleton}).baseline.as_similar(100) == 0


def test_an_answer_that_repeats_utils_has_nothing_unusual(tmp_path):
    utils = load_assignment().utils_source
    function = next(
        ast.get_source_segment(utils, node)
        for node in ast.parse(utils).body
        if isinstance(node, ast.FunctionDef) and node.name == "scaled_dot_product_attention"
    )
    softmax = next(
        ast.get_source_segment(utils, node)
        for node in ast.parse(utils).body
        if isinstance(node, ast.FunctionDef) and node.name == "softmax"
    )
    answer = f"import numpy as np\n\n{softmax}\n\n{function}\n\n\ndef student_attention(*all):\n    return scaled_dot_product_attention(*all)\n"
    exercise = attention(tmp_path, {"ada": answer, "grace": answer})
    assert exercise.answers == 2
    assert exercise.groups == ()


def test_a_group_is_one_group_and_each_answer_stands_beside_its_nearest(tmp_path):
    exercise = attention(tmp_path, {"ada": UNUSUAL, "emmy": REORDERED, "grace": RENAMED, "zoe": UNUSUAL})
    (group,) = exercise.groups
    assert group.who == ("ada", "emmy", "grace", "zoe")
    assert [int(each.percent) for each in group.comparisons] == [100, int(group.comparisons[1].percent)]
    assert (exercise.answers, exercise.different) == (4, 2)
    assert [(each.left.who, each.right.who) for each in group.comparisons] == [("ada", "grace"), ("ada", "emmy")]
    assert exercise.groups[0].comparisons[0].as_similar == 3


def test_people_of_one_submission_are_one(tmp_path):
    together = (person("Ada", login="ada"), person("Grace", login="grace"))
    folder = class_of(tmp_path, {"team": UNUSUAL, "emmy": RENAMED}, people={"team": together})
    (group,) = found_in(folder).exercises[0].groups
    assert group.who == ("emmy", "Ada and Grace")
    assert (
        found_in(class_of(tmp_path / "alone", {"team": UNUSUAL}, people={"team": together})).exercises[0].groups
        == ()
    )


def test_matching_lines_are_marked_where_the_student_wrote_them(tmp_path):
    (group,) = attention(tmp_path, {**right_programs(), "ada": UNUSUAL, "grace": RENAMED}).groups
    left = group.comparisons[0].left
    marked = {left.lines[index].text.strip() for index in left.marked}
    assert "logits += left * right" in marked
    assert '"""My answer."""' not in marked
    assert left.lines[0].number == 4
    assert left.lines[0].text == UNUSUAL.splitlines()[3]


def test_lines_of_a_helper_are_marked_in_the_helper(tmp_path):
    (group,) = attention(tmp_path, {**right_programs(), "ada": UNUSUAL, "emmy": REORDERED}).groups
    right = group.comparisons[0].right
    marked = {right.lines[index].number for index in right.marked}
    lines = REORDERED.splitlines()
    assert all(lines[number - 1] == line.text for number, line in ((each.number, each) for each in right.lines))
    assert 1 + lines.index("    return powers / np.add.reduce(powers, 2)[:, :, None]") in marked
    assert 1 + lines.index("    return answer, shares") in marked


def test_a_notebook_and_a_script_are_compared(tmp_path):
    folder = class_of(tmp_path, {"ada": UNUSUAL, "grace": ""})
    cells: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "metadata": {},
            "source": "%matplotlib inline\nimport numpy",
            "outputs": [],
            "execution_count": None,
        },
        {"cell_type": "code", "metadata": {}, "source": RENAMED, "outputs": [], "execution_count": None},
    ]
    notebook = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    folder.program_file("grace", ".py").unlink()
    folder.program_file("grace", ".ipynb").write_text(notebook, encoding="utf-8")
    (group,) = found_in(folder).exercises[0].groups
    assert {line.origin for line in group.comparisons[0].right.lines} == {"cell 2"}


def test_of_two_kept_programs_the_one_that_was_graded_counts(tmp_path):
    folder = class_of(tmp_path, {"ada": UNUSUAL, "grace": RENAMED})
    folder.program_file("grace", ".ipynb").write_text("{}", encoding="utf-8")
    assert len(found_in(folder).exercises[0].groups) == 1


def test_who_was_not_compared_is_listed_with_the_reason(tmp_path):
    folder = class_of(tmp_path, {"ada": UNUSUAL, "empty": "", "lost": UNUSUAL, "pdf": b"%PDF-1.7 ..."})
    folder.program_file("lost", ".py").unlink()
    findings = found_in(folder)
    assert [each.who for each in findings.left_out] == ["empty", "lost", "pdf"]
    assert "no copy" in findings.left_out[1].reason
    assert findings.programs == 1
    assert "Not compared: 3 programs" in "\n".join(in_short(findings))
    assert "it is a PDF" in to_page(findings)


def test_an_answer_that_is_missing_or_not_python_is_no_answer(tmp_path):
    exercise = attention(tmp_path, {"ada": "x = 1", "grace": "def student_attention(:\n", "emmy": UNUSUAL})
    assert exercise.answers == 1


def test_at_least_shows_what_the_default_leaves_out(tmp_path):
    programs = {**right_programs(), "ada": UNUSUAL, "emmy": REORDERED}
    assert groups(tmp_path, programs, at_least=99) == []
    assert groups(tmp_path, programs, at_least=10)[0] == ("ada", "emmy")


def test_the_baseline_counts_every_pair_of_the_class(tmp_path):
    exercise = attention(tmp_path, {**right_programs(), "ada": UNUSUAL, "grace": RENAMED, "zoe": UNUSUAL})
    baseline, students = exercise.baseline, len(ATTENTION.right_paths) + 3
    assert baseline.pairs == students * (students - 1) // 2 == baseline.as_similar(0)
    assert baseline.as_similar(100) == 3
    assert baseline.right_programs == len(ATTENTION.right_paths)
    assert 0 < baseline.right_percent < 50


def test_names_from_outside_count_and_own_names_do_not():
    assert words("import numpy as np\ny = np.matmul(a, b)") == words("import numpy\nz = numpy.matmul(a, b)")
    assert words("import numpy as np\ny = np.matmul(a, b)") != words("import numpy as np\ny = np.einsum(a, b)")
    assert words("from utils import softmax as s\ny = s(1)") == words("from utils import softmax\ny = softmax(1)")
    assert words("class A:\n    def f(self): self.x = 1") == words("class B:\n    def g(this): this.y = 1")
    assert words("from utils import Linear\ny = Linear(1)") != words("from utils import Conv2d\ny = Conv2d(1)")
    assert words("x = 2 + 3") != words("x = 2 - 3")
    assert words("x = 2") != words("x = 3")


@pytest.mark.parametrize(
    "source",
    [
        "x = " + "0x" + "f" * 20_000,
        "x = " + "+".join("1" * 500),
        "x = " + "(" * 90 + "1" + ")" * 90,
        "match x:\n    case [a, *b]: y = f'{a!r:>{b}}'",
        "async def f(*, a: int = 1, **b) -> None:\n    async with a as b: await (yield)",
    ],
)
def test_odd_programs_have_words(source):
    assert 0 < len(words(source)) <= MAX_WORDS


def test_a_long_answer_is_cut_and_not_refused(tmp_path):
    long = UNUSUAL + "\n" + "\n".join(f"student_attention.x{number} = {number}" for number in range(2_000))
    assert len(words(long)) == MAX_WORDS
    assert groups(tmp_path, {"ada": long, "grace": long}) == [("ada", "grace")]


def test_a_short_text_has_no_places():
    assert len(places("a" * (RUN - 1))) == 0
    assert len(places("abcdefghij"[:RUN])) == 1


def test_numbers_are_the_same_in_every_process(tmp_path):
    class_of(tmp_path, {**right_programs(), "ada": UNUSUAL, "emmy": REORDERED, "grace": RENAMED})
    pages = []
    for seed in ("1", "2"):
        finished = run("similar", tmp_path, "--only", "attention", env={"PYTHONHASHSEED": seed})
        assert finished.returncode == 0, finished.stderr
        pages.append((tmp_path / "similar.html").read_text(encoding="utf-8"))
    assert pages[0] == pages[1]


def test_400_students_do_not_take_long(tmp_path):
    folder = class_of(tmp_path, stub_class(400))
    started = time.process_time()
    (exercise,) = found_in(folder).exercises
    assert time.process_time() - started < 30  # two seconds on an idle machine
    assert exercise.baseline.pairs == 400 * 399 // 2
    assert exercise.groups


# The page.

TAGS = {
    *("html", "head", "meta", "link", "title", "style", "body", "header", "main", "footer", "section"),
    *(
        "h1",
        "h2",
        "h3",
        "p",
        "div",
        "span",
        "bdi",
        "strong",
        "em",
        "a",
        "ul",
        "li",
        "details",
        "summary",
        "code",
        "mark",
    ),
}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.fixture
def hostile_findings(tmp_path) -> SimilarityFindings:
    """Markup in names, code, comments, file names and reasons; control characters in strings and comments."""
    attack = f"</mark></div></details><img src=x onerror=alert(1)>{{{{7*7}}}}{{% raise %}}\u202e\x1b[31m{HOSTILE}"
    program = UNUSUAL.replace('"""My answer."""', f"'''{attack}'''").replace(
        "logits *=", f"# {attack}\n    logits *="
    )
    attackers = {name: (person(f"{name} {attack}"),) for name in ("ada", "grace", "empty")}
    folder = class_of(tmp_path, {"ada": program, "grace": program, "empty": ""}, people=attackers)
    return found_in(folder)


def test_whatever_students_wrote_is_only_text(hostile_findings):
    page = to_page(hostile_findings)
    seen = Tags()
    seen.feed(page)
    assert seen.tags <= TAGS
    assert not any(name.startswith("on") or name in ("src", "action") for name in seen.attributes)
    assert set(re.findall(r'href="([^"#]*)', page)) == {"", "data:,"}
    assert "\u202e" not in page
    assert "\x1b" not in page
    assert page.count("&lt;img src=x") >= 4  # names, docstrings, comments: shown as they are
    assert "{{7*7}}" in page
    assert "alert" not in "\n".join(in_short(hostile_findings))


def test_the_page_says_that_a_person_has_to_look_and_what_the_number_means(tmp_path):
    page = to_page(found_in(class_of(tmp_path, {**right_programs(), "ada": UNUSUAL, "grace": RENAMED})))
    assert "A person has to look." in page
    assert "of the course&#39;s own 34 right programs" in page or "course's own 34 right programs" in page
    assert "100% of the unusual code of both" in page
    assert "No other pair of the 630 pairs in this class is as similar." in page
    assert "in both: " in page


def test_nothing_accuses(tmp_path, hostile_findings):
    ours = [
        *(ROOT / "grader" / "similarity").glob("*.*"),
        *(ROOT / name for name in ("grader/cli/class_commands.py", "grader/cli/help.txt", "README.md")),
    ]
    assert len(ours) > 10
    for file in ours:
        assert not ACCUSING.search(file.read_text(encoding="utf-8")), file
    assert not ACCUSING.search(to_page(hostile_findings) + "".join(in_short(hostile_findings)))


def test_a_page_with_nothing_to_show_says_so(tmp_path):
    assert "No answers stand out." in to_page(found_in(class_of(tmp_path, right_programs())))
    assert "0 answers compared" in to_page(found_in(reports_folder(tmp_path / "empty", unreadable("paul"))))


def test_long_answers_and_long_lines_are_cut_on_the_page(tmp_path):
    long = UNUSUAL + "".join(f"\nstudent_attention.x{number} = {number}" for number in range(1_000))
    long = long.replace('"""My answer."""', f'"""{"x" * 5_000}"""')
    page = to_page(found_in(class_of(tmp_path, {"ada": long, "grace": long})))
    assert "more</p>" in page
    assert "x" * 400 not in page


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_is_accessible_and_not_wider_than_the_screen(browser, hostile_findings, tmp_path, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    file = tmp_path / "page.html"
    file.write_text(to_page(hostile_findings), encoding="utf-8")
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    )  # axe is a script
    page = context.new_page()
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto(file.as_uri())
    page.locator("details:not([open]) > summary").evaluate_all("all => all.forEach(one => one.click())")
    found = Axe().run(page)
    assert found.response["passes"]
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("mark").count() > 10
    context.close()


# The command.


def run(*arguments, env=None):
    command = [sys.executable, "-c", "from grader.cli.entry import main; main()", *map(str, arguments)]
    if arguments[0] == "similar" and "--assignment" not in arguments:
        command += ["--assignment", DEFAULT_ASSIGNMENT]
    return subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **(env or {})},
        timeout=PATIENCE,
        check=False,
    )


def test_the_command_writes_the_page_and_says_so(tmp_path):
    class_of(tmp_path, {"ada": UNUSUAL, "grace": RENAMED})
    page = tmp_path / "elsewhere.html"
    finished = run("similar", tmp_path, "--only", "attention", "--at-least", "90", "--out", page)
    assert finished.returncode == 0, finished.stderr
    assert "1 group of similar ones (from 90% of the unusual code on)" in finished.stdout
    assert "a person has to look" in finished.stdout
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_folder_without_reports_is_said(tmp_path):
    finished = run("similar", tmp_path)
    assert finished.returncode == 2
    assert "There are no reports of a class" in finished.stderr


def test_a_class_of_another_assignment_asks_for_its_folder(tmp_path):
    folder = class_of(tmp_path, {"ada": UNUSUAL})
    with pytest.raises(UsageProblem, match="--assignment PATH"):
        find_similar(folder)
    folder.write_class_list(replace(folder.class_list(), assignment=DEFAULT_ASSIGNMENT))
    assert len(find_similar(folder).exercises) == 5


def test_an_exercise_that_does_not_exist_is_said(tmp_path):
    with pytest.raises(UsageProblem, match="no exercise 'atention'"):
        found_in(class_of(tmp_path, {"ada": UNUSUAL}), only="atention")


def test_a_missing_library_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "copydetect", None)
    fingerprints._library.cache_clear()
    try:
        with pytest.raises(UsageProblem, match=re.escape("pip install 'copydetect>=0.5,<0.6'")):
            found_in(class_of(tmp_path, {"ada": UNUSUAL}))
    finally:
        fingerprints._library.cache_clear()


def test_an_answer_that_stands_in_a_module_is_compared(tmp_path):
    main = "from model import student_attention\n"
    folder = class_of(tmp_path, {**right_programs(), "ada": UNUSUAL, "grace": main})
    stored = folder.report("grace")
    assert stored is not None
    with zipfile.ZipFile(folder.program_file("grace", ".zip"), "w") as archive:
        archive.writestr(stored.submission.name, main)
        archive.writestr("model.py", RENAMED)
    (group,) = found_in(folder).exercises[0].groups
    assert group.who == ("ada", "grace")


def test_a_report_that_cannot_be_read_stops_nothing_but_a_needed_one(tmp_path):
    folder = class_of(tmp_path, {"ada": UNUSUAL, "grace": RENAMED})
    folder.report_file("ada").write_text("no report", encoding="utf-8")
    assert len(found_in(folder).exercises[0].groups) == 1
    folder.program_file("ada", ".ipynb").write_text("{}", encoding="utf-8")
    with pytest.raises(ReportUnreadable):
        found_in(folder)


def test_a_class_can_be_reported_without_programs(tmp_path):
    findings = found_in(reports_folder(tmp_path, report("ada"), report("grace")))
    assert findings.programs == 0
    assert len(findings.left_out) == 2
