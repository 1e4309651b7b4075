"""The report as one HTML page that a student opens from an e-mail: no script, and nothing to fetch.

What a student wrote is text here, whatever it looks like: the template escapes everything, and the page's own
Content-Security-Policy forbids scripts and requests should anything ever slip through.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment

from grader.output_file import write_whole
from grader.report.model import (
    CodeReport,
    ExerciseReport,
    LayerReport,
    LayerState,
    NetworkReport,
    Report,
    without_controls,
)
from grader.views.heat_map import LEVELS, colour, heat_maps
from grader.views.html_page import page_environment
from grader.views.outline import (
    STATUS_WORDS,
    Label,
    Tone,
    attempt_text,
    cases_of,
    depends_on_versions,
    failed_text,
    files_text,
    has_own_message,
    has_telling_checks,
    late_label,
    late_text,
    listed_questions,
    passage_place,
    passages_left,
    points_text,
    question_label,
    question_points,
    versions_text,
    waiting_text,
    withheld_texts,
)

DEEPEST_INDENT = 12  # columns; on a telephone a deeper one would leave no room for the rest of a long line

LAYER_WORDS = {
    LayerState.SAME: "",
    LayerState.DIFFERENT: "differs",
    LayerState.MISSING: "missing",
    LayerState.EXTRA: "too many",
    LayerState.AFTER: "",
}


@dataclass(frozen=True, kw_only=True)
class CodeLine:
    """One line of the student's definition; ``indent`` is in columns, and for deep lines less than it is."""

    number: int
    text: str
    indent: int
    marked: bool


@dataclass(frozen=True, kw_only=True)
class LayerBox:
    """One layer as a box: "Conv2d" and its "3→96, 11×11". ``first_wrong`` is true of one box at most."""

    name: str
    settings: str
    output_shape: str
    state: str
    words: str
    first_wrong: bool


def to_html(report: Report) -> str:
    """The page. The same report always gives the same text."""
    return _environment().get_template("report.html.jinja").render(report=report)


def write_html(report: Report, path: Path) -> None:
    """Store the page; the file is there whole or not at all. Raises ReportUnwritable."""
    write_whole(to_html(report), path, option="--html")


def code_lines(code: CodeReport) -> tuple[CodeLine, ...]:
    """The definition's lines with their numbers in the student's file."""
    lines = enumerate(without_controls(code.text).rstrip("\n").split("\n"), start=code.first_line)
    return tuple(
        CodeLine(number=number, text=text, indent=indent_of(text), marked=number in code.marked_lines)
        for number, text in lines
    )


def layer_boxes(network: NetworkReport) -> tuple[LayerBox, ...]:
    """The network's boxes; only the first that is wrong is red, since what comes after it may follow from it."""
    first = next((layer for layer in network.layers if LAYER_WORDS[layer.state]), None)
    return tuple(_box(layer, first_wrong=layer is first) for layer in network.layers)


def indent_of(line: str) -> int:
    """How far a line of code is indented on a page, in columns."""
    wide = line.expandtabs(4)
    return min(len(wide) - len(wide.lstrip(" ")), DEEPEST_INDENT)


def _box(layer: LayerReport, *, first_wrong: bool) -> LayerBox:
    name, _, settings = layer.label.partition("(")
    return LayerBox(
        name=name,
        settings=settings.removesuffix(")"),
        output_shape=layer.output_shape,
        state=layer.state.value,
        words=LAYER_WORDS[layer.state],
        first_wrong=first_wrong,
    )


def _status_words(exercise: ExerciseReport) -> Label:
    return STATUS_WORDS[exercise.status]


def _cases_right(exercise: ExerciseReport) -> str:
    cases = cases_of(exercise)
    right = sum(case.words.tone is Tone.GOOD for case in cases)
    return f"{right} of {len(cases)} right"


@cache
def _environment() -> Environment:
    environment = page_environment()
    environment.filters.update(
        attempt=attempt_text,
        boxes=layer_boxes,
        cases=cases_of,
        cases_right=_cases_right,
        failed_text=failed_text,
        heat_maps=heat_maps,
        late=late_text,
        late_label=late_label,
        lines=code_lines,
        passage_place=passage_place,
        files_text=files_text,
        passages_left=passages_left,
        points=points_text,
        question_points=question_points,
        question_status=question_label,
        listed_questions=listed_questions,
        status=_status_words,
        versions=versions_text,
        waiting=waiting_text,
        withheld=withheld_texts,
    )
    environment.globals["scale"] = [colour(level) for level in range(LEVELS)]
    environment.tests.update(
        has_own_message=has_own_message,
        has_telling_checks=has_telling_checks,
        depends_on_versions=depends_on_versions,
    )
    return environment
