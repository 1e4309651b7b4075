"""What crosses the container's wall, as types: a RunRequest goes in, a RunResult comes out."""

from __future__ import annotations  # so that this module, which everything imports, does not import NumPy

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from sandbox.wire.limits import Limits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


# What an entry point is called with. A NumPy scalar has an array's methods, and stays a scalar on its way.
Argument: TypeAlias = "NDArray[np.generic] | np.generic"
# What a class is made with.
Constant: TypeAlias = "bool | int | float | str | list[Constant] | tuple[Constant, ...] | None"


class Mode(Enum):
    """How layers behave that differ between training and evaluation."""

    TRAINING = "training"  # Dropout drops by a fixed mask
    EVALUATION = "evaluation"  # Dropout does nothing


class Keying(Enum):
    """What a layer's parameters are a function of, besides the course secret."""

    SHAPE = "shape"  # kind of layer and its shape arguments
    FIRST_USE = "first_use"  # and whether it was used first, second, ... of its kind and shape


class RunStatus(Enum):
    """How the run of one exercise, or of one case, ended."""

    FINISHED = "finished"
    RAISED = "raised"  # an exception left the student's code
    IMPORT_ERROR = "import_error"  # an import of the sliced program failed
    FORBIDDEN = "forbidden"  # it called a name that is off limits in this exercise
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"  # the process died, or broke the protocol
    OUTPUT_TOO_LARGE = "output_too_large"
    NOT_REACHED = "not_reached"  # an earlier case ended the run


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """One kept top-level statement of the submission.

    ``line`` is the statement's first line in its ``origin`` (the file's name, or "cell 12"), so that a
    traceback points to where the student wrote it.
    """

    origin: str
    line: int
    source: str
    optional: bool = False  # a failure to run it is no error by itself: a star import, or only annotations need it


@dataclass(frozen=True, kw_only=True)
class CaseCall:
    """One call of an entry point: ``Entry(**construct).forward(*arguments)`` or ``entry(*arguments)``.

    ``construct`` is None for a function. Names are those of the exercise's statement; the runner passes
    by name where the student's signature has all of them and by position otherwise.
    """

    case_id: str
    construct: Mapping[str, Constant] | None
    arguments: Mapping[str, Argument]
    mode: Mode = Mode.EVALUATION
    keying: Keying = Keying.SHAPE
    return_arguments: bool = False  # bring the arguments out as they are after the call
    twice: bool = False  # after a call with other numbers; what the second call returns is brought out
    attributes: tuple[str, ...] = ()  # of the object that was made: to be brought out as they are after the call
    shown: bool = True  # students are told what comes of it. It never enters the container


@dataclass(frozen=True, kw_only=True)
class ExerciseRun:
    """One exercise's sliced program and the calls to make: those that are shown first, so that no word about them
    can come from one that is not."""

    exercise_id: str
    entry_point: str
    snippets: tuple[Snippet, ...]
    calls: tuple[CaseCall, ...]
    forbidden: tuple[str, ...] = ()
    future_annotations: bool = False  # annotations are not evaluated: so it says, or a name in one is nowhere
    record: bool = False  # keep what the program's statements compute, as evidence for words


@dataclass(frozen=True, kw_only=True)
class ModuleSource:
    """A module of the student's own, which the program may import."""

    name: str  # "layers", or "parts.layers"
    origin: str  # the file's name, as tracebacks show it
    source: str
    is_package: bool = False


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """Everything that enters the container."""

    utils_source: str
    runs: tuple[ExerciseRun, ...]
    modules: tuple[ModuleSource, ...] = ()
    limits: Limits = field(default_factory=Limits)


NO_ATTRIBUTE = "no attribute of that name"  # what there is in the place of one that can't be read


@dataclass(frozen=True, kw_only=True)
class NotAnArray:
    """Something that was returned where an array was expected."""

    type_name: str


Output: TypeAlias = "NDArray[np.generic] | NotAnArray"


@dataclass(frozen=True, kw_only=True)
class Raised:
    """An exception that left the student's code. All of it is the student's text."""

    type_name: str
    message: str
    traceback: str
    line: int | None = None  # the innermost line of the student's own
    origin: str | None = None
    hidden: bool = False  # the host has left out what may not be told of a hidden case


@dataclass(frozen=True, kw_only=True)
class Place:
    """A line of the submission, numbered as in its origin (the file's name, or "cell 12")."""

    origin: str
    line: int


@dataclass(frozen=True, kw_only=True)
class TraceEntry:
    """One call of a building block, as the runner saw it. Evidence for feedback, never for values.

    A fingerprint is a mean of absolute values in which each position has a weight of its own: arrays that
    differ, or have the same numbers in another order, have different ones; a reshape keeps it.
    """

    kind: str
    settings: tuple[tuple[str, float], ...]  # the numbers that the layer was made with, by attribute
    instance: int  # numbered by first use within the case
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    input_fingerprint: float
    output_fingerprint: float
    made: Place | None = None  # the student's line that made the layer
    called: Place | None = None  # and the one that called it


@dataclass(frozen=True, kw_only=True)
class RecordedValue:
    """An array that a statement of the program computed. Evidence for feedback, never for values."""

    place: Place
    # That it was given, or "return"; "=" and a name where that is handed on; empty for a part of a statement.
    name: str
    reads: tuple[str, ...]  # the variables in its expression
    shape: tuple[int, ...]
    numbers: tuple[float, ...]  # some of it, from the smallest to the largest


@dataclass(frozen=True, kw_only=True)
class CaseResult:
    """What one call produced. ``outputs`` is empty unless it finished."""

    case_id: str
    status: RunStatus
    outputs: tuple[Output, ...] = ()
    arguments_after: tuple[Output, ...] = ()
    attributes: tuple[Output, ...] = ()  # in the call's order
    raised: Raised | None = None
    trace: tuple[TraceEntry, ...] = ()
    values: tuple[RecordedValue, ...] = ()  # in order of time; only where they were asked for


@dataclass(frozen=True, kw_only=True)
class ExerciseResult:
    """What one exercise's run produced. ``raised`` is set when the program failed before any case."""

    exercise_id: str
    status: RunStatus
    cases: tuple[CaseResult, ...] = ()
    raised: Raised | None = None
    stdout: str = ""
    stdout_cut: bool = False
    stdout_hidden: str = ""  # what it printed from the first call on that is not shown
    detail: str = ""  # ours: what was over which limit, or how the process ended


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """What came out of the sandbox for one submission, one entry for each run of the request."""

    exercises: tuple[ExerciseResult, ...]
    seconds: float
    exercise_seconds: tuple[float, ...] = ()  # of each exercise, by the host's clock; empty where nobody measured
