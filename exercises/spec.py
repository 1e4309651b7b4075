"""What an assignment is made of, as types. ``loader`` reads them from an assignment's folder."""

from __future__ import annotations  # listing and slicing need these types, and no NumPy

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from exercises.authors_code import names_of
from exercises.errors import AssignmentBroken
from exercises.late_policy import LateRule
from sandbox.wire.messages import Argument, Constant
from sandbox.wire.messages import Keying as Keying  # for cases.py, whose authors need no other module
from sandbox.wire.messages import Mode as Mode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class CheckKind(Enum):
    """What a check looks at. The order is the order in which a case's checks run."""

    RUNS = "runs"  # the call returned
    SHAPE = "shape"  # as many arrays as asked for, each of the expected shape
    DTYPE = "dtype"  # real floating point; or integers, where the reference returns integers
    FINITE = "finite"  # no NaN, no infinity
    VALUES = "values"  # within the golden tolerance of one accepted variant
    ROWS_SUM_TO_ONE = "rows_sum_to_one"  # the last axis of the output named by the check
    INPUT_UNCHANGED = "input_unchanged"  # the arguments are what they were before the call
    ATTRIBUTES = "attributes"  # the object keeps the numbers that cases.py lists, under these names
    # The next two compare the case with a further call of the same program.
    ROWS_INDEPENDENT = "rows_independent"  # the batch's first row alone gives what it gives among the others
    TWO_CALLS_AGREE = "two_calls_agree"  # a second call of the same object gives the same


@dataclass(frozen=True, kw_only=True)
class Property:
    """A kind of check of an exercise's own: ``exercise.toml`` has its words, ``properties.py`` its code."""

    property_id: str
    message: str  # {index} and {actual} in it stand for a place where it does not hold, and the number there
    hidden_message: str  # in a hidden case, of which no number is told
    further_call: bool  # whether it compares the case with a further call of the same program


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that is looked at in one case, and what it is worth."""

    check_id: str  # "<case>/<kind>", with "/<output>" where it is about one output of several
    case_id: str
    kind: CheckKind | Property
    points: float
    visible: bool
    output: str | None = None

    @property
    def kind_name(self) -> str:
        """What ``exercise.toml`` and reports call its kind."""
        return self.kind.property_id if isinstance(self.kind, Property) else self.kind.value

    @property
    def needs_further_call(self) -> bool:
        """Whether the same program is called once more for it."""
        if isinstance(self.kind, Property):
            return self.kind.further_call
        return self.kind in (CheckKind.ROWS_INDEPENDENT, CheckKind.TWO_CALLS_AGREE)


Arrays: TypeAlias = "Mapping[str, NDArray[np.generic]]"  # arguments or outputs by their names


class CaseRandom:
    """Numbers for a case's inputs: a pure function of (course secret, exercise, case, order of calls).

    Made from a bit generator's raw stream, which NumPy keeps stable, so inputs are the same under every
    NumPy version. Its methods return float32 unless said otherwise.
    """

    def __init__(self, key: bytes) -> None:
        import numpy as np

        self._raw = np.random.Philox(key=int.from_bytes(key[:16], "little"))

    def uniform(self, *shape: int, low: float = -1.0, high: float = 1.0) -> NDArray[np.float32]:
        """Uniform in [low, high)."""
        import numpy as np

        count = int(np.prod(shape))
        unit = (self._raw.random_raw(count) >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)
        return (unit * np.float32(high - low) + np.float32(low)).reshape(shape)


@dataclass(frozen=True, kw_only=True)
class CaseInput:
    """How to call the entry point once: written in an exercise's ``cases.py``."""

    arguments: Callable[[CaseRandom], Mapping[str, Argument]]
    construct: Mapping[str, Constant] | None = None  # None for an entry point that is a function
    attributes: Mapping[str, float] = field(default_factory=dict)  # what the check of this name expects
    mode: Mode = Mode.EVALUATION
    keying: Keying = Keying.SHAPE


@dataclass(frozen=True, kw_only=True)
class BrokenAt:
    """A place in an output where a property does not hold."""

    index: tuple[int, ...]
    actual: float


@dataclass(frozen=True, kw_only=True)
class Variation:
    """A further call of a case's program, and what has to come out of it."""

    arguments: Callable[[Arrays], Arrays]  # of the case's own
    outputs: Callable[
        [Arrays], Arrays
    ]  # of what came out of the case; of an output that is left out nothing is asked
    twice: bool = False  # call twice, and take what comes out the second time


