"""Arrays against arrays: facts and verdicts, and no prose."""

from typing import TYPE_CHECKING

from sandbox.system.seam import lazy

if TYPE_CHECKING:
    from grader.judging.checks import (
        SOMETHING_ELSE,
        ArgumentChanged,
        CheckFailure,
        DidNotReturn,
        FurtherCallDiffers,
        Outcome,
        PropertyBroken,
        Verdict,
        WrongAttribute,
        WrongDtype,
        WrongReturn,
        WrongShape,
        first_raised,
        judge,
        nothing_ran,
    )
    from grader.judging.comparison import NotFinite, RowDoesNotSum, ValuesDiffer, farthest, nearest
else:
    __getattr__ = lazy(
        __name__,
        {
            "checks": (
                "SOMETHING_ELSE",
                "ArgumentChanged",
                "DidNotReturn",
                "FurtherCallDiffers",
                "CheckFailure",
                "Outcome",
                "PropertyBroken",
                "Verdict",
                "WrongAttribute",
                "WrongDtype",
                "WrongReturn",
                "WrongShape",
                "first_raised",
                "judge",
                "nothing_ran",
            ),
            "comparison": ("NotFinite", "RowDoesNotSum", "ValuesDiffer", "farthest", "nearest"),
        },
    )

__all__ = [
    "SOMETHING_ELSE",
    "ArgumentChanged",
    "CheckFailure",
    "DidNotReturn",
    "FurtherCallDiffers",
    "NotFinite",
    "Outcome",
    "PropertyBroken",
    "RowDoesNotSum",
    "ValuesDiffer",
    "Verdict",
    "WrongAttribute",
    "WrongDtype",
    "WrongReturn",
    "WrongShape",
    "farthest",
    "first_raised",
    "judge",
    "nearest",
    "nothing_ran",
]
