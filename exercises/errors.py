"""The error of a broken assignment: its author's fault, and nobody's mark."""


class AssignmentBroken(Exception):
    """An assignment can't be used. Says what happened, what was expected, and what to do."""

    def __init__(self, happened: str, *, expected: str, advice: str) -> None:
        super().__init__(f"{happened}\nExpected: {expected}.\n{advice}")
        self.happened = happened
        self.expected = expected
        self.advice = advice
