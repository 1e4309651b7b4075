"""Two matrices as heat maps in one scale, ready to be drawn as SVG paths, which print and need no image file."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from grader.diagnosis import index_text, number_text
from grader.report.model import PictureReport

LEVELS = 32  # shades; the eye tells fewer apart, and each is one path
HUE = math.radians(255)  # blue
LIGHTEST, DARKEST = 0.96, 0.30
NUMBERED_COLUMNS = 8  # a matrix up to this wide has room for a number in each cell

Matrix = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Shade:
    """The cells of one colour, as the data of an SVG path; a cell is one unit wide and high."""

    colour: str
    path: str


@dataclass(frozen=True, kw_only=True)
class CellNumber:
    """A number to write into a cell, with a colour that reads well on the cell's own."""

    row: int
    column: int
    text: str
    colour: str


@dataclass(frozen=True, kw_only=True)
class HeatMap:
    """One matrix. ``description`` says in words what the picture shows at a glance."""

    rows: int
    columns: int
    shades: tuple[Shade, ...]
    numbers: tuple[CellNumber, ...]
    description: str


@dataclass(frozen=True, kw_only=True)
class MatrixDifference:
    """The cell in which the two matrices are farthest apart."""

    row: int
    column: int
    text: str


@dataclass(frozen=True, kw_only=True)
class HeatMaps:
    """The student's matrix and the expected one; ``lowest`` and ``highest`` are the ends of their scale."""

    title: str
    actual: HeatMap
    expected: HeatMap
    lowest: str
    highest: str
    worst: MatrixDifference | None


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float

    def level(self, value: float) -> int:
        """0 for the lowest number, LEVELS - 1 for the highest. Halves, since the span may be no float."""
        span = self.high / 2 - self.low / 2
        return round((value / 2 - self.low / 2) / span * (LEVELS - 1)) if span else 0


def heat_maps(picture: PictureReport) -> HeatMaps:
    """Both matrices in the same colours, from the lowest of all their numbers to the highest."""
    both = (picture.actual, picture.expected)
    finite = [value for matrix in both for row in matrix for value in row if math.isfinite(value)]
    scale = _Scale(min(finite, default=0.0), max(finite, default=0.0))
    return HeatMaps(
        title=picture.title,
        actual=_heat_map(picture.actual, scale),
        expected=_heat_map(picture.expected, scale),
        lowest=number_text(scale.low),
        highest=number_text(scale.high),
        worst=_worst(picture.actual, picture.expected),
    )


def colour(level: int) -> str:
    """A shade as ``#rrggbb``: equal steps of lightness in OKLab, so that equal differences look equal."""
    share = level / (LEVELS - 1)
    lightness = LIGHTEST + (DARKEST - LIGHTEST) * share
    chroma = 0.025 + 0.44 * share * (1 - share)
    a, b = chroma * math.cos(HUE), chroma * math.sin(HUE)
    # OKLab to linear sRGB: Ottosson 2020, "A perceptual color space for image processing".
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _gamma(channel)):02x}" for channel in linear)


def ink(level: int) -> str:
    """The colour of a number on a shade: black or white, whichever stands out more."""
    lightness = LIGHTEST + (DARKEST - LIGHTEST) * level / (LEVELS - 1)
    return "#000000" if lightness > 0.57 else "#ffffff"


def _gamma(linear: float) -> float:
    """The sRGB transfer function, kept within what a screen can show."""
    linear = min(max(linear, 0.0), 1.0)
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


def _heat_map(matrix: Matrix, scale: _Scale) -> HeatMap:
    runs: dict[int, list[str]] = {}
    for row, values in enumerate(matrix):
        for column, length, level in _runs(values, scale):
            runs.setdefault(level, []).append(f"M{column} {row}h{length}v1h-{length}z")
    return HeatMap(
        rows=len(matrix),
        columns=max(map(len, matrix), default=0),
        shades=tuple(Shade(colour=colour(level), path="".join(runs[level])) for level in sorted(runs)),
        numbers=tuple(_numbers(matrix, scale)),
        description=_description(matrix),
    )


def _runs(values: tuple[float, ...], scale: _Scale) -> Iterator[tuple[int, int, int]]:
    """Neighbours of one shade as (first column, length, level); a number that is not finite stays unpainted."""
    levels = [scale.level(value) if math.isfinite(value) else None for value in values]
    column = 0
    for level, same in groupby(levels):
        length = len(list(same))
        if level is not None:
            yield column, length, level
        column += length


def _numbers(matrix: Matrix, scale: _Scale) -> Iterator[CellNumber]:
    """Two decimals in each cell, where they fit and tell the cells apart."""
    widest = max(abs(scale.low), abs(scale.high))
    if max(map(len, matrix), default=0) > NUMBERED_COLUMNS or widest >= 100 or scale.high - scale.low < 0.1:
        return
    for row, values in enumerate(matrix):
        for column, value in enumerate(values):
            if math.isfinite(value):
                text = f"{round(value, 2) + 0.0:.2f}"  # adding 0.0 makes -0.00 read 0.00
                yield CellNumber(row=row, column=column, text=text, colour=ink(scale.level(value)))


def _description(matrix: Matrix) -> str:
    values = [value for row in matrix for value in row]
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return "no numbers that can be drawn"
    size = f"{len(matrix)} by {max(map(len, matrix))} numbers"
    text = f"{size} from {number_text(min(finite))} to {number_text(max(finite))}"
    odd = len(values) - len(finite)
    return f"{text}; {odd} more not finite and left empty" if odd else text


def _worst(actual: Matrix, expected: Matrix) -> MatrixDifference | None:
    """Where to look first; None where the shapes differ, or nothing does."""
    if list(map(len, actual)) != list(map(len, expected)):
        return None
    worst, distance = None, 0.0
    for row, (ours, theirs) in enumerate(zip(actual, expected, strict=True)):
        for column, (mine, right) in enumerate(zip(ours, theirs, strict=True)):
            if abs(mine - right) > distance:
                distance = abs(mine - right)
                words = f"{index_text((row, column))}: yours {number_text(mine)}, expected {number_text(right)}"
                worst = MatrixDifference(row=row, column=column, text=words)
    return worst
