"""Plots of a class's results as SVG to stand inside a page: no date, no id, no font or image to fetch.

Colours are the page's own custom properties, so that a plot is readable in light, in dark and on paper. Matplotlib
knows no such colours: it draws with stand-ins, which are replaced in its output.
"""

import io
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from grader.class_results.model import Band, ExerciseSummary, Mistake
from grader.report.model import without_controls

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 7.2  # inches; the page scales it
ROW = 0.27  # inches, of one bar that lies
LABEL_WIDTH = 44  # characters; a longer one goes on in a second line and ends there
INK, SOFT, LINE = "#010101", "#020202", "#030303"
PASSED, FAILED, NOT_RUN, BAR = "#040404", "#050505", "#060606", "#070707"
VARIABLES = {
    INK: "--ink",
    SOFT: "--soft",
    LINE: "--line",
    PASSED: "--plot-passed",
    FAILED: "--plot-failed",
    NOT_RUN: "--plot-not-run",
    BAR: "--link",
}
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "goldgrade",  # or ids would be other ones each time
    "svg.fonttype": "none",  # text stays text
    "text.parse_math": False,  # a title may have a dollar sign
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with Matplotlib, so that sizes are the same everywhere
    "font.size": 9.5,
    "text.color": INK,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "ytick.labelcolor": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
}


@dataclass(frozen=True, kw_only=True)
class Plot:
    """One picture. ``description`` is the picture in a sentence; the page has its numbers in a table as well."""

    svg: Markup
    description: str


def can_plot() -> bool:
    """Whether Matplotlib is there; it comes with the extra "batch"."""
    return find_spec("matplotlib") is not None


def plot_distribution(bands: Sequence[Band], *, median: float) -> Plot:
    """How many students have which score."""
    fullest = max(bands, key=lambda band: band.students)
    with _drawing(height=2.6) as (figure, axes):
        bars = axes.bar(
            [band.start for band in bands],
            [band.students for band in bands],
            width=[band.end - band.start for band in bands],
            align="edge",
            color=BAR,
            edgecolor="none",
            linewidth=0,
        )
        axes.bar_label(bars, [str(band.students or "") for band in bands], padding=2, color=SOFT)
        for bar in bars:
            bar.set_x(bar.get_x() + 0.4)
            bar.set_width(bar.get_width() - 0.8)
        axes.set_ylim(0, 1.25 * max(fullest.students, 1))
        axes.axvline(median, ymin=0.9, color=INK, linewidth=1.5)  # above the bars and their numbers
        axes.annotate(
            f"median {median:.0f}%",
            (median, 0.95),
            xycoords=("data", "axes fraction"),
            xytext=(4 if median < 80 else -4, 0),
            textcoords="offset points",
            ha="left" if median < 80 else "right",
            va="center",
        )
        axes.set_xlim(0, 100)
        axes.set_xticks(range(0, 101, 10), [f"{percent}%" for percent in range(0, 101, 10)])
        axes.set_ylabel("students")
        _whole_numbers(axes)
        axes.grid(axis="y")
        svg = _svg(figure)
    return Plot(
        svg=svg,
        description=f"Histogram of scores. Most students, {fullest.students}, have from {fullest.start} to "
        f"{fullest.end} percent; the median is {median:.0f} percent.",
    )


def plot_checks(exercise: ExerciseSummary, *, most: int) -> Plot:
    """How often checks of an exercise passed, failed or were not reached; in their order.

    Those that give points or failed for somebody, and of these the first ``most``; where there are none, all.
    """
    telling = [rate for rate in exercise.checks if rate.max_points or rate.failed]
    rates = (telling or exercise.checks)[:most]
    lowest = min(rates, key=lambda rate: rate.percent)
    parts = (
        ("passed", PASSED, [rate.passed for rate in rates]),
        ("failed", FAILED, [rate.failed for rate in rates]),
        ("not run", NOT_RUN, [rate.not_run for rate in rates]),
    )
    totals = [rate.passed + rate.failed + rate.not_run for rate in rates]
    labels = [f"{rate.id}{'' if rate.visible else ' (hidden)'}" for rate in rates]
    with _drawing(height=0.75 + ROW * len(rates)) as (figure, axes):
        starts = [0.0] * len(rates)
        for name, colour, counts in parts:
            shares = [100.0 * count / total for count, total in zip(counts, totals, strict=True)]
            axes.barh(range(len(rates)), shares, left=starts, height=0.72, color=colour, label=name)
            starts = [start + share for start, share in zip(starts, shares, strict=True)]
        _rows(axes, labels)
        axes.set_xlim(0, 100)
        axes.set_xticks(range(0, 101, 25), [f"{percent}%" for percent in range(0, 101, 25)])
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, handlelength=1, borderaxespad=0.2
        )
        svg = _svg(figure)
    return Plot(
        svg=svg,
        description=f"{exercise.title}: how many of {exercise.students} passed each check. "
        f"Lowest is {lowest.id} with {lowest.percent:.0f} percent.",
    )


