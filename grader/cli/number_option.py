"""Numbers behind an option: one that is out of range ends as any other problem with a command does."""

from typing import Any

import click

from exercises.number_range import NumberRange, shown


class NumberOption(click.FloatRange):
    """The type of an option that takes the numbers of a range. click's own lets nan through."""

    def __init__(self, allowed: NumberRange) -> None:
        super().__init__(allowed.least, allowed.most, min_open=allowed.above)
        self._allowed = allowed

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number. Raises UsageProblem."""
        from grader.errors import UsageProblem

        try:
            number = int(value) if self._allowed.whole else float(value)
        except (ValueError, OverflowError):
            number = value
        if number in self._allowed:
            return number
        option = param.opts[0] if param else "The number"
        raise UsageProblem(
            f"{option} is {value if isinstance(value, str) and len(value) < 40 else shown(value)}",
            expected=str(self._allowed),
            advice=f"Give another number to {option}.",
        )
