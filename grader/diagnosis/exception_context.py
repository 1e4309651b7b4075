"""Where an exception was raised, and what the exercise gives to the function that raised it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.diagnosis.student_source import StudentSource
from grader.diagnosis.utils_names import UtilsNames
from sandbox.wire.messages import Place


@dataclass(frozen=True, kw_only=True)
class Given:
    """The names of what the exercise gives to a function: in each call, and in the one that gives most."""

    always: tuple[str, ...]
    most: tuple[str, ...]

    @staticmethod
    def of(calls: Sequence[tuple[str, ...]]) -> "Given":
        return Given(always=min(calls, key=len), most=max(calls, key=len))


@dataclass(frozen=True, kw_only=True)
class ExceptionContext:
    """Where an exception was raised."""

    code: StudentSource
    place: Place | None
    calls: Mapping[str, Given]  # what the exercise gives to __init__ and to the answer, by their names
    utils: UtilsNames

    @property
    def line(self) -> str:
        return self.code.line(self.place) if self.place else ""