def plot_mistakes(mistakes: Sequence[Mistake]) -> Plot:
    """The mistakes by frequency, the most frequent on top."""
    with _drawing(height=0.2 + 1.4 * ROW * len(mistakes)) as (figure, axes):
        bars = axes.barh(range(len(mistakes)), [mistake.percent for mistake in mistakes], height=0.72, color=BAR)
        axes.bar_label(bars, [f"{mistake.percent:.0f}%" for mistake in mistakes], padding=3)
        _rows(axes, [mistake.title for mistake in mistakes])
        axes.set_xlim(0, max(mistake.percent for mistake in mistakes) * 1.15)
        axes.xaxis.set_visible(False)  # each bar has its number
        axes.spines["bottom"].set_visible(False)
        svg = _svg(figure)
    first = mistakes[0]
    return Plot(
        svg=svg,
        description=f"The most frequent mistakes. First: {first.title}, {first.percent:.0f} percent.",
    )


def plot_seconds(seconds: Sequence[float], *, median: float) -> Plot:
    """How long grading took, with a scale by tens where a few took far longer than most."""
    longest = max(seconds)
    with _drawing(height=2.2) as (figure, axes):
        import numpy as np

        if longest > 8 * median > 0:
            lowest = max(min(seconds), 1e-3)
            edges = np.geomspace(lowest, max(longest, lowest * 1.01) * 1.0001, 31)
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} s")
            axes.xaxis.set_minor_formatter(lambda value, _: "")
            axes.tick_params(which="minor", length=0)
        else:
            edges = np.linspace(0.0, longest * 1.0001 or 1.0, 31)
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} s")
        axes.hist(np.clip(seconds, edges[0], edges[-1]), bins=edges.tolist(), color=BAR, rwidth=0.92)
        axes.set_ylabel("students")
        _whole_numbers(axes)
        axes.grid(axis="y")
        svg = _svg(figure)
    return Plot(
        svg=svg,
        description=f"Histogram of grading times. The median is {median:.2f} seconds, the slowest {longest:.2f}.",
    )


@contextmanager
def _drawing(*, height: float) -> "Iterator[tuple[Figure, Axes]]":
    """A figure of its own, in our style; nothing of Matplotlib's global state is changed."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()  # whatever the teacher's own settings are
        matplotlib.rcParams.update(STYLE)
        warnings.simplefilter("ignore")  # a letter that its font does not have is no matter: the browser draws it
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        yield figure, figure.subplots()


def _whole_numbers(axes: "Axes") -> None:
    """There is no half of a student."""
    from matplotlib.ticker import MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))


def _rows(axes: "Axes", labels: Sequence[str]) -> None:
    """Names at the left of bars that lie, the first on top."""
    axes.set_yticks(range(len(labels)), [_label(label) for label in labels])
    axes.invert_yaxis()
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)


def _label(text: str) -> str:
    return "\n".join(textwrap.wrap(without_controls(text), LABEL_WIDTH, max_lines=2, placeholder=" …"))


def _svg(figure: "Figure") -> Markup:
    """The drawing as an element that may stand in a page beside others. Texts in it are escaped by now."""
    file = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    text = file.getvalue()
    text = text[text.index("<svg") :]
    # Several drawings in one page must not share ids, and hardly any is used.
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', text))
    text = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", text)
    text = re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL)  # each text once more
    text = re.sub(r"<style[^>]*>.*?</style>", "", text, flags=re.DOTALL)  # the page has rules of its own
    text = text.replace("font-family: 'DejaVu Sans', sans-serif; ", "")  # whatever the page has
    for stand_in, variable in VARIABLES.items():
        text = text.replace(stand_in, f"var({variable})")
    text = re.sub(r'<svg [^>]*viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true">', text, count=1)
    return Markup(text)