# Looks at the case's arguments and one output; None where the property holds.
OutputCheck: TypeAlias = "Callable[[Arrays, NDArray[np.generic]], BrokenAt | None]"
PropertyCode: TypeAlias = "OutputCheck | Variation"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A named input with its checks."""

    case_id: str
    title: str  # completes "in the case of …", e.g. "a causal mask"
    visible: bool
    checks: tuple[Check, ...]
    # Whether each submission may get inputs of its own. Not by itself: with other numbers, a right program may be
    # farther from golden than the recorded tolerance, or a mistake nearer.
    can_be_fresh: bool = False


@dataclass(frozen=True, kw_only=True)
class Solution:
    """A program that is right: golden outputs are made from it."""

    solution_id: str
    path: Path
    entry_point: str


@dataclass(frozen=True, kw_only=True)
class WrongVariant:
    """A typical mistake: a small program, and what to tell a student whose outputs match it."""

    variant_id: str
    title: str
    message: str
    path: Path
    fails: tuple[str, ...] = ()  # checks, by their ids, that have to see it; with none any one that costs a point


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """Cases that share something, so that it tells where to look when what is wrong is only among them."""

    contrast_id: str
    title: str
    message: str
    case_ids: tuple[str, ...]
    # Parameters of the call, or of the class: the lines of a submission that use them are the ones to look at.
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ExceptionMeaning:
    """What an exception means in this exercise, known by its text and by the student's program."""

    type_name: str
    text: str  # is in the exception's
    title: str
    message: str
    line: str = ""  # is in the student's line, in whatever case
    line_without: str = ""  # is not in it
    makes: str = ""  # a layer that the program makes


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One task for students."""

    exercise_id: str
    title: str
    entry_point: str
    is_class: bool
    outputs: tuple[str, ...]
    forbidden: tuple[str, ...]
    folder: Path
    cases: tuple[Case, ...]
    accepted: tuple[Solution, ...]
    wrong: tuple[WrongVariant, ...]
    base: Path | None = None  # the right program that the wrong variants are changes of
    contrasts: tuple[Contrast, ...] = ()  # the first one that fits is told
    exceptions: tuple[ExceptionMeaning, ...] = ()  # the first one that fits is told
    properties: tuple[Property, ...] = ()
    batched: tuple[str, ...] = ()  # arguments whose first axis is the batch

    @property
    def max_points(self) -> float:
        return sum(check.points for case in self.cases for check in case.checks)

    @cached_property
    def inputs(self) -> Mapping[str, CaseInput]:
        """Each case's input, from ``cases.py``. Raises AssignmentBroken when they are not the listed ones."""
        path = self.folder / "cases.py"
        inputs: Mapping[str, CaseInput] = names_of(
            path, "CASES", "the inputs of the cases that exercise.toml lists"
        )
        listed = {case.case_id for case in self.cases}
        if listed != set(inputs):
            raise AssignmentBroken(
                f"{path} and exercise.toml list different cases: {sorted(listed ^ set(inputs))}",
                expected="the same ids in both",
                advice="Add the missing ones, or remove them from the other file.",
            )
        return inputs

    @cached_property
    def property_code(self) -> Mapping[str, PropertyCode]:
        """Each property's code, from ``properties.py``. Raises AssignmentBroken when that lists others."""
        if not self.properties:
            return {}
        path = self.folder / "properties.py"
        code: Mapping[str, PropertyCode] = names_of(
            path, "PROPERTIES", "the code of the properties that exercise.toml lists"
        )
        listed = {(each.property_id, each.further_call) for each in self.properties}
        found = {(name, isinstance(each, Variation)) for name, each in code.items()}
        if listed != found:
            differing = sorted({name for name, _ in listed ^ found})
            raise AssignmentBroken(
                f"{path} and exercise.toml list different properties: {', '.join(differing)}",
                expected="the same ids in both: with further_call = true a Variation, else a function",
                advice="Add what is missing, or remove it from the other file.",
            )
        return code

    @property
    def right_paths(self) -> tuple[Path, ...]:
        """Whole submissions that deserve full marks here."""
        return tuple(sorted((self.folder / "right").glob("*.py")))


@dataclass(frozen=True, kw_only=True)
class Question:
    """What students answer in their own words; a person marks it, never a machine."""

    question_id: str
    title: str  # a few words: the question's heading in the notebook
    points: float
    counts: bool = True  # its points are part of the maximum, and of the score


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """What is handed out together: the layers students get, and the exercises."""

    assignment_id: str
    title: str
    version: str
    folder: Path
    exercises: tuple[Exercise, ...]
    questions: tuple[Question, ...] = ()
    late: LateRule | None = None  # None where lateness costs nothing

    @property
    def max_points(self) -> float:
        """What everybody can reach, whatever they answer: of all exercises and the questions that count."""
        return sum(each.max_points for each in self.exercises) + sum(
            each.points for each in self.questions if each.counts
        )

    @cached_property
    def utils_source(self) -> str:
        return (self.folder / "utils.py").read_text(encoding="utf-8")
